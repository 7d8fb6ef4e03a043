"""The asyncio reader of the web process: nothing lost, nothing twice, woken at once, patient with a lost database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from baileo.ground.ledger.position import START, Position
from baileo.ground.ledger.reader import CHANNEL, Happened, HorizonReader, Notice, connection_settings

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_S = 60
INSERT = """
INSERT INTO ledger_entry (kind, subject, actor, agencies, data)
VALUES ('people.signed_in', %s, 'system:test', '{pupr}', '{"with": "password"}')
"""
Session = psycopg.AsyncConnection[Any]


@asynccontextmanager
async def a_session(*, autocommit: bool = False) -> AsyncIterator[Session]:
    session = await psycopg.AsyncConnection.connect(**connection_settings(), autocommit=autocommit)
    try:
        yield session
    finally:
        await session.close()


async def write(*subjects: str) -> None:
    """Each subject in a transaction of its own, with the wake-up that `append` sends."""
    async with a_session() as session:
        for subject in subjects:
            await session.execute(INSERT, [subject])
            await session.execute("SELECT pg_notify(%s, '')", [CHANNEL])
            await session.commit()


async def read(reader: HorizonReader, enough: Callable[[list[Happened]], bool]) -> list[Happened]:
    entries: list[Happened] = []
    async with asyncio.timeout(PATIENCE_S):
        async for heard in reader.follow(idle_s=PATIENCE_S):
            entries += heard.entries
            if enough(entries):
                break
    return entries


async def read_until(reader: HorizonReader, last: str) -> list[str]:
    entries = await read(reader, lambda entries: bool(entries) and entries[-1].subject == last)
    return [entry.subject for entry in entries]


async def test_everything_behind_a_position_comes_in_order() -> None:
    await write("a", "b", "c")
    async with HorizonReader(START) as reader:
        assert await read_until(reader, "c") == ["a", "b", "c"]


async def test_an_entry_comes_as_plain_data_with_an_aware_time() -> None:
    await write("a")
    async with HorizonReader(START) as reader:
        (entry,) = await read(reader, bool)
    assert (entry.kind, entry.subject, entry.actor) == ("people.signed_in", "a", "system:test")
    assert (entry.agencies, entry.data) == (["pupr"], {"with": "password"})
    assert entry.at.utcoffset() == timedelta(0)
    assert entry.position == reader.position == Position(entry.txid, entry.entry_id)


async def test_a_reader_without_position_hears_only_what_comes_from_now_on() -> None:
    await write("before")
    async with HorizonReader() as reader:
        following = asyncio.create_task(read_until(reader, "after"))
        while reader.position is None:
            await asyncio.sleep(0.01)
        await write("after")
        heard = await following
    assert heard[-1] == "after"
    assert heard in (["after"], ["before", "after"])  # "before" may have settled only after the reader came


async def test_a_commit_wakes_the_reader_long_before_its_idle_time() -> None:
    async with HorizonReader(START) as reader:
        following = asyncio.create_task(read_until(reader, "woken"))  # idle time is the whole patience
        while not reader.is_connected:
            await asyncio.sleep(0.01)
        await write("woken")
        assert await following == ["woken"]


async def test_an_entry_is_held_until_every_older_transaction_has_ended() -> None:
    async with a_session() as slow, HorizonReader(START) as reader:
        await slow.execute(INSERT, ["slow"])
        following = asyncio.create_task(read_until(reader, "fast"))
        await write("fast")
        async with a_session(autocommit=True) as other:  # "fast" is committed and visible to everybody else
            assert await (await other.execute("SELECT subject FROM ledger_entry")).fetchall() == [("fast",)]
        assert not following.done()
        await slow.commit()  # and nobody notifies
        assert await following == ["slow", "fast"]


async def test_a_rolled_back_transaction_lets_the_others_through() -> None:
    async with a_session() as slow, HorizonReader(START) as reader:
        await slow.execute(INSERT, ["slow"])
        following = asyncio.create_task(read_until(reader, "fast"))
        await write("fast")
        await slow.rollback()
        assert await following == ["fast"]


async def test_many_entries_come_in_bites_without_gaps() -> None:
    wanted = [f"thing-{number}" for number in range(25)]
    await write(*wanted)
    async with HorizonReader(START, limit=10) as reader:
        assert await read_until(reader, wanted[-1]) == wanted


async def test_a_second_reader_resumes_where_the_first_stopped() -> None:
    await write("a")
    async with HorizonReader(START) as reader:
        await read_until(reader, "a")
    await write("b")
    async with HorizonReader(reader.position) as resumed:
        assert await read_until(resumed, "b") == ["b"]


async def test_a_wait_without_news_ends_with_nothing_so_that_a_heart_can_beat() -> None:
    async with HorizonReader(START) as reader:
        async for heard in reader.follow(idle_s=0.01):
            assert (list(heard.entries), list(heard.notices)) == ([], [])
            break


async def test_words_on_another_channel_come_as_notices() -> None:
    async with HorizonReader(START, also_listen=["test_presence"]) as reader, a_session(autocommit=True) as other:
        async with asyncio.timeout(PATIENCE_S):
            async for heard in reader.follow(idle_s=0.05):
                if heard.notices:
                    break
                await other.execute("SELECT pg_notify('test_presence', 'opi reads 2026-000123')")
    assert heard.notices[0] == Notice("test_presence", "opi reads 2026-000123")


async def test_a_reader_whose_connection_is_killed_goes_on_without_loss(caplog: pytest.LogCaptureFixture) -> None:
    await write("a")
    async with HorizonReader(START) as reader:
        await read_until(reader, "a")
        async with a_session(autocommit=True) as other:
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%ledger_entry%'"
            )
        await write("b")
        assert await read_until(reader, "b") == ["b"]
        assert reader.is_connected
    assert "cannot be read" in caplog.text


async def test_a_database_that_is_away_at_the_start_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    await write("a")
    calls = iter(["away", "here"])
    real = psycopg.AsyncConnection.connect

    async def connect(**settings: Any) -> Session:
        if next(calls) == "away":
            raise psycopg.OperationalError("connection refused")
        return await real(**settings)

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", connect)
    async with HorizonReader(START) as reader:
        assert await read_until(reader, "a") == ["a"]
        monkeypatch.undo()


async def test_leaving_closes_the_connection() -> None:
    async with HorizonReader(START) as reader:
        async for _ in reader.follow(idle_s=0.01):
            break
        assert reader.is_connected
    assert not reader.is_connected
