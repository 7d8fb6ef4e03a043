"""A prepared city for the demo's tests, marked as a demo, with a port the simulators may be reached at."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from baileo.city.messages import registry
from baileo.city.service_requests.services import catalogue_load
from baileo.core.net import HttpClient
from baileo.demo.town import Town, accounts_ensure, make_town
from baileo.ground.ledger.testing import all_settled
from baileo.ground.people.services import starter_agencies_load
from baileo.ground.places.services import starter_load


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def demo_city(settings: Settings, tmp_path: Path, db: None) -> Iterator[int]:
    """Starter data loaded, settings as in `baileo demo`; yields the simulators' port."""
    with all_settled():
        yield from _prepared(settings, tmp_path)


@pytest.fixture
def demo_city_for_threads(settings: Settings, tmp_path: Path, transactional_db: None) -> Iterator[int]:
    """The same, committed, for what uses the database from several threads."""
    yield from _prepared(settings, tmp_path)


def _prepared(settings: Settings, tmp_path: Path) -> Iterator[int]:
    port = free_port()
    settings.BAILEO = replace(
        settings.BAILEO,
        demo=True,
        demo_port=port,
        data_dir=tmp_path,
        media_dir=tmp_path / "files",
        net_allow=(f"127.0.0.1:{port}",),
    )
    settings.PLACES_CHECK_EVERY_S = 0
    registry.http.cache_clear()
    starter_load("81.71")
    starter_agencies_load()
    catalogue_load()
    yield port
    client = registry.http()
    assert isinstance(client, HttpClient)
    client.close()
    registry.http.cache_clear()


@pytest.fixture
def town(demo_city: int) -> Iterator[Town]:
    """Simulators running, the city's accounts pointing at them."""
    with make_town(demo_city, delays_s=(0.0, 0.0, 0.0)) as made:
        accounts_ensure(made.front)
        yield made
