"""Fixtures for the platform's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from baileo.config.runtime.output import Output
from baileo.config.runtime.postgres import EmbeddedPostgres
from baileo.config.testing import a_folder


@pytest.fixture
def output(tmp_path: Path) -> Iterator[Output]:
    made = Output(tmp_path / "logs")
    yield made
    made.close()


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedPostgres]:
    """One server for a file of tests; careless, because nothing in it is worth a disk's sync."""
    with a_folder() as made, EmbeddedPostgres(made, careless=True) as database:
        yield database
