"""Many automatic texts at once: receipts and notices, under the same law as one (`queueing.message_queue`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from baileo.city.messages.models import Conversation, Message
from baileo.city.messages.selectors.windows import longest_text, reply_window
from baileo.city.messages.services.queueing import automatic_texts, outgoing_row, queued_entry
from baileo.city.messages.wake import wake_outbox
from baileo.city.messages.workflow import AUTOMATIC_AN_HOUR
from baileo.core.clock import now
from baileo.ground.ledger.services import append_many

NotQueued = Literal["erased", "empty", "too-long", "window-closed", "automatic-cap"]
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Automatic:
    """One automatic text. `conversation` has account and contact loaded; `client_id` makes a repetition harmless."""

    conversation: Conversation
    text: str
    template: str
    client_id: UUID


@transaction.atomic
def messages_queue_automatic(items: Sequence[Automatic], *, actor: str) -> list[Message | NotQueued]:
    """Queue these texts; the result has the same order. A text that may not be sent gives the reason instead of an
    error, so that one contact's closed window holds up nobody else's receipt.

    Emits `message.queued` for each new one. 4 statements however many there are, and the wake-up.
    """
    known = {row.client_id: row for row in Message.objects.filter(client_id__in=[item.client_id for item in items])}
    sent = _sent_lately([item.conversation.contact_id for item in items])
    new: dict[UUID, Message] = {}
    found: list[Message | NotQueued] = []
    for item in items:
        outcome = known.get(item.client_id) or new.get(item.client_id) or _refusal(item, sent)
        if outcome is None:
            outcome = new[item.client_id] = _row(item)
            sent[item.conversation.contact_id] += 1
        found.append(outcome)
    if new:
        stored = Message.objects.bulk_create(new.values())
        append_many([queued_entry(message, actor) for message in stored])
        wake_outbox()
    return found


def _row(item: Automatic) -> Message:
    return outgoing_row(item.conversation, item.text.strip(), client_id=item.client_id, template=item.template)


def _sent_lately(contact_ids: list[int]) -> Counter[int]:
    """How many automatic texts each contact got within the hour."""
    recent = automatic_texts(since=now() - HOUR).filter(conversation__contact__in=contact_ids)
    rows = recent.values_list("conversation__contact").annotate(n=Count("pk")).order_by()
    return Counter(dict(rows))


def _refusal(item: Automatic, sent: Counter[int]) -> NotQueued | None:
    conversation, length = item.conversation, len(item.text.strip())
    if conversation.contact.erased_at:
        return "erased"
    if not length:
        return "empty"
    if length > longest_text(conversation):
        return "too-long"
    if not reply_window(conversation).is_open:
        return "window-closed"
    return "automatic-cap" if sent[conversation.contact_id] >= AUTOMATIC_AN_HOUR else None
