"""The connection beside Django's: opened when needed, replaced when broken, honest while there is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import AsyncMock

import psycopg
import pytest
from django.db import DatabaseError, connection

from baileo.web.api import line as line_module
from baileo.web.api.background import in_thread
from baileo.web.api.line import DatabaseAway, Line

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    line = Line("test")
    yield line
    await line.close()


async def ask(line: Line, query: str = "SELECT pg_backend_pid()") -> Any:
    async with line.take() as found:
        row = await (await found.execute(query)).fetchone()
    return row[0] if row else None


def cut() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = 'baileo-test' AND datname = current_database()"
        )


async def test_it_keeps_its_connection_and_names_it(line: Line) -> None:
    assert await ask(line) == await ask(line)
    assert await ask(line, "SELECT current_setting('application_name')") == "baileo-test"


async def test_users_take_turns(line: Line) -> None:
    await asyncio.gather(*(ask(line, "SELECT pg_sleep(0.001)") for _ in range(10)))


async def test_a_broken_connection_is_told_and_the_next_user_gets_a_new_one(line: Line) -> None:
    before = await ask(line)
    await in_thread(cut)
    with pytest.raises(DatabaseAway, match="try again"):
        await ask(line)
    assert await ask(line) != before


async def test_a_refused_statement_is_the_callers_affair_and_keeps_the_connection(line: Line) -> None:
    before = await ask(line)
    with pytest.raises(psycopg.errors.DivisionByZero):
        await ask(line, "SELECT 1/0")
    assert await ask(line) == before


async def test_a_user_that_is_cut_off_leaves_no_half_used_connection(line: Line) -> None:
    before = await ask(line)
    slow = asyncio.create_task(ask(line, "SELECT pg_sleep(1000)"))
    await asyncio.sleep(0.05)
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert await ask(line) != before


async def test_while_the_database_is_away_only_one_in_a_while_tries(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = AsyncMock(side_effect=psycopg.OperationalError("refused"))
    monkeypatch.setattr(psycopg.AsyncConnection, "connect", connect)
    results = await asyncio.gather(*(ask(line) for _ in range(20)), return_exceptions=True)
    assert {type(result) for result in results} == {DatabaseAway}
    assert connect.await_count == 1
    monkeypatch.setattr(line_module, "REST_AFTER_FAILURE_S", 0)
    with pytest.raises(DatabaseAway):
        await ask(line)
    assert connect.await_count == 2


async def test_closed_twice_is_closed(line: Line) -> None:
    await ask(line)
    await line.close()
    await line.close()
    assert isinstance(await ask(line), int)


class TestInThread:
    async def test_it_may_use_the_orm_and_leaves_no_connection_behind(self) -> None:
        def look() -> int:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 41 + %s", [1])
                return int(cursor.fetchone()[0])

        assert await in_thread(look) == 42
        assert await in_thread(lambda: connection.connection) is None

    async def test_what_goes_wrong_there_is_raised_here(self) -> None:
        def fail() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT * FROM no_such_table")

        with pytest.raises(DatabaseError):
            await in_thread(fail)
