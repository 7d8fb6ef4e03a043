"""Why the ledger is read by horizon: the trap, the way round it, and what could make the horizon stand still."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from psycopg.errors import IdleInTransactionSessionTimeout

from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.position import START, Position
from baileo.ground.ledger.reader import connection_settings
from baileo.ground.ledger.selectors import entries_after, latest_position, position_of
from baileo.ground.ledger.services import append
from baileo.ground.ledger.testing import wait_settled

pytestmark = pytest.mark.django_db(transaction=True)

KIND = "people.signed_in"
INSERT = "INSERT INTO ledger_entry (kind, subject, actor, agencies, data) VALUES (%s, %s, 'system:test', '{}', '{}')"
Session = psycopg.Connection[Any]


@pytest.fixture
def slow() -> Iterator[Session]:
    """A writer on a connection of its own."""
    session = psycopg.connect(**connection_settings())
    yield session
    session.close()


def write(subject: str) -> None:
    with transaction.atomic():
        append(kind=KIND, subject=subject, actor="system:test")


def naive_after(last_id: int) -> list[Entry]:
    return list(Entry.objects.filter(id__gt=last_id).order_by("id"))


def subjects(entries: list[Entry]) -> list[str]:
    return [entry.subject for entry in entries]


def test_a_reader_that_asks_for_higher_ids_loses_the_row_of_a_slow_transaction(slow: Session) -> None:
    slow.execute(INSERT, [KIND, "slow"])  # takes its id now, becomes visible at commit
    write("fast")
    seen = naive_after(0)
    slow.commit()
    assert subjects(seen) == ["fast"]
    assert naive_after(seen[-1].pk) == []
    assert Entry.objects.filter(subject="slow").exists()  # there, and never shown to that reader


def test_a_reader_by_horizon_waits_for_the_slow_transaction_and_sees_both_in_order(slow: Session) -> None:
    slow.execute(INSERT, [KIND, "slow"])
    write("fast")
    assert entries_after(START) == []
    slow.commit()
    wait_settled()
    assert subjects(entries_after(START)) == ["slow", "fast"]


def test_a_transaction_that_is_rolled_back_only_delays(slow: Session) -> None:
    slow.execute(INSERT, [KIND, "slow"])
    write("fast")
    slow.rollback()
    wait_settled()
    assert subjects(entries_after(START)) == ["fast"]


def test_a_reader_goes_on_behind_its_position_and_takes_at_most_its_limit() -> None:
    for number in range(5):
        write(f"thing-{number}")
    wait_settled()
    first = entries_after(START, limit=2)
    assert subjects(first) == ["thing-0", "thing-1"]
    assert subjects(entries_after(position_of(first[-1]))) == ["thing-2", "thing-3", "thing-4"]
    assert entries_after(latest_position()) == []


def test_entries_of_one_transaction_keep_their_order() -> None:
    with transaction.atomic():
        for number in range(20):
            append(kind=KIND, subject=f"thing-{number}", actor="system:test")
    wait_settled()
    assert subjects(entries_after(START)) == [f"thing-{number}" for number in range(20)]


def test_an_empty_ledger_starts_at_the_beginning() -> None:
    assert latest_position() == START


class Crowd:
    """Writers that are slow, roll back and write several rows, all at once; after `horizon.py` of the design."""

    def __init__(self, writers: int, transactions: int) -> None:
        self.written: set[int] = set()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._write, args=(i, transactions)) for i in range(writers)]

    def _write(self, seed: int, transactions: int) -> None:
        chance = random.Random(seed)
        with psycopg.connect(**connection_settings()) as session:
            for _ in range(transactions):
                is_lost = chance.random() < 0.1
                with session.transaction(force_rollback=is_lost):
                    rows = [self._insert(session) for _ in range(chance.randint(1, 3))]
                    if chance.random() < 0.2:
                        time.sleep(chance.random() * 0.02)
                if not is_lost:
                    with self._lock:
                        self.written.update(rows)

    def _insert(self, session: Session) -> int:
        row = session.execute(f"{INSERT} RETURNING id", [KIND, "crowd"]).fetchone()
        assert row is not None
        return int(row[0])

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def is_writing(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)


def test_a_reader_in_a_crowd_of_writers_sees_every_row_once_and_in_order() -> None:
    crowd = Crowd(writers=6, transactions=40)
    seen: list[Position] = []
    crowd.start()
    while crowd.is_writing():
        seen += [position_of(entry) for entry in entries_after(seen[-1] if seen else START, limit=7)]
    wait_settled()
    while more := entries_after(seen[-1] if seen else START):
        seen += [position_of(entry) for entry in more]
    assert seen == sorted(set(seen))
    assert {position.entry_id for position in seen} == crowd.written


def test_reading_by_horizon_walks_the_index_and_sorts_nothing() -> None:
    rows = "SELECT 'people.signed_in', 'thing', 'system:test', '{}', '{}' FROM generate_series(1, 3000)"
    with connection.cursor() as cursor:
        for _ in range(3):  # several transactions
            cursor.execute(f"INSERT INTO ledger_entry (kind, subject, actor, agencies, data) {rows}")
        cursor.execute("ANALYZE ledger_entry")
        middle = Entry.objects.order_by("txid", "id")[4500]
        plan = plan_of_reading(position_of(middle))
    assert "Index Scan using entry_horizon" in plan
    assert "Sort" not in plan
    assert "Seq Scan" not in plan


def plan_of_reading(position: Position) -> str:
    explained: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        execute(f"EXPLAIN {sql}", params, many, context)
        explained.extend(row[0] for row in context["cursor"].fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        entries_after(position, limit=100)
    return "\n".join(explained)


def test_every_session_of_ours_has_a_limit_to_idling_in_a_transaction() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setting::int FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'")
        assert 0 < cursor.fetchone()[0] <= 30_000  # milliseconds


def test_a_session_that_idles_in_a_transaction_is_cut_and_the_horizon_moves_on(slow: Session) -> None:
    slow.execute("SET idle_in_transaction_session_timeout = 50")  # as in the settings, only sooner
    slow.commit()
    slow.execute(INSERT, [KIND, "forgotten"])
    write("fast")
    wait_settled()  # without the cut this would never end
    assert subjects(entries_after(START)) == ["fast"]
    with pytest.raises(IdleInTransactionSessionTimeout):
        slow.execute("SELECT 1")
