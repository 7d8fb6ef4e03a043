"""Fixtures for every test; the database and the closed network come from `baileo.config.testing`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from baileo.config.testing import a_folder
from baileo.config.testing import browser_required as is_browser_required
from baileo.config.testing.template import template_database
from baileo.ground.ledger.testing import allow_flush


@pytest.fixture(scope="session", autouse=True)
def ledger_can_be_flushed() -> Iterator[None]:
    """Transactional tests empty all tables behind them; the ledger refuses that to everybody else."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        allow_flush(monkeypatch)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """Let every test database begin as a copy of a migrated one."""
    if not request.config.option.nomigrations:
        with django_db_blocker.unblock():
            connection.settings_dict["TEST"]["TEMPLATE"] = template_database()


@pytest.fixture(scope="session")
def browser_required() -> bool:
    """True in CI: a browser test that finds no browser fails instead of being skipped."""
    return is_browser_required()


@pytest.fixture
def folder() -> Iterator[Path]:
    """For a data folder: short enough for a socket, and open to the database's user when tests run as root."""
    with a_folder() as made:
        yield made
