"""Conversations whose messages belong to no request: greetings, questions, what the machine did not recognise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery

from baileo.city.messages.models import Conversation, Message
from baileo.city.service_requests.access import SEE_CONTACT
from baileo.city.service_requests.models import LooseMessage
from baileo.core.clock import now
from baileo.core.redact import mask_name
from baileo.ground.people.models import User
from baileo.ground.people.selectors import access_of

SHOWN_FOR = timedelta(days=14)
READ = "messages.view"


@dataclass(frozen=True, slots=True)
class LooseConversation:
    """One person who waits for somebody to read; `waiting_since` is the first word nobody answered."""

    conversation: Conversation
    contact_name: str
    channel: str
    last_message: Message
    count: int
    waiting_since: datetime


def conversations_without_request(user: User, limit: int = 50) -> list[LooseConversation]:
    """Who waits longest first; empty for people of agencies. Two queries.

    A conversation leaves the list when its messages are linked, when an officer wrote after the last of them, when
    somebody lets it be, or after 14 days.
    """
    if READ not in access_of(user).city:
        return []
    waiting = [Waiting(**row) for row in _waiting()[:limit]]
    messages = Message.objects.select_related("conversation__contact", "conversation__account")
    by_id = messages.in_bulk([row.last_id for row in waiting])
    is_named = SEE_CONTACT in access_of(user).city
    return [_row(by_id[row.last_id], row, is_named=is_named) for row in waiting]


def loose_count(user: User) -> int:
    """How many conversations wait; one query."""
    return _waiting().count() if READ in access_of(user).city else 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row of `_waiting`."""

    conversation: int
    n: int
    since: datetime
    until: datetime
    last_id: int
    answered_at: datetime | None


def _waiting() -> QuerySet[Any, Any]:
    last_answer = Message.objects.filter(
        conversation=OuterRef("conversation"), direction=Message.Direction.OUT, author__isnull=False
    ).order_by("-happened_at")
    loose = LooseMessage.objects.filter(at__gte=now() - SHOWN_FOR).values("conversation")
    grouped = loose.annotate(n=Count("id"), since=Min("at"), until=Max("at"), last_id=Max("message_id"))
    grouped = grouped.annotate(answered_at=Subquery(last_answer.values("happened_at")[:1]))
    waiting = grouped.filter(Q(answered_at__isnull=True) | Q(answered_at__lt=F("until")))
    return waiting.order_by("since", "conversation")


def _row(message: Message, row: Waiting, *, is_named: bool) -> LooseConversation:
    contact = message.conversation.contact
    return LooseConversation(
        conversation=message.conversation,
        contact_name=contact.display_name if is_named else mask_name(contact.display_name),
        channel=message.conversation.account.channel,
        last_message=message,
        count=row.n,
        waiting_since=row.since,
    )
