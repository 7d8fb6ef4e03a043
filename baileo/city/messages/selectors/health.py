"""Whether words come in and go out: by account, and how long the oldest has been waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Count, Min, Q, QuerySet
from django.utils.translation import gettext as _

from baileo.city.messages.models import Attachment, ChannelAccount, InboundPayload, Message
from baileo.city.messages.workflow import Delivery
from baileo.core.clock import now

QUIET_AFTER = timedelta(hours=24)
HealthState = Literal["ok", "quiet", "trouble", "disabled"]


@dataclass(frozen=True)
class AccountHealth:
    """One account at a glance. `words` says what is wrong, `waiting` counts texts not yet handed to the provider."""

    account_id: int
    slug: str
    channel: str
    name: str
    state: HealthState
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    words: str
    waiting: int
    oldest_waiting_s: float
    refused_count: int


def account_health(at: datetime | None = None) -> list[AccountHealth]:
    """Every account, those in trouble first. 2 queries."""
    at = at or now()
    queued = dict[int, tuple[int, datetime]]()
    outbox = Message.objects.filter(delivery=Delivery.QUEUED).values("account_id").order_by()
    for row in outbox.annotate(n=Count("pk"), oldest=Min("stored_at")):
        queued[row["account_id"]] = (row["n"], row["oldest"])
    found = [_health(account, queued.get(account.pk), at) for account in ChannelAccount.objects.order_by("name", "pk")]
    order = ("trouble", "quiet", "ok", "disabled")
    return sorted(found, key=lambda health: order.index(health.state))


def _health(account: ChannelAccount, queued: tuple[int, datetime] | None, at: datetime) -> AccountHealth:
    state, words = _state(account, at)
    return AccountHealth(
        account_id=account.pk,
        slug=account.slug,
        channel=account.channel,
        name=account.name,
        state=state,
        last_inbound_at=account.last_inbound_at,
        last_outbound_at=account.last_outbound_at,
        words=words,
        waiting=queued[0] if queued else 0,
        oldest_waiting_s=_age_s(queued[1], at) if queued else 0.0,
        refused_count=account.refused_count,
    )


def _state(account: ChannelAccount, at: datetime) -> tuple[HealthState, str]:
    if not account.is_enabled:
        return "disabled", _("switched off")
    if account.trouble:
        return "trouble", account.trouble
    if account.last_inbound_at is None:
        return "quiet", _("nothing has come in yet")
    if at - account.last_inbound_at > QUIET_AFTER:
        return "quiet", _("nothing has come in for more than a day")
    return "ok", ""


def queue_age(at: datetime | None = None) -> dict[str, float]:
    """Seconds the oldest has been waiting, 0.0 when nothing waits. What waits on purpose (a back-off, an account in
    trouble, a status before its message) does not count: these figures say whether somebody works. 3 queries.
    """
    at = at or now()
    payloads, outbox, attachments = waiting(at)
    return {
        "payloads_s": _oldest_s(payloads, "received_at", at),
        "outbox_s": _oldest_s(outbox, "stored_at", at),
        "attachments_s": _oldest_s(attachments, "message__stored_at", at),
    }


def waiting(at: datetime) -> tuple[QuerySet[InboundPayload], QuerySet[Message], QuerySet[Attachment]]:
    """What could be worked on at `at`: payloads to understand, texts to send, files to fetch."""
    payloads = InboundPayload.objects.filter(state=InboundPayload.State.RECEIVED)
    outbox = Message.objects.filter(delivery=Delivery.QUEUED, account__is_enabled=True)
    outbox = outbox.filter(Q(account__send_after=None) | Q(account__send_after__lte=at))
    attachments = Attachment.objects.filter(state=Attachment.State.WAITING, message__account__is_enabled=True)
    return (
        payloads.filter(Q(retry_at=None) | Q(retry_at__lte=at)),
        outbox.filter(Q(attempt_after=None) | Q(attempt_after__lte=at)),
        attachments.filter(Q(attempt_after=None) | Q(attempt_after__lte=at)),
    )


def queue_counts() -> dict[str, int]:
    """How many wait, on purpose or not, and how many need a person. 4 queries."""
    undecided = Message.objects.filter(Q(delivery=Delivery.FAILED) | Q(is_unconfirmed=True))
    return {
        "payloads": InboundPayload.objects.filter(state=InboundPayload.State.RECEIVED).count(),
        "outbox": Message.objects.filter(delivery=Delivery.QUEUED).count(),
        "attachments": Attachment.objects.filter(state=Attachment.State.WAITING).count(),
        "undelivered": undecided.count(),
    }


def rejected_payloads(limit: int = 100, before_id: int | None = None) -> list[InboundPayload]:
    """Payloads that were not understood, newest first, with the reason; without their bodies. 1 query."""
    rows = InboundPayload.objects.filter(state=InboundPayload.State.REJECTED).select_related("account").defer("body")
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return list(rows.order_by("-received_at", "-pk")[:limit])


def _oldest_s(
    rows: QuerySet[InboundPayload] | QuerySet[Message] | QuerySet[Attachment], field: str, at: datetime
) -> float:
    oldest = rows.aggregate(oldest=Min(field))["oldest"]
    return _age_s(oldest, at) if oldest else 0.0


def _age_s(since: datetime, at: datetime) -> float:
    return max((at - since).total_seconds(), 0.0)
