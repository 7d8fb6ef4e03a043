"""The outbox: a row for each text to one person, stored before anything is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from baileo.city.messages.errors import AutomaticCapReached, ReplyWindowClosed
from baileo.city.messages.models import ContactIdentity, Conversation, Message
from baileo.city.messages.registry import channel_class, manifest_of
from baileo.city.messages.selectors.windows import reply_window
from baileo.city.messages.wake import wake_outbox
from baileo.city.messages.workflow import AUTOMATIC_AN_HOUR, Delivery
from baileo.core.clock import now
from baileo.core.errors import InvalidInput, NotFound
from baileo.core.ids import uuid7
from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.services import append_many, entry_of

HOUR = timedelta(hours=1)


@transaction.atomic
def message_queue(
    *,
    conversation_id: int,
    text: str,
    actor: str,
    author_id: int | None = None,
    template: str = "",
    client_id: UUID | str | None = None,
    reply_to: str = "",
) -> Message:
    """Put one text into the outbox; it leaves when the caller's transaction has committed. Emits `message.queued`.

    `client_id` is made before sending, by the browser for an officer's answer: the same one again returns the same row,
    so a click repeated over a poor link says nothing twice. `template` names an automatic text.
    Raises `ReplyWindowClosed`, `AutomaticCapReached`, `InvalidInput` for an empty or too long text, `NotFound`.
    """
    client = _uuid(client_id)
    if known := Message.objects.filter(client_id=client).first():
        return _same(known, conversation_id)
    conversation = _conversation(conversation_id)
    text = text.strip()
    _check_text(conversation, text)
    _check_window(conversation)
    if template and author_id is None:
        _check_cap(conversation.contact)
    message = outgoing_row(
        conversation, text, client_id=client, author_id=author_id, template=template, reply_to=reply_to
    )
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:  # two clicks at the same moment
        return _same(Message.objects.get(client_id=client), conversation_id)
    append_many([queued_entry(message, actor)])
    wake_outbox()
    return message


def outgoing_row(conversation: Conversation, text: str, *, client_id: UUID, **over: Any) -> Message:
    """A text on its way out, not stored yet."""
    return Message(
        conversation=conversation,
        account=conversation.account,
        direction=Message.Direction.OUT,
        delivery=Delivery.QUEUED,
        client_id=client_id,
        text=text,
        happened_at=now(),
        **over,
    )


def queued_entry(message: Message, actor: str) -> Entry:
    data = {
        "message_id": message.pk,
        "conversation_id": message.conversation_id,
        "template": message.template,
    }
    return entry_of(kind="message.queued", subject=f"message:{message.pk}", actor=actor, data=data)


def automatic_texts(since: datetime) -> QuerySet[Message]:
    """What we sent by ourselves, to anybody."""
    rows = Message.objects.filter(direction=Message.Direction.OUT, author=None, happened_at__gt=since)
    return rows.exclude(template="")


def _uuid(client_id: UUID | str | None) -> UUID:
    if client_id is None:
        return uuid7()
    try:
        return client_id if isinstance(client_id, UUID) else UUID(client_id)
    except ValueError as error:
        raise InvalidInput(_("The id of this answer is not a UUID. Reload the page and send it again.")) from error


def _same(known: Message, conversation_id: int) -> Message:
    if known.conversation_id != conversation_id:
        raise InvalidInput(_("This answer was sent in another conversation. Reload the page and send it again."))
    return known


def _conversation(conversation_id: int) -> Conversation:
    found = Conversation.objects.select_related("account", "contact").filter(pk=conversation_id).first()
    if found is None or found.contact.erased_at:
        raise NotFound(_("This conversation does not exist any more; its contact may have been erased."))
    return found


def _check_text(conversation: Conversation, text: str) -> None:
    longest = channel_class(conversation.account.channel).longest_text
    if not text:
        raise InvalidInput(_("The text is empty. Write what should be sent."))
    if len(text) > longest:
        label = manifest_of(conversation.account.channel).label
        raise InvalidInput(
            _("{channel} takes at most {longest} characters; this text has {length}. Shorten it.").format(
                channel=label, longest=longest, length=len(text)
            )
        )


def _check_window(conversation: Conversation) -> None:
    window = reply_window(conversation)
    if not window.is_open:
        raise ReplyWindowClosed(manifest_of(conversation.account.channel).label, window.closes_at)


def _check_cap(contact: ContactIdentity) -> None:
    """Approximate under races on purpose: a lock here would make citizens wait for each other to save a text or two."""
    if automatic_texts(now() - HOUR).filter(conversation__contact=contact).count() >= AUTOMATIC_AN_HOUR:
        raise AutomaticCapReached(
            _("This contact already got {n} automatic texts within an hour. Answer by hand.").format(
                n=AUTOMATIC_AN_HOUR
            ),
            retry_after_s=HOUR.total_seconds(),
        )
