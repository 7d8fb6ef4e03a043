"""The provider's word on what we sent. It only ever moves a message forward (`workflow.ORDER`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from baileo.city.messages.bulk import update_rows
from baileo.city.messages.channel import DeliveryStatus
from baileo.city.messages.models import ChannelAccount, Message
from baileo.city.messages.services.reading import Reading
from baileo.city.messages.workflow import OUR_CODES, TIME_FIELD, Delivery, is_further
from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.services import append_many, entry_of

PROVIDER_CLOCK_STEP = timedelta(seconds=2)  # providers tell time in whole seconds
FIELDS = (
    "external_id", "delivery", "is_unconfirmed", "sent_at", "delivered_at", "read_at", "failed_at",
    "provider_code", "provider_words",
)  # fmt: skip


@transaction.atomic
def delivery_record(account: ChannelAccount, status: DeliveryStatus) -> bool:
    """Record one word of the provider. False: it speaks of a message we do not know (yet)."""
    entries, unknown = deliveries_apply([(account.pk, status)])
    if entries:
        append_many(entries)
    return not unknown


def statuses_apply(readings: Iterable[Reading]) -> list[Entry]:
    """All statuses of a chunk; those of unknown messages are noted in `reading.unknown`."""
    found = [(r, event) for r in readings for event in r.events if isinstance(event, DeliveryStatus)]
    if not found:
        return []
    entries, unknown = deliveries_apply([(reading.account.pk, status) for reading, status in found])
    for index in unknown:
        found[index][0].unknown.append("a delivery status of a message we do not have")
    return entries


def deliveries_apply(statuses: Sequence[tuple[int, DeliveryStatus]]) -> tuple[list[Entry], list[int]]:
    """(account id, status) onto messages. Returns entries to append and which statuses found no message."""
    by_id, by_client = _messages(statuses)
    touched: dict[int, Message] = {}
    moved: dict[int, Message] = {}
    unknown = []
    for index, (account_id, status) in enumerate(statuses):
        message = by_id.get((account_id, status.external_id)) or by_client.get((account_id, status.client_id))
        if message is None:
            unknown.append(index)
            continue
        if not speaks_of(status, message):
            continue
        touched[message.pk] = message
        if take_status(message, status):
            moved[message.pk] = message
    update_rows(touched.values(), FIELDS)
    return [delivery_entry(message, "system:channel") for message in moved.values()], unknown


def _messages(
    statuses: Sequence[tuple[int, DeliveryStatus]],
) -> tuple[dict[tuple[int, str], Message], dict[tuple[int, object], Message]]:
    """Our messages by the provider's id and by ours, locked in one order so that nobody waits in a circle."""
    rows = (
        Message.objects.select_for_update()
        .filter(direction=Message.Direction.OUT, account_id__in={account_id for account_id, _ in statuses})
        .filter(
            Q(external_id__in={status.external_id for _, status in statuses} - {""})
            | Q(client_id__in={status.client_id for _, status in statuses if status.client_id})
        )
        .order_by("pk")
    )
    messages = list(rows)
    by_id = {(message.account_id, message.external_id): message for message in messages if message.external_id}
    return by_id, {(message.account_id, message.client_id): message for message in messages}


def speaks_of(status: DeliveryStatus, message: Message) -> bool:
    """Whether the status is about this sending, and not the late failure of an earlier one that an officer repeated."""
    if status.state != "failed" or status.external_id == message.external_id:
        return True
    if message.external_id or message.sending_since is None:
        return False
    return status.at >= message.sending_since - PROVIDER_CLOCK_STEP


def take_status(message: Message, status: DeliveryStatus) -> bool:
    """Apply one status to the row in memory; True when the message's state moved or became certain."""
    if status.external_id and not message.external_id:
        message.external_id = status.external_id
    was_unconfirmed, message.is_unconfirmed = message.is_unconfirmed, False  # the provider has spoken
    keep_earliest(message, TIME_FIELD[Delivery(status.state)], status.at)
    # What we gave up ourselves is no word of the provider; its first word counts.
    is_ours = message.delivery == Delivery.FAILED and message.provider_code in OUR_CODES
    if not is_further(status.state, Delivery.SENDING if is_ours else message.delivery):
        return was_unconfirmed
    message.delivery = status.state
    failed = status.state == "failed"
    message.provider_code = status.code if failed else ""
    message.provider_words = status.words if failed else ""
    return True


def keep_earliest(message: Message, field: str, at: datetime) -> None:
    known = getattr(message, field)
    setattr(message, field, at if known is None else min(known, at))


def delivery_entry(message: Message, actor: str, kind: str = "message.delivery_changed") -> Entry:
    """The ledger's line about where a message of ours stands."""
    data = {
        "message_id": message.pk,
        "conversation_id": message.conversation_id,
        "delivery": message.delivery,
        "is_unconfirmed": message.is_unconfirmed,
    }
    return entry_of(kind=kind, subject=f"message:{message.pk}", actor=actor, data=data)
