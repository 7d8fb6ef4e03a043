"""One person's right to see and to be forgotten (UU 27/2022, Articles 7 and 8): all this room holds of a contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from baileo.city.messages.files import forget
from baileo.city.messages.models import (
    Attachment,
    ContactAlias,
    ContactIdentity,
    Conversation,
    Message,
    MessageEdit,
)
from baileo.city.messages.services.contacts import contacts_lock
from baileo.city.messages.workflow import CODE_GIVEN_UP, Delivery
from baileo.core.clock import now
from baileo.core.errors import NotFound
from baileo.ground.ledger.services import append

SHORTEST_CLUE = 6  # signs; a shorter id would be found by chance in other people's payloads

# Raw bodies of this contact's messages, and bodies that name one of its ids, such as delivery statuses. They were
# understood, so no word of others is lost when they are emptied.
_EMPTY_RAW = """
UPDATE city_messages_inboundpayload
   SET body = '', headers = '{}', reason = 'erased with its contact',
       event_key = 'erased:' || encode(sha256(convert_to(event_key, 'UTF8')), 'hex')
 WHERE state <> 'received' AND length(body) > 0 AND account_id = ANY(%(accounts)s)
   AND (id = ANY(%(payloads)s)
        OR EXISTS (SELECT 1 FROM unnest(%(clues)s::text[]) AS clue
                    WHERE position(convert_to(clue, 'UTF8') IN body) > 0))
"""


@dataclass(frozen=True)
class ErasedContact:
    """What was removed."""

    contact_id: int
    messages: int
    payloads: int
    files: int


def contact_export(contact_id: int) -> dict[str, Any]:
    """Everything this room holds of one contact, as plain JSON values. Raises `NotFound`.

    Who may ask, and that they asked, is the caller's to check and to write into the ledger.
    """
    contact = _contact(contact_id)
    conversations = Conversation.objects.filter(contact=contact).select_related("account").order_by("pk")
    return {
        "contact": {
            "channel": contact.channel,
            "external_id": contact.external_id,
            "aliases": sorted(contact.aliases.values_list("external_id", flat=True)),
            "display_name": contact.display_name,
            "username": contact.username,
            "phone": contact.phone,
            "email": contact.email,
            "language": contact.language,
            "first_seen_at": contact.first_seen_at.isoformat(),
        },
        "conversations": [
            {"account": conversation.account.name, "messages": _messages(conversation)}
            for conversation in conversations
        ],
    }


def _messages(conversation: Conversation) -> list[dict[str, Any]]:
    rows = conversation.messages.prefetch_related("attachments", "edits").order_by("happened_at", "pk")
    return [
        {
            "direction": message.direction,
            "happened_at": message.happened_at.isoformat(),
            "text": message.text,
            "lon_deg": message.lon_deg,
            "lat_deg": message.lat_deg,
            "place_text": message.place_text,
            "details": message.details,
            "delivery": message.delivery,
            "earlier_texts": [edit.text_before for edit in message.edits.all()],
            "files": [
                {"name": file.claimed_name, "media_type": file.media_type, "sha256": file.sha256}
                for file in message.attachments.all()
            ],
        }
        for message in rows
    ]


def contact_erase(contact_id: int, *, actor: str) -> ErasedContact:
    """Remove a person's words, ids, files and raw payloads; that there were messages, and when, stays for the figures.

    Emits `contact.erased` without personal data. What a request took over from a message is the request's to erase.
    Raises `NotFound`. Erasing twice does no harm. A person who writes again is a new contact.
    """
    with transaction.atomic():
        contact = _contact(contact_id)
        aliases = ContactAlias.objects.filter(contact=contact)
        contacts_lock((alias.channel, alias.scope, alias.external_id) for alias in aliases)
        messages = Message.objects.filter(conversation__contact=contact)
        payloads = _empty_payloads(contact, messages)
        hashes = set(Attachment.objects.filter(message__in=messages).values_list("sha256", flat=True)) - {""}
        count = _blank_messages(messages)
        aliases.delete()
        _blank_contact(contact)
        data = {"contact_id": contact.pk, "messages": count, "payloads": payloads, "files": len(hashes)}
        append(kind="contact.erased", subject=f"contact:{contact.pk}", actor=actor, data=data)
    return ErasedContact(contact.pk, count, payloads, forget(hashes))


def _contact(contact_id: int) -> ContactIdentity:
    contact = ContactIdentity.objects.filter(pk=contact_id).first()
    if contact is None:
        raise NotFound(f"There is no contact {contact_id}.")
    return contact


def _empty_payloads(contact: ContactIdentity, messages: QuerySet[Message]) -> int:
    conversations = Conversation.objects.filter(contact=contact)
    clues = {
        *contact.aliases.values_list("external_id", flat=True),
        *conversations.values_list("address", flat=True),
        *messages.values_list("external_id", flat=True),
        contact.phone.lstrip("+"),
    }
    values: dict[str, Any] = {
        "accounts": list(conversations.values_list("account_id", flat=True)),
        "payloads": list(messages.exclude(payload=None).values_list("payload_id", flat=True)),
        "clues": [clue for clue in clues if len(clue) >= SHORTEST_CLUE],
    }
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY_RAW, values)
        return int(cursor.rowcount)


def _blank_messages(messages: QuerySet[Message]) -> int:
    """Provider ids go too: a WhatsApp id holds the phone number. What still waits to be sent is not sent."""
    MessageEdit.objects.filter(message__in=messages).delete()
    Attachment.objects.filter(message__in=messages).update(
        state=Attachment.State.REFUSED, reason="erased", provider_ref="", claimed_name="", sha256="", provider_sha256=""
    )
    messages.filter(delivery__in=[Delivery.QUEUED, Delivery.SENDING]).update(
        delivery=Delivery.FAILED, failed_at=now(), provider_code=CODE_GIVEN_UP
    )
    return messages.update(
        text="", lon_deg=None, lat_deg=None, place_text="", details={}, external_id="", reply_to="", provider_words="",
        is_unconfirmed=False,
    )  # fmt: skip


def _blank_contact(contact: ContactIdentity) -> None:
    Conversation.objects.filter(contact=contact).update(address="", reply_until=None)
    contact.external_id = f"erased:{contact.pk}"
    contact.display_name = contact.username = contact.phone = contact.email = contact.language = ""
    contact.erased_at = contact.erased_at or now()
    contact.save()
