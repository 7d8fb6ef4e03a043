"""Bodies over a channel's limit: refused unread, but an administrator sees that it happened."""

from __future__ import annotations

import logging
import time
from hashlib import sha256

from django.db import DatabaseError, transaction

from baileo.city.messages.models import InboundPayload
from baileo.core.clock import now
from baileo.ground.ledger.services import append
from baileo.web.api.background import in_thread
from baileo.web.api.hooks.accounts import Known
from baileo.web.api.wire import BodyTooLarge

log = logging.getLogger(__name__)
MOST_PER_MINUTE = 5  # nobody has proved who they are at this point: a flood must not fill the table


class Oversized:
    """Keeps one rejected row for each different body, a few a minute over all accounts."""

    def __init__(self) -> None:
        self._recent: list[float] = []

    async def record(self, account: Known, error: BodyTooLarge) -> None:
        now = time.monotonic()
        self._recent = [at for at in self._recent if now - at < 60]
        log.warning("%s was sent a body over its limit; refused.", account.label)
        if len(self._recent) >= MOST_PER_MINUTE:
            return
        self._recent.append(now)
        try:
            await in_thread(oversized_keep, account_id=account.id, start=error.start, reason=str(error))
        except DatabaseError as failure:
            log.warning("The oversized body could not be recorded (%s).", type(failure).__name__)


@transaction.atomic
def oversized_keep(*, account_id: int, start: bytes, reason: str) -> None:
    """A rejected row without the body; the same body sent again adds nothing. Emits `payload.rejected`."""
    digest = sha256(start).hexdigest()
    row, is_new = InboundPayload.objects.get_or_create(
        account_id=account_id,
        event_key=f"oversized:{digest}",
        defaults={
            "body": b"",
            "sha256": digest,
            "received_at": now(),
            "state": InboundPayload.State.REJECTED,
            "reason": f"{reason} It was refused unread, its signature was not checked."[:300],
        },
    )
    if is_new:
        append(
            kind="payload.rejected", subject=f"payload:{row.pk}", actor="system:web", data={"account_id": account_id}
        )
