"""Storing what people wrote, a whole chunk of payloads in a handful of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from baileo.city.messages.bulk import update_rows
from baileo.city.messages.channel import AttachmentRef, InboundMessage
from baileo.city.messages.models import (
    Attachment,
    ChannelAccount,
    ContactIdentity,
    Conversation,
    InboundPayload,
    Message,
    Upload,
)
from baileo.city.messages.registry import channel_class
from baileo.city.messages.services.contacts import (
    ATTRIBUTES,
    contacts_find_or_make,
    take_attributes,
    take_word,
)
from baileo.city.messages.services.reading import Reading
from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.services import entry_of

UPLOAD = "upload:"  # a file that came with a form; the rest of the ref is its token
Thread = tuple[int, int]  # account id, contact id


@dataclass
class Item:
    """One message on its way into the database."""

    payload: InboundPayload
    message: InboundMessage

    @property
    def account(self) -> ChannelAccount:
        return self.payload.account

    @property
    def key(self) -> tuple[int, str]:
        return (self.account.pk, self.message.external_id)


def messages_store(readings: Iterable[Reading]) -> list[Message]:
    """Store every message not stored before, with contact, conversation and attachments. Returns the new ones.

    The caller holds the contacts' locks. Emits nothing: see `received_entry`.
    """
    items = _fresh([Item(reading.payload, message) for reading in readings for message in reading.messages])
    if not items:
        return []
    known = contacts_find_or_make((item.account.channel, item.message.scope, item.message.sender) for item in items)
    contacts = [known[item.account.channel, item.message.scope, item.message.sender.external_id] for item in items]
    conversations = _conversations(items, contacts)
    threads = [conversations[item.account.pk, contact.pk] for item, contact in zip(items, contacts, strict=True)]
    _take_news(items, contacts, threads)
    stored = Message.objects.bulk_create(_row(item, thread) for item, thread in zip(items, threads, strict=True))
    _attachments_note(items, stored)
    return stored


def _fresh(items: list[Item]) -> list[Item]:
    """Without what is stored already or stands twice in this chunk."""
    unique = {item.key: item for item in reversed(items)}  # the first one wins
    seen = set(
        Message.objects.filter(
            account_id__in={account for account, _ in unique}, external_id__in={external for _, external in unique}
        ).values_list("account_id", "external_id")
    )
    return [item for item in items if item.key not in seen and unique[item.key] is item]


def _conversations(items: list[Item], contacts: list[ContactIdentity]) -> dict[Thread, Conversation]:
    """The conversation of each account and contact; new ones are not stored yet."""
    rows = Conversation.objects.filter(
        account_id__in={item.account.pk for item in items}, contact_id__in={contact.pk for contact in contacts}
    )
    found = {(row.account_id, row.contact_id): row for row in rows}
    for item, contact in zip(items, contacts, strict=True):
        found.setdefault((item.account.pk, contact.pk), Conversation(account=item.account, contact=contact))
    return found


def _take_news(items: list[Item], contacts: list[ContactIdentity], threads: list[Conversation]) -> None:
    """Carry names, addresses and reply windows over to the rows; store what is new or changed."""
    people: dict[int, ContactIdentity] = {}
    talks: dict[int, Conversation] = {}  # by object: new ones have no number yet
    for item, contact, thread in zip(items, contacts, threads, strict=True):
        sent_at, window = item.message.sent_at, channel_class(item.account.channel).reply_window
        is_newest = thread.last_inbound_at is None or sent_at >= thread.last_inbound_at
        if take_attributes(contact, item.message.sender, is_newest=is_newest):
            people[contact.pk] = contact
        if take_word(thread, item.message.sender.address, sent_at, sent_at + window if window else None):
            talks[id(thread)] = thread
    update_rows(people.values(), ATTRIBUTES)
    update_rows([talk for talk in talks.values() if talk.pk], ("address", "last_inbound_at", "reply_until"))
    Conversation.objects.bulk_create([talk for talk in talks.values() if not talk.pk])


def _row(item: Item, thread: Conversation) -> Message:
    message = item.message
    return Message(
        conversation=thread,
        account=item.account,
        payload=item.payload,
        direction=Message.Direction.IN,
        external_id=message.external_id,
        group_key=message.group_key,
        text=message.text,
        lon_deg=message.lon_deg,
        lat_deg=message.lat_deg,
        place_text=message.place_text,
        reply_to=message.reply_to,
        details=dict(message.details),
        happened_at=message.sent_at,
    )


def _attachments_note(items: Sequence[Item], stored: Sequence[Message]) -> None:
    """A placeholder for every file; those that came with a form are there already."""
    refs = [
        (message, position, ref)
        for item, message in zip(items, stored, strict=True)
        for position, ref in enumerate(item.message.attachments)
    ]
    tokens = [ref.ref.removeprefix(UPLOAD) for _, _, ref in refs if ref.ref.startswith(UPLOAD)]
    uploads = Upload.objects.in_bulk(tokens) if tokens else {}
    Attachment.objects.bulk_create(
        _placeholder(message, position, ref, uploads.get(ref.ref.removeprefix(UPLOAD)))
        for message, position, ref in refs
    )


def _placeholder(message: Message, position: int, ref: AttachmentRef, upload: Upload | None) -> Attachment:
    row = Attachment(
        message=message,
        position=position,
        provider_ref=ref.ref,
        claimed_type=ref.media_type,
        claimed_name=ref.name,
        provider_sha256=ref.sha256,
        is_inline=ref.data is not None,
        expires_at=message.happened_at + ref.keeps_for if ref.keeps_for else None,
    )
    if upload:
        take_upload(row, upload)
    return row


def take_upload(row: Attachment, upload: Upload) -> None:
    """The file came before its message; nothing is left to fetch. The caller saves the row."""
    row.state, row.stored_at = Attachment.State.STORED, upload.stored_at
    row.claimed_name = row.claimed_name or upload.claimed_name
    row.sha256, row.media_type, row.size_bytes = upload.sha256, upload.media_type, upload.size_bytes
    row.width_px, row.height_px = upload.width_px, upload.height_px


def received_entry(message: Message, kind: str = "message.received") -> Entry:
    """The ledger's line about one message of a contact; ids only."""
    data = {
        "message_id": message.pk,
        "conversation_id": message.conversation_id,
        "channel": message.account.channel,
        "account": message.account.slug,
    }
    return entry_of(kind=kind, subject=f"message:{message.pk}", actor="contact", data=data)
