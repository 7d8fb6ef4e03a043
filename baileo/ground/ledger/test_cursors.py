"""Durable readers: the position moves with the effect, or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from baileo.ground.ledger.models import Cursor, Entry
from baileo.ground.ledger.position import START
from baileo.ground.ledger.selectors import cursor_get, position_of
from baileo.ground.ledger.services import append, cursor_move, read_on
from baileo.ground.ledger.testing import all_settled, wait_settled

pytestmark = pytest.mark.django_db(transaction=True)

READER = "test.statistics"
KIND = "people.signed_in"


class Crashed(Exception):
    pass


def write(*subjects: str) -> None:
    for subject in subjects:
        with transaction.atomic():
            append(kind=KIND, subject=subject, actor="system:test")
    wait_settled()


class Effect:
    """Remembers in memory what it saw and in the database, as a reader's effect would, what it did."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.saw: list[str] = []
        self._then = then

    def __call__(self, entries: list[Entry]) -> None:
        self.saw += [entry.subject for entry in entries]
        Cursor.objects.update_or_create(reader="test.effect", defaults={"entry_id": len(self.saw)})
        self._then()


def crash() -> None:
    raise Crashed


def test_a_reader_goes_on_where_it_was() -> None:
    effect = Effect()
    write("a", "b")
    assert read_on(READER, effect) == 2
    write("c")
    assert (read_on(READER, effect), read_on(READER, effect)) == (1, 0)
    assert effect.saw == ["a", "b", "c"]


def test_a_reader_takes_bites_of_its_limit() -> None:
    effect = Effect()
    write("a", "b", "c")
    assert [read_on(READER, effect, limit=2) for _ in range(3)] == [2, 1, 0]
    assert effect.saw == ["a", "b", "c"]


def test_after_a_crash_between_effect_and_position_the_same_entries_come_again() -> None:
    write("a", "b")
    with pytest.raises(Crashed):
        read_on(READER, Effect(then=crash))
    assert cursor_get(READER) == START
    assert not Cursor.objects.filter(reader="test.effect").exists()  # the effect went with it
    again = Effect()
    assert read_on(READER, again) == 2
    assert again.saw == ["a", "b"]


def test_two_readers_keep_their_own_positions() -> None:
    write("a")
    read_on(READER, Effect())
    other = Effect()
    read_on("test.audit", other)
    assert other.saw == ["a"]


def test_a_position_can_be_moved_by_hand_in_the_transaction_of_the_effect() -> None:
    write("a", "b")
    first = Entry.objects.earliest("id")
    with transaction.atomic():
        cursor_move(READER, position_of(first))
    effect = Effect()
    read_on(READER, effect)
    assert effect.saw == ["b"]


def test_two_processes_of_one_reader_take_turns_and_no_entry_takes_effect_twice() -> None:
    write("a", "b")
    is_inside, may_go_on = threading.Event(), threading.Event()
    first = Effect(then=lambda: (is_inside.set(), may_go_on.wait(60))[0])  # type: ignore[func-returns-value]
    second = Effect()
    one, two = a_process(first), a_process(second)
    one.start()
    assert is_inside.wait(60)
    two.start()
    wait_until_somebody_waits_for_a_lock()
    may_go_on.set()
    one.join(60)
    two.join(60)
    assert (first.saw, second.saw) == (["a", "b"], [])


def test_who_waits_for_its_turn_does_not_hold_the_horizon_back() -> None:
    write("a")
    is_inside, may_go_on = threading.Event(), threading.Event()

    def pause() -> None:
        is_inside.set()
        may_go_on.wait(60)

    one = a_process(Effect(then=pause))
    two = a_process(Effect())
    one.start()
    assert is_inside.wait(60)
    two.start()
    wait_until_somebody_waits_for_a_lock()
    waiting = (
        "SELECT count(backend_xid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event = 'advisory'"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{waiting} AND datname = current_database()")
        assert cursor.fetchone()[0] == 0  # no transaction id yet
    may_go_on.set()
    one.join(60)
    two.join(60)


def a_process(effect: Effect) -> threading.Thread:
    def run() -> None:
        try:
            read_on(READER, effect)
        finally:
            connection.close()

    return threading.Thread(target=run)


def wait_until_somebody_waits_for_a_lock() -> None:
    until = time.monotonic() + 60
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waited")


def test_a_test_inside_one_transaction_can_read_its_own_entries() -> None:
    effect = Effect()
    with transaction.atomic():
        append(kind=KIND, subject="mine", actor="system:test")
        assert read_on(READER, effect) == 0
        with all_settled():
            assert read_on(READER, effect) == 1
    assert effect.saw == ["mine"]
