"""Every test of this room has the pretend channels, fresh look-ups of places, and its own files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import LazySettings

from baileo.city.messages.testing import Provider, fake_channels
from baileo.ground.places.selectors import forget


@pytest.fixture(autouse=True)
def provider() -> Iterator[Provider]:
    with fake_channels() as one:
        yield one


@pytest.fixture(autouse=True)
def fresh_places(settings: LazySettings, tmp_path: Path) -> Iterator[None]:
    settings.PLACES_CHECK_EVERY_S = 0
    settings.BAILEO = replace(settings.BAILEO, media_dir=tmp_path / "files")
    forget()
    yield
    forget()
