"""Group commit without a database: who is stored, who is told to come back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.web.api.hooks.intake import Arrival, Intake, NotStored
from baileo.web.api.line import DatabaseAway


def arrival(key: str) -> Arrival:
    return Arrival(1, key, key.encode(), '{"a": "b"}')


class FakeStore:
    """Remembers its batches; `spoils` are keys that no statement survives."""

    def __init__(self, *spoils: str, error: Exception | None = None) -> None:
        self.batches: list[list[str]] = []
        self.spoils = set(spoils)
        self.error = error
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, arrivals: Sequence[Arrival]) -> None:
        await self.gate.wait()
        if self.error:
            raise self.error
        if any(one.event_key in self.spoils for one in arrivals):
            raise psycopg.DataError("bad row")
        self.batches.append([one.event_key for one in arrivals])


async def put_all(intake: Intake, *keys: str) -> list[BaseException | None]:
    return await asyncio.gather(*(intake.put(arrival(key)) for key in keys), return_exceptions=True)


async def test_what_comes_together_is_stored_together_in_its_order() -> None:
    store = FakeStore()
    assert await put_all(Intake(store), "a", "b", "c") == [None] * 3
    assert store.batches == [["a", "b", "c"]]


async def test_what_comes_during_a_transaction_waits_for_the_next() -> None:
    store = FakeStore()
    intake = Intake(store)
    store.gate.clear()
    first = asyncio.create_task(intake.put(arrival("first")))
    await asyncio.sleep(0.02)
    rest = asyncio.create_task(put_all(intake, "second", "third"))
    await asyncio.sleep(0)
    store.gate.set()
    await asyncio.gather(first, rest)
    assert store.batches == [["first"], ["second", "third"]]


async def test_a_batch_has_a_largest_size() -> None:
    store = FakeStore()
    await put_all(Intake(store, batch_most=2), "a", "b", "c", "d", "e")
    assert [len(batch) for batch in store.batches] == [2, 2, 1]


async def test_one_bad_row_does_not_fail_the_others_and_is_stored_in_plain_form() -> None:
    store = FakeStore("bad")
    assert await put_all(Intake(store), "a", "bad", "c") == [None] * 3
    assert store.batches == [["a"], [arrival("bad").sha256], ["c"]]


async def test_a_row_that_cannot_be_stored_at_all_is_not_acknowledged() -> None:
    store = FakeStore("bad", arrival("bad").sha256)
    [good, bad] = await put_all(Intake(store), "good", "bad")
    assert good is None
    assert isinstance(bad, NotStored)


async def test_without_database_everybody_hears_it_at_once() -> None:
    store = FakeStore(error=DatabaseAway("away"))
    results = await put_all(Intake(store), "a", "b")
    assert [type(result) for result in results] == [DatabaseAway] * 2


async def test_a_mistake_in_storing_leaves_nobody_waiting() -> None:
    store = FakeStore(error=ZeroDivisionError())
    intake = Intake(store)
    assert [type(result) for result in await put_all(intake, "a", "b")] == [NotStored] * 2
    store.error = None
    assert await put_all(intake, "c") == [None]


async def test_beyond_the_limit_the_provider_is_asked_to_come_back() -> None:
    store = FakeStore()
    store.gate.clear()
    intake = Intake(store, waiting_most=2)
    waiting = [asyncio.create_task(intake.put(arrival(key))) for key in "ab"]
    await asyncio.sleep(0)
    with pytest.raises(NotStored, match="Too many"):
        await intake.put(arrival("c"))
    store.gate.set()
    await asyncio.gather(*waiting)


async def test_a_caller_that_went_away_is_stored_all_the_same() -> None:
    store = FakeStore()
    intake = Intake(store)
    call = asyncio.create_task(intake.put(arrival("a")))
    await asyncio.sleep(0)
    call.cancel()
    await intake.drain()
    assert store.batches == [["a"]]


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d", "e"]), st.booleans()), max_size=40),
    st.sets(st.sampled_from(["a", "b", "c"])),
    st.integers(1, 7),
)
def test_whoever_hears_that_it_is_stored_is_right(calls: list[tuple[str, bool]], bad: set[str], most: int) -> None:
    """In any order, with bad rows among them, and with callers that go away."""

    async def play() -> None:
        store = FakeStore(*bad)
        intake = Intake(store, batch_most=most)
        waiting = []
        for key, is_gone in calls:
            call = asyncio.create_task(intake.put(arrival(key)))
            await asyncio.sleep(0)
            waiting.append((key, call))
            if is_gone:
                call.cancel()
        results = await asyncio.gather(*(call for _, call in waiting), return_exceptions=True)
        await intake.drain()
        stored = {key for batch in store.batches for key in batch}
        for (key, _), result in zip(waiting, results, strict=True):
            assert result is None or isinstance(result, asyncio.CancelledError)
            assert (arrival(key).sha256 if key in bad else key) in stored
        assert sum(len(batch) for batch in store.batches) == len(calls)

    asyncio.run(play())
