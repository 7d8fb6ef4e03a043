"""What the provider says about messages and people we know: edits, deletions, changed contacts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from baileo.city.messages.channel import ContactChanged, MessageDeleted, MessageEdited
from baileo.city.messages.models import ContactAlias, Conversation, Message, MessageEdit
from baileo.city.messages.services.contacts import ATTRIBUTES, contacts_find, keys_of, take_attributes
from baileo.city.messages.services.inbound import received_entry
from baileo.city.messages.services.reading import Reading
from baileo.ground.ledger.models import Entry

Change = MessageEdited | MessageDeleted


def changes_apply(readings: Iterable[Reading]) -> list[Entry]:
    """Apply edits, deletions and changed contacts; returns the ledger's entries, not yet stored.

    Words about a message we do not know are noted in `reading.unknown`.
    """
    found = [(reading, event) for reading in readings for event in reading.events]
    for reading, event in found:
        if isinstance(event, ContactChanged):
            _contact_change(reading, event)
    changes = [(reading, event) for reading, event in found if isinstance(event, MessageEdited | MessageDeleted)]
    messages = _messages(changes) if changes else {}
    entries: list[Entry] = []
    for reading, event in changes:
        message = messages.get((reading.account.pk, event.external_id))
        if message is None:
            reading.unknown.append("a change of a message we do not have")
        elif isinstance(event, MessageEdited):
            entries += [received_entry(message, "message.edited")] if _edit(message, event) else []
        else:
            entries += [received_entry(message, "message.deleted")] if _delete(message, event.deleted_at) else []
    return entries


def _messages(changes: list[tuple[Reading, Change]]) -> dict[tuple[int, str], Message]:
    """The messages spoken of, locked in one order so that nobody waits in a circle."""
    rows = Message.objects.select_for_update(of=("self",)).select_related("account").order_by("pk")
    rows = rows.filter(
        account_id__in={reading.account.pk for reading, _ in changes},
        external_id__in={event.external_id for _, event in changes},
        direction=Message.Direction.IN,
    )
    return {(message.account_id, message.external_id): message for message in rows}


def _edit(message: Message, event: MessageEdited) -> bool:
    return message_edit(message, event.text, event.edited_at)


def _delete(message: Message, at: datetime) -> bool:
    if message.deleted_at is not None:
        return False
    message.deleted_at = at
    message.save(update_fields=["deleted_at"])
    return True


@transaction.atomic
def message_edit(message: Message, text: str, edited_at: datetime) -> bool:
    """Take over a sender's change and keep what stood there before. False when this change is known.

    Edits may come in any order: an older one is put where it belongs and the newest text stays.
    """
    edits = list(message.edits.order_by("edited_at", "pk"))
    texts = [*(edit.text_before for edit in edits[1:]), message.text]  # what each edit made of it
    if any(edit.edited_at == edited_at and made == text for edit, made in zip(edits, texts, strict=False)):
        return False
    if not edits and text == message.text:
        return False
    later = next((edit for edit in edits if edit.edited_at > edited_at), None)
    if later:
        MessageEdit.objects.create(message=message, text_before=later.text_before, edited_at=edited_at)
        later.text_before = text
        later.save(update_fields=["text_before"])
        return True
    MessageEdit.objects.create(message=message, text_before=message.text, edited_at=edited_at)
    message.text, message.edited_at = text, edited_at
    message.save(update_fields=["text", "edited_at"])
    return True


def _contact_change(reading: Reading, event: ContactChanged) -> None:
    """Somebody goes on under other ids. A person we never heard of is nobody to change."""
    channel, sender = reading.account.channel, event.sender
    old = [(channel, event.scope, one) for one in event.known_as]
    new = keys_of(channel, event.scope, sender)
    known = contacts_find([*old, *new])
    contact = next((known[key] for key in old if key in known), None)
    if contact is None:
        return
    ContactAlias.objects.bulk_create(
        ContactAlias(contact=contact, channel=key[0], scope=key[1], external_id=key[2])
        for key in new
        if key not in known
    )
    if take_attributes(contact, sender, is_newest=True):
        contact.save(update_fields=ATTRIBUTES)
    if sender.address:
        Conversation.objects.filter(contact=contact, account=reading.account).update(address=sender.address)
