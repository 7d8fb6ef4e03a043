"""Draining the raw payloads: claim, read, store, and decide what becomes of each.

A chunk is one transaction. It is stored as a whole, in a few statements; only when that fails, one payload after the
other behind its own savepoint, so that one bad payload never holds up its neighbours.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from baileo.city.messages.logs import whereabouts
from baileo.city.messages.models import InboundPayload
from baileo.city.messages.registry import PluginBroken, channel_for
from baileo.city.messages.services.changes import changes_apply
from baileo.city.messages.services.contacts import contacts_lock, keys_of
from baileo.city.messages.services.delivery import statuses_apply
from baileo.city.messages.services.inbound import messages_store, received_entry
from baileo.city.messages.services.reading import Reading, read
from baileo.city.messages.wake import wake_attachments
from baileo.city.messages.workflow import PARSE_ATTEMPTS, STATUS_WAITS_FOR, parse_wait_s, status_wait_s
from baileo.core.clock import now
from baileo.core.errors import NotFound
from baileo.core.sealed import SealBroken
from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.services import append_many, entry_of

logger = logging.getLogger(__name__)
State = InboundPayload.State
WAIT_FOR_PLUGIN = timedelta(minutes=1)


@transaction.atomic
def payloads_understand(limit: int = 100) -> int:
    """Understand up to `limit` waiting payloads. Returns how many were taken; call again until it is 0.

    Any number of workers may do this at once. A payload ends understood, ignored with the reason, or rejected with
    the reason; or it waits, because its parser failed or because it speaks of a message that is not known yet.
    """
    at = now()
    payloads = _claim(limit, at)
    readings = [reading for payload in payloads if (reading := _read(payload, at))]
    contacts_lock(
        key
        for reading in readings
        for scope, sender in reading.senders
        for key in keys_of(reading.account.channel, scope, sender)
    )
    _store(readings)
    _settle(readings, at)
    return len(payloads)


def _claim(limit: int, at: datetime) -> list[InboundPayload]:
    """Rows nobody else is working on. Those that wait for something get at most a quarter of the room."""
    waiting = InboundPayload.objects.select_for_update(skip_locked=True, of=("self",)).filter(state=State.RECEIVED)
    waiting = waiting.select_related("account")
    again = list(waiting.filter(retry_at__lte=at).order_by("retry_at")[: max(1, limit // 4)])
    return again + list(waiting.filter(Q(retry_at=None)).order_by("pk")[: limit - len(again)])


def _read(payload: InboundPayload, at: datetime) -> Reading | None:
    """None when the account's plug-in cannot be used now: that is not the payload's fault, it waits uncounted."""
    try:
        channel = channel_for(payload.account)
    except (NotFound, PluginBroken, SealBroken) as error:
        logger.error("Payload %s waits: %s", payload.pk, error)
        InboundPayload.objects.filter(pk=payload.pk).update(retry_at=at + WAIT_FOR_PLUGIN)
        return None
    return read(payload, channel)


def _store(readings: Sequence[Reading]) -> None:
    try:
        with transaction.atomic():
            _apply(readings)
    except (OperationalError, InterfaceError):  # the database, not the payload: the whole chunk comes again
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, the others must not suffer
        logger.warning("Storing %s payloads one by one, because of %s", len(readings), whereabouts(error))
        for reading in readings:
            _store_alone(reading)


def _store_alone(reading: Reading) -> None:
    reading.unknown.clear()
    try:
        with transaction.atomic():
            _apply([reading])
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001  kept, tried again, shown
        reading.broken = error


def _apply(readings: Sequence[Reading]) -> None:
    stored = messages_store(readings)
    entries: list[Entry] = [received_entry(message) for message in stored]
    entries += changes_apply(readings)
    entries += statuses_apply(readings)
    if entries:
        append_many(entries)
    if any(message.attachments for reading in readings for message in reading.messages):
        wake_attachments()


def _settle(readings: Sequence[Reading], at: datetime) -> None:
    """Write down what became of each payload; the common case in one statement."""
    understood: list[int] = []
    for reading in readings:
        state, reason = _outcome(reading, at)
        if state == State.UNDERSTOOD and not reason:
            understood.append(reading.payload.pk)
        elif state == State.RECEIVED:
            _put_off(reading, at)
        else:
            _finish(reading, state, reason, at)
    InboundPayload.objects.filter(pk__in=understood).update(
        state=State.UNDERSTOOD, understood_at=at, reason="", retry_at=None
    )


def _outcome(reading: Reading, at: datetime) -> tuple[State, str]:
    if reading.rejected:
        return State.REJECTED, reading.rejected
    if reading.broken:
        gave_up = reading.payload.attempts + 1 >= PARSE_ATTEMPTS
        return (State.REJECTED, f"parser failed: {type(reading.broken).__name__}") if gave_up else (State.RECEIVED, "")
    if reading.unknown:
        if at - reading.payload.received_at < STATUS_WAITS_FOR:
            return State.RECEIVED, ""
        reasons = "; ".join(dict.fromkeys(reading.unknown))
        return (State.UNDERSTOOD if any(reading.messages) else State.IGNORED), reasons
    return (State.IGNORED, reading.ignored) if reading.ignored else (State.UNDERSTOOD, "")


def _put_off(reading: Reading, at: datetime) -> None:
    payload = reading.payload
    if reading.broken:
        where = whereabouts(reading.broken)
        logger.error("Payload %s of %s could not be understood: %s", payload.pk, payload.account.channel, where)
        payload.attempts += 1
        wait_s = parse_wait_s(payload.attempts, random.random())  # noqa: S311
    else:
        wait_s = status_wait_s((at - payload.received_at).total_seconds())
    payload.retry_at = at + timedelta(seconds=wait_s)
    payload.save(update_fields=["attempts", "retry_at"])


def _finish(reading: Reading, state: State, reason: str, at: datetime) -> None:
    payload = reading.payload
    payload.state, payload.reason, payload.retry_at, payload.understood_at = state, reason[:300], None, at
    payload.save(update_fields=["state", "reason", "retry_at", "understood_at"])
    if state == State.REJECTED:
        data = {"payload_id": payload.pk, "channel": payload.account.channel, "account": payload.account.slug}
        append_many(
            [entry_of(kind="payload.rejected", subject=f"payload:{payload.pk}", actor="system:worker", data=data)]
        )
