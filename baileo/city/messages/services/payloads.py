"""Keeping raw bytes before anybody understands them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import connection, transaction

from baileo.city.messages import payload_sql
from baileo.city.messages.models import ChannelAccount, InboundPayload
from baileo.city.messages.wake import wake_understanding
from baileo.core.clock import now
from baileo.core.errors import NotFound, TransitionNotAllowed
from baileo.ground.ledger.services import append

Body = tuple[str, bytes, Mapping[str, str]]  # event key, raw bytes, headers without secrets
KEEP_RAW_FOR = timedelta(days=90)  # long enough to understand again after a parser was mended
State = InboundPayload.State


@transaction.atomic
def payload_store(account: ChannelAccount, bodies: Sequence[Body], *, cursor: str | None = None) -> int:
    """Keep what the provider sent and wake understanding; with `cursor`, long polling goes on from there.

    Returns how many were new. The same event key again is the provider's repetition: not an error, not stored.
    """
    at = now()
    with connection.cursor() as sql:
        sql.execute(
            payload_sql.STORE,
            {
                "at": at,
                "account_ids": [account.pk] * len(bodies),
                "event_keys": [key for key, _, _ in bodies],
                "bodies": [body for _, body, _ in bodies],
                "headers": [json.dumps(dict(headers)) for _, _, headers in bodies],
                "sha256s": [hashlib.sha256(body).hexdigest() for _, body, _ in bodies],
            },
        )
        stored = len(sql.fetchall())
        sql.execute(payload_sql.TOUCH, {"at": at, "account_ids": [account.pk]})
    if cursor is not None:
        ChannelAccount.objects.filter(pk=account.pk).update(poll_cursor=cursor)
    if stored:
        wake_understanding()
    return stored


@transaction.atomic
def payload_reopen(payload_id: int, *, actor: str) -> None:
    """Understand a payload again, after its parser was mended. What is known already is not stored twice.

    Raises `NotFound`, or `TransitionNotAllowed` when its raw bytes are gone. Emits `payload.reopened`.
    """
    payload = InboundPayload.objects.select_for_update().filter(pk=payload_id).first()
    if payload is None:
        raise NotFound(f"There is no payload {payload_id}. It may have been removed with its account.")
    if not payload.body:
        raise TransitionNotAllowed(
            f"The raw bytes of payload {payload_id} were removed; nothing is left to understand."
        )
    payload.state, payload.reason, payload.attempts, payload.retry_at = State.RECEIVED, "", 0, None
    payload.save(update_fields=["state", "reason", "attempts", "retry_at"])
    append(kind="payload.reopened", subject=f"payload:{payload_id}", actor=actor, data={"payload_id": payload_id})
    wake_understanding()


@transaction.atomic
def payloads_forget(limit: int = 5_000) -> int:
    """Empty raw bodies that are older than 90 days and were understood; messages keep every word. Returns how many.

    Rejected ones stay until somebody has looked at them. A row stays, so that a repetition is still recognised.
    """
    old = InboundPayload.objects.filter(
        state__in=[State.UNDERSTOOD, State.IGNORED], received_at__lt=now() - KEEP_RAW_FOR
    ).exclude(body=b"")
    ids = list(old.order_by("id").values_list("pk", flat=True)[:limit])
    return InboundPayload.objects.filter(pk__in=ids).update(body=b"", headers={})
