"""For tests of every room: let Django's flush between transactional tests empty the ledger.

The triggers stay as they are while a test runs, so that a test which changes the ledger is refused like anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

TABLE, TRIGGER = "ledger_entry", "ledger_entry_no_truncate"


def allow_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call from one session-wide fixture. Wraps the statements of `flush` in a lift of the TRUNCATE trigger."""
    real = DatabaseOperations.sql_flush
    monkeypatch.setattr(DatabaseOperations, "sql_flush", _lifting(real))


def _lifting(real: Callable[..., list[str]]) -> Callable[..., list[str]]:
    def sql_flush(self: Any, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
        statements = real(self, style, tables, **options)
        if not statements or TABLE not in tables:
            return statements
        alter = f"ALTER TABLE {TABLE}"
        return [f"{alter} DISABLE TRIGGER {TRIGGER}", *statements, f"{alter} ENABLE ALWAYS TRIGGER {TRIGGER}"]

    return sql_flush
