"""Reading the ledger without losing rows.

Ids are given at insert and become visible at commit, so `id > last` skips rows of slow transactions. Only rows
of transactions older than every running one are read, in (txid, id) order; nothing can appear before them later.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet

from baileo.ground.ledger.models import Cursor, Entry
from baileo.ground.ledger.position import START, Position

BELOW_HORIZON = "txid < pg_snapshot_xmin(pg_current_snapshot())"


def entries_after(position: Position, *, limit: int = 500) -> list[Entry]:
    """Settled entries behind `position`, oldest first."""
    settled = Entry.objects.extra(  # noqa: S610  fixed words, values are parameters
        where=["(txid, id) > (%s::text::xid8, %s)", BELOW_HORIZON],
        params=[str(position.txid), position.entry_id],
    )
    return list(settled.order_by("txid", "id")[:limit])


def latest_position() -> Position:
    """Where a reader starts that wants only what comes from now on."""
    settled = Entry.objects.extra(where=[BELOW_HORIZON])  # noqa: S610  fixed words
    last = settled.order_by("-txid", "-id").first()
    return position_of(last) if last else START


def position_of(entry: Entry) -> Position:
    return Position(entry.txid, entry.pk)


def cursor_get(reader: str) -> Position:
    cursor = Cursor.objects.filter(reader=reader).first()
    return Position(cursor.txid, cursor.entry_id) if cursor else START


def cursor_lock(reader: str) -> Position:
    """The reader's position, kept from others until the transaction ends: two processes of one reader take turns.

    An advisory lock and not a row lock: who waits for a row already has a transaction id, and the horizon would
    stand still for every reader as long as this one works.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"ledger cursor {reader}"])
    return cursor_get(reader)


def history(subject: str, kinds: Iterable[str] = ()) -> QuerySet[Entry]:
    """Everything that happened to one thing, oldest first."""
    entries = Entry.objects.filter(subject=subject).order_by("id")
    return entries.filter(kind__in=list(kinds)) if kinds else entries
