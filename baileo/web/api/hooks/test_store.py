"""What the edge writes beside the payloads: counters and wake-ups, neither of which may hold anybody up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from unittest.mock import MagicMock

import psycopg
import pytest
from django.db import connection, transaction

from baileo.city.messages.models import ChannelAccount, InboundPayload
from baileo.core.clock import now
from baileo.web.api.background import in_thread
from baileo.web.api.hooks import store as store_module
from baileo.web.api.hooks.intake import Arrival
from baileo.web.api.hooks.store import PayloadStore, Tally, Waker
from baileo.web.api.line import DatabaseAway, Line

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    line = Line("store-test")
    yield line
    await line.close()


@pytest.fixture
def account(transactional_db: None) -> ChannelAccount:
    return ChannelAccount.objects.create(channel="pigeon", slug="ambon", name="Merpati")


def arrival(account: ChannelAccount, key: str, headers: str = "{}") -> Arrival:
    return Arrival(account.pk, key, b"body of " + key.encode(), headers)


def keys() -> list[str]:
    return sorted(InboundPayload.objects.values_list("event_key", flat=True))


async def test_a_batch_is_stored_whole_and_what_was_known_is_left_as_it_was(
    line: Line, account: ChannelAccount
) -> None:
    store = PayloadStore(line)
    await store([arrival(account, "b"), arrival(account, "a"), arrival(account, "a")])
    before = await in_thread(lambda: list(InboundPayload.objects.values("pk", "received_at", "state")))
    await store([arrival(account, "c"), arrival(account, "a")])
    after = await in_thread(lambda: list(InboundPayload.objects.values("pk", "received_at", "state")))
    assert await in_thread(keys) == ["a", "b", "c"]
    assert all(row in after for row in before)


async def test_one_bad_row_stores_nothing_of_its_batch(line: Line, account: ChannelAccount) -> None:
    with pytest.raises(psycopg.Error):
        await PayloadStore(line)([arrival(account, "good"), arrival(account, "bad", headers="no json")])
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await PayloadStore(line)([Arrival(account.pk + 1, "gone", b"", "{}")])
    assert await in_thread(keys) == []


async def test_the_same_event_of_two_accounts_is_two(line: Line, account: ChannelAccount) -> None:
    other = await in_thread(ChannelAccount.objects.create, channel="pigeon", slug="masohi", name="Merpati")
    await PayloadStore(line)([arrival(account, "a"), arrival(other, "a")])
    assert await in_thread(keys) == ["a", "a"]


class TestTally:
    async def test_many_calls_are_one_writing(self, line: Line, account: ChannelAccount) -> None:
        tally = Tally(line)
        for _ in range(30):
            tally.refused(account.pk)
            tally.accepted(account.pk)
        await tally.finish()
        after = await in_thread(ChannelAccount.objects.get)
        assert (after.refused_count, after.last_refused_at is None, after.last_inbound_at is None) == (30, False, False)

    async def test_counts_add_to_what_was_there(self, line: Line, account: ChannelAccount) -> None:
        await in_thread(ChannelAccount.objects.update, refused_count=5)
        tally = Tally(line)
        tally.refused(account.pk)
        await tally.finish()
        assert (await in_thread(ChannelAccount.objects.get)).refused_count == 6

    async def test_what_could_not_be_written_goes_along_with_the_next(
        self, line: Line, account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tally = Tally(line)
        tally.refused(account.pk)
        tally.refused(account.pk)
        monkeypatch.setattr(line, "take", MagicMock(side_effect=DatabaseAway("away")))
        await tally._write()
        monkeypatch.undo()
        tally.refused(account.pk)
        await tally.finish()
        assert (await in_thread(ChannelAccount.objects.get)).refused_count == 3

    async def test_somebody_who_edits_the_account_does_not_hold_the_edge_up(
        self, line: Line, account: ChannelAccount
    ) -> None:
        editing, done = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        @transaction.atomic
        def edit() -> None:
            ChannelAccount.objects.select_for_update().get()
            loop.call_soon_threadsafe(editing.set)
            asyncio.run_coroutine_threadsafe(done.wait(), loop).result(30)

        editor = asyncio.create_task(in_thread(edit))
        await editing.wait()
        tally = Tally(line)
        tally.accepted(account.pk)
        tally.refused(account.pk)
        await asyncio.wait_for(tally._write(), 15)  # gives up after half a second
        done.set()
        await editor
        await tally.finish()
        assert (await in_thread(ChannelAccount.objects.get)).refused_count == 1

    async def test_the_last_word_is_not_written_more_often_than_anybody_reads_it(
        self, line: Line, account: ChannelAccount
    ) -> None:
        recent = now() - timedelta(seconds=2)
        await in_thread(ChannelAccount.objects.update, last_inbound_at=recent)
        tally = Tally(line)
        tally.accepted(account.pk)
        await tally.finish()
        assert (await in_thread(ChannelAccount.objects.get)).last_inbound_at == recent


class TestWaker:
    async def test_many_wishes_are_one_waiting_job(self, line: Line) -> None:
        waker = Waker(line)
        for _ in range(5):
            waker.poke()
            await asyncio.sleep(store_module.WAKE_REST_S / 2)
        await waker.finish()
        assert await in_thread(waiting_jobs) == 1

    async def test_a_lost_database_is_no_trouble_of_the_caller(
        self, line: Line, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(line, "take", MagicMock(side_effect=DatabaseAway("away")))
        waker = Waker(line)
        waker.poke()
        await waker.finish()


def waiting_jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        return int(cursor.fetchone()[0])
