"""Places for tests: a small made-up province, the starter city, and the shared sample data where it is at hand."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from baileo.ground.places import selectors, services


@pytest.fixture(autouse=True)
def fresh_look_ups(settings: Settings) -> Iterator[None]:
    """A test rolls its rows back behind the cache's back."""
    settings.PLACES_CHECK_EVERY_S = 0
    selectors.forget()
    yield
    selectors.forget()


@pytest.fixture
def ambon(db: None) -> None:
    services.starter_load("81.71")


@pytest.fixture(scope="session")
def shared_admin() -> Path:
    """The folder of real boundary files; tests that need it are skipped elsewhere."""
    root = Path(os.environ.get("SHARED_DATA", Path(__file__).resolve().parents[4] / "shared"))
    folder = root / "data" / "admin"
    if not folder.is_dir():
        pytest.skip("needs the shared sample data")
    return folder
