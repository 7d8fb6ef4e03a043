"""For tests of every room that write to the ledger or read from it.

The triggers stay as they are while a test runs, so that a test which changes the ledger is refused like anybody.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

from baileo.ground.ledger import selectors

TABLE, TRIGGER = "ledger_entry", "ledger_entry_no_truncate"
WITHOUT_MODEL = (  # tables that Django's flush does not know
    "baileo_cache",
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_jobs",
    "procrastinate_workers",
)
PATIENCE_S = 60


def allow_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Django's flush between transactional tests empty everything. Call from one session-wide fixture.

    Only tables that hold rows are emptied, by DELETE: truncating 130 empty tables takes 0.4 s, this takes 8 ms.
    """
    monkeypatch.setattr(DatabaseOperations, "sql_flush", _flush_filled)


def _flush_filled(self: Any, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
    filled = _filled(self, [*tables, *WITHOUT_MODEL]) if tables else []
    if not filled:
        return []
    statements = ["SET LOCAL session_replication_role = replica"]  # the order of foreign keys does not matter then
    for table in filled:
        statements += _empty_ledger() if table == TABLE else [f"DELETE FROM {self.quote_name(table)}"]
    return statements


def _filled(operations: Any, tables: Sequence[str]) -> list[str]:
    looks = [f"SELECT {n} FROM {operations.quote_name(table)} LIMIT 1" for n, table in enumerate(tables)]
    with operations.connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"({look})" for look in looks))
        return [tables[n] for (n,) in cursor.fetchall()]


def _empty_ledger() -> list[str]:
    alter = f"ALTER TABLE {TABLE}"
    return [f"{alter} DISABLE TRIGGER {TRIGGER}", f"TRUNCATE {TABLE}", f"{alter} ENABLE ALWAYS TRIGGER {TRIGGER}"]


def wait_settled() -> None:
    """Until all that is committed lies below the horizon. For tests with `transaction=True`.

    The horizon looks at the transactions of the whole server, so of the tests running beside this one too.
    """
    until = time.monotonic() + PATIENCE_S
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(txid::text::bigint), 0) FROM ledger_entry")
        highest = cursor.fetchone()[0]
        while time.monotonic() < until:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] > highest:
                return
            time.sleep(0.01)
    raise AssertionError("The ledger did not settle: some transaction stays open.")


@contextmanager
def all_settled() -> Iterator[None]:
    """For tests inside one transaction, whose own entries would stay above the horizon: read without it."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(selectors, "BELOW_HORIZON", "true")
        yield
