"""Fixtures for the platform's tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from baileo.config.runtime.output import Output
from baileo.config.runtime.postgres import EmbeddedPostgres


@contextmanager
def a_folder() -> Iterator[Path]:
    """A data folder with a short name, which the database's user may pass through when we are root."""
    made = Path(tempfile.mkdtemp(prefix="baileo-t-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    with a_folder() as made:
        yield made


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


@pytest.fixture
def clean_environment(folder: Path) -> dict[str, str]:
    """For starting `baileo` as people do: nothing of ours but the data folder."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BAILEO_")}
    return inherited | {"BAILEO_DATA_DIR": str(folder)}
