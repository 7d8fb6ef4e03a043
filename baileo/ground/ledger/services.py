"""The only door into the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, models, transaction

from baileo.core.errors import BaileoError
from baileo.ground.ledger.changes import LONGEST, changed_words
from baileo.ground.ledger.kinds import permission_for
from baileo.ground.ledger.models import Cursor, Entry
from baileo.ground.ledger.position import Position
from baileo.ground.ledger.reader import CHANNEL
from baileo.ground.ledger.selectors import cursor_lock, entries_after, position_of


class LedgerMisused(BaileoError):
    code = "ledger-misused"
    http_status = 500


def append(
    *, kind: str, subject: str, actor: str, data: Mapping[str, Any] | None = None, agencies: Iterable[str] = ()
) -> Entry:
    """Store one entry in the caller's transaction and wake the readers when it commits.

    `data` holds ids and small values, at most 200 characters each. Raises `LedgerMisused` outside a
    transaction (the entry could outlive a change that was rolled back), for an undeclared kind, or for long text.
    """
    return append_many([entry_of(kind=kind, subject=subject, actor=actor, data=data, agencies=agencies)])[0]


def entry_of(
    *, kind: str, subject: str, actor: str, data: Mapping[str, Any] | None = None, agencies: Iterable[str] = ()
) -> Entry:
    """One entry, checked but not stored; for `append_many`."""
    permission_for(kind)
    values = dict(data or {})
    for name, value in values.items():
        if len(str(value)) > LONGEST:  # whoever needs more is about to store personal text
            raise LedgerMisused(
                f"Ledger entry {kind}: value {name!r} is over {LONGEST} characters. Store an id instead."
            )
    return Entry(kind=kind, subject=subject, actor=actor, data=values, agencies=sorted(set(filter(None, agencies))))


def append_many(entries: Sequence[Entry]) -> list[Entry]:
    """Store several checked entries at once; the same law as `append`."""
    if not connection.in_atomic_block:
        raise LedgerMisused("The ledger was written outside a transaction. Wrap the service in transaction.atomic.")
    if not entries:
        return []
    stored = Entry.objects.bulk_create(entries)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])  # delivered at commit, folded within a transaction
    return stored


@transaction.atomic
def save_recorded(
    instance: models.Model, *, kind: str, actor: str, subject: str, data: Mapping[str, Any] | None = None
) -> None:
    """Save a back-office row with one ledger entry; for rooms whose write has no rule of its own.

    The entry names the changed fields under `changed`, never their values. Raises Django's `ValidationError`.
    """
    changed = changed_words(instance)
    instance.full_clean()
    instance.save()
    append(kind=kind, subject=subject, actor=actor, data={"changed": changed, **(data or {})})


def cursor_move(reader: str, position: Position) -> None:
    """Remember a reader's position in the caller's transaction."""
    Cursor.objects.update_or_create(reader=reader, defaults={"txid": position.txid, "entry_id": position.entry_id})


@transaction.atomic
def read_on(reader: str, effect: Callable[[list[Entry]], None], *, limit: int = 200) -> int:
    """Give the next settled entries to `effect` and remember the position, both or neither.

    Returns how many were read; call again until 0. A crash in between shows the same entries again, so no entry
    is lost and `effect` stores its result once. Nothing else may be slow in `effect`: its transaction holds
    the horizon of all readers back; calls to other machines belong into jobs.
    """
    entries = entries_after(cursor_lock(reader), limit=limit)
    if entries:
        effect(entries)
        cursor_move(reader, position_of(entries[-1]))
    return len(entries)
