"""A prepared city for the demo's tests, marked as a demo, with a port the simulators may be reached at.

In pieces, so that a test only waits for what it looks at.
"""

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
from baileo.demo.staff import staff_ensure
from baileo.demo.town import Town, accounts_ensure, make_town
from baileo.ground.ledger.testing import all_settled
from baileo.ground.people.models import User
from baileo.ground.people.services import starter_agencies_load
from baileo.ground.places.services import starter_load


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def demo_port(settings: Settings, tmp_path: Path) -> Iterator[int]:
    """Settings as in `baileo demo`; yields the simulators' port. No database."""
    port = free_port()
    folders = {"data_dir": tmp_path, "media_dir": tmp_path / "files"}
    settings.BAILEO = replace(settings.BAILEO, demo=True, demo_port=port, net_allow=(f"127.0.0.1:{port}",), **folders)
    settings.PLACES_CHECK_EVERY_S = 0
    registry.http.cache_clear()
    yield port
    client = registry.http()
    assert isinstance(client, HttpClient)
    client.close()
    registry.http.cache_clear()


@pytest.fixture
def town(demo_port: int, db: None) -> Iterator[Town]:
    """Simulators running, the city's accounts pointing at them."""
    with all_settled(), make_town(demo_port, delays_s=(0.0, 0.0, 0.0)) as made:
        accounts_ensure(made.front)
        yield made


@pytest.fixture
def places(db: None) -> None:
    """The villages and landmarks of Ambon."""
    starter_load("81.71")


@pytest.fixture
def staff(demo_port: int, db: None) -> dict[str, User]:
    """City hall and an officer in every agency, by username; the catalogue they work with."""
    starter_agencies_load()
    catalogue_load()
    return staff_ensure()


@pytest.fixture
def demo_city(demo_port: int, places: None, db: None) -> Iterator[int]:
    """A prepared city without staff and accounts, as `baileo demo` finds it; yields the simulators' port."""
    starter_agencies_load()
    catalogue_load()
    with all_settled():
        yield demo_port


@pytest.fixture
def demo_city_for_threads(demo_port: int, transactional_db: None) -> int:
    """The same, committed, for what uses the database from several threads."""
    starter_load("81.71")
    starter_agencies_load()
    catalogue_load()
    return demo_port
