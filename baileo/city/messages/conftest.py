"""Every test of this room has the pretend channels."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from baileo.city.messages.testing import Provider, fake_channels


@pytest.fixture(autouse=True)
def provider() -> Iterator[Provider]:
    with fake_channels() as one:
        yield one
