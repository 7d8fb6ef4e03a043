"""The hub by itself, without HTTP: mistakes, lost databases, joining and leaving."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from unittest.mock import AsyncMock

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from baileo.core.errors import TooMany
from baileo.ground.ledger.services import append
from baileo.ground.people.access import access_from
from baileo.web.api.background import in_thread
from baileo.web.api.line import DatabaseAway
from baileo.web.api.stream import hub as hub_module
from baileo.web.api.stream.hub import Hub, Limits
from baileo.web.api.stream.subscriber import Subscriber
from baileo.web.api.stream.viewer import Viewer

pytestmark = pytest.mark.django_db(transaction=True)
QUIET = Limits(heartbeat_s=1000, recheck_s=1000, streams_per_user=3)


def a_page(user_id: int = 1, *, as_wall: bool = False) -> Subscriber:
    viewer = Viewer(user_id, access_from([("coordinator", None)]))
    return Subscriber(viewer, f"session-{user_id}", as_wall=as_wall, waiting_most=10_000_000)


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = Hub(QUIET)
    yield hub
    await hub.close()


@transaction.atomic
def happen(subject: str) -> None:
    append(kind="service_request.noted", subject=subject, actor="system:test")


async def until(page: Subscriber, text: str) -> str:
    """Everything the page is sent, up to the chunk with this text."""
    told = ""
    async with asyncio.timeout(15):
        while text not in told:
            chunk = await page.take()
            assert chunk, f"The stream ended before {text!r}: {told[-300:]}"
            told += chunk.decode()
    return told


async def test_a_mistake_in_reading_costs_a_moment_and_neither_loses_nor_doubles(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = a_page()
    await hub.join(page, "")
    await in_thread(happen, "<first>")
    told = await until(page, "<first>")
    stumble = AsyncMock(side_effect=ZeroDivisionError)
    monkeypatch.setattr(hub, "_publish", stumble)
    await in_thread(happen, "<second>")
    async with asyncio.timeout(15):
        while not stumble.await_count:
            await asyncio.sleep(0.01)
    monkeypatch.undo()
    await in_thread(happen, "<third>")
    told += await until(page, "<third>")
    assert [told.count(f"<{name}>") for name in ("first", "second", "third")] == [1, 1, 1]


async def test_joining_before_the_database_ever_answered_is_refused_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "first_reading", _away)
    hub = Hub(Limits(catch_up_s=0.05))
    with pytest.raises(DatabaseAway):
        await hub.join(a_page(), "")
    await hub.close()


def _away(most: int) -> None:
    raise OperationalError("away")


async def test_pages_stay_and_hear_of_it_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub(Limits(heartbeat_s=0.02, recheck_s=0.02, silent_after_s=0.5, poll_s=0.01))
    page = a_page()
    monkeypatch.setattr(hub_module, "viewer_of", _no_viewer)
    await hub.join(page, "")
    await until(page, '"ok":true')
    with monkeypatch.context() as away:
        away.setattr(psycopg.AsyncConnection, "connect", AsyncMock(side_effect=psycopg.OperationalError))
        await in_thread(cut)
        told = await until(page, '"ok":false')
    assert "reset" not in told
    await until(page, '"ok":true')
    await hub.close()


def cut() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _no_viewer(session_key: str) -> None:
    raise OperationalError("away")


async def test_one_account_has_so_many_places_and_leaving_frees_one(hub: Hub) -> None:
    pages = [a_page() for _ in range(3)]
    for page in pages:
        await hub.join(page, "")
    with pytest.raises(TooMany, match="Close some"):
        await hub.join(a_page(), "")
    await hub.join(a_page(user_id=2), "")
    hub.leave(pages[0])
    hub.leave(pages[0])
    await hub.join(a_page(), "")


async def test_who_comes_while_the_server_stops_is_sent_on_its_way_at_once(hub: Hub) -> None:
    first, late = a_page(), a_page()
    await hub.join(first, "")
    hub.shut()
    await hub.join(late, "")
    for page in (first, late):
        told = await page.take()
        assert b"hello" in told
        assert b"reset" not in told
        assert await page.take() == b""


async def test_a_page_that_left_is_not_written_to(hub: Hub) -> None:
    gone, here = a_page(), a_page()
    await hub.join(gone, "")
    await hub.join(here, "")
    await gone.take()
    hub.leave(gone)
    await in_thread(happen, "<news>")
    await until(here, "<news>")
    assert gone._waiting == gone._waiting.__class__()


async def test_a_hub_that_nobody_joined_costs_nothing_and_closes() -> None:
    hub = Hub(QUIET)
    hub.shut()
    await hub.close()
    assert hub._tasks == []
