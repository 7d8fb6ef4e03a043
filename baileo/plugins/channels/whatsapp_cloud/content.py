"""From WhatsApp's words to ours. Pure: no network, no database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from baileo.city.messages.channel import (
    AttachmentRef,
    ContactChanged,
    DeliveryStatus,
    Event,
    Ignored,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Sender,
)
from baileo.core.errors import PayloadRejected
from baileo.plugins.channels.whatsapp_cloud import payload

MEDIA_KEPT_FOR = timedelta(days=7)  # ids from webhooks; Meta's media page, June 2026
_CARDS = TypeAdapter(list[payload.SharedContact])
_MEDIA = frozenset({"image", "video", "audio", "voice", "document", "sticker"})
_STATES: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}


@dataclass
class _Content:
    text: str = ""
    attachments: tuple[AttachmentRef, ...] = ()
    lon_deg: float | None = None
    lat_deg: float | None = None
    place_text: str = ""
    reply_to: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def events_of(value: payload.Value) -> list[Event]:
    """All that one change says. Statuses last: they may speak of nothing in this call."""
    scope = value.metadata.phone_number_id
    found: list[Event] = [_event(message, value.contacts, scope) for message in value.messages]
    found += [_status(status) for status in value.statuses]
    found += [Ignored(f"WhatsApp reports error {error.code}: {error.words()}"[:200]) for error in value.errors]
    return found


def _event(message: payload.Message, contacts: list[payload.Contact], scope: str) -> Event:
    if message.group_id:
        return Ignored("a message in a group")
    special = _SPECIAL.get(message.type)
    try:
        if special is not None:
            return special(message, scope)
        content = _content(message)
    except ValidationError:
        # The head is sound, so the person and the moment are known; that much is never lost.
        content = _Content(details={"type": message.type, "is_unreadable": True})
    return InboundMessage(
        external_id=message.id,
        scope=scope,
        sender=_sender(message, contacts),
        sent_at=message.at(),
        text=content.text,
        attachments=content.attachments,
        lon_deg=content.lon_deg,
        lat_deg=content.lat_deg,
        place_text=content.place_text,
        reply_to=content.reply_to or message.context.id,
        details=content.details,
    )


# Who


def _sender(message: payload.Message, contacts: list[payload.Contact]) -> Sender:
    """The user id identifies where there is one: the phone number may be hidden from one day to the next."""
    contact = _contact_of(message, contacts)
    ids = [
        message.user_id,
        contact.user_id,
        message.parent_user_id,
        contact.parent_user_id,
        message.phone,
        contact.wa_id,
    ]
    known = list(dict.fromkeys(one for one in ids if one))
    if not known:
        raise PayloadRejected("WhatsApp: a message names neither a phone number nor a user id.")
    phone = next((one for one in (message.phone, contact.wa_id) if one.isdigit()), "")
    return Sender(
        external_id=known[0],
        address=phone or known[0],
        display_name=contact.profile.name,
        username=contact.profile.username or contact.username,
        phone=f"+{phone}" if phone else "",
        aliases=tuple(known[1:]),
    )


def _contact_of(message: payload.Message, contacts: list[payload.Contact]) -> payload.Contact:
    for contact in contacts:
        is_same_user = bool(contact.user_id) and contact.user_id == message.user_id
        if is_same_user or (bool(contact.wa_id) and contact.wa_id == message.phone):
            return contact
    # Some countries write a number in two ways; alone, it can only be this one.
    is_only = len(contacts) == 1 and not (contacts[0].user_id and message.user_id)
    return contacts[0] if is_only else payload.Contact()


# What, by type


def _content(message: payload.Message) -> _Content:
    if message.type in _MEDIA:
        return _media(message)
    reader = _READERS.get(message.type)
    return reader(message.content) if reader else _unknown(message)


def _media(message: payload.Message) -> _Content:
    media = payload.Media.model_validate(message.content)
    ref = AttachmentRef(
        ref=media.id,
        media_type=media.mime_type.partition(";")[0].strip(),
        name=media.filename,
        sha256=payload.hex_sha256(media.sha256),
        keeps_for=MEDIA_KEPT_FOR,
    )
    details = {"type": "sticker"} if message.type == "sticker" else {}
    return _Content(text=media.caption, attachments=(ref,), details=details)


def _text(content: Any) -> _Content:
    return _Content(text=payload.Text.model_validate(content).body)


def _location(content: Any) -> _Content:
    place = payload.Location.model_validate(content)
    words = ", ".join(part for part in (place.name, place.address) if part)
    return _Content(lon_deg=place.longitude, lat_deg=place.latitude, place_text=words)


def _button(content: Any) -> _Content:
    button = payload.Button.model_validate(content)
    return _Content(text=button.text, details={"type": "button", "payload": button.payload})


def _interactive(content: Any) -> _Content:
    answer = payload.Interactive.model_validate(content)
    choice = answer.button_reply or answer.list_reply or answer.nfm_reply or payload.Choice()
    details = {"type": "interactive", "kind": answer.type, "id": choice.id}
    if choice.response_json:
        details["form"] = choice.response_json
    return _Content(text=choice.title or choice.body, details=details)


def _reaction(content: Any) -> _Content:
    """Details only: a thumb is an answer to us, never a report."""
    reaction = payload.Reaction.model_validate(content)
    return _Content(reply_to=reaction.message_id, details={"type": "reaction", "emoji": reaction.emoji})


def _contacts(content: Any) -> _Content:
    cards = _CARDS.validate_python(content)
    shared = [{"name": card.name.formatted_name, "phones": [phone.phone for phone in card.phones]} for card in cards]
    return _Content(details={"type": "contacts", "contacts": shared})


def _unknown(message: payload.Message) -> _Content:
    """Also Meta's own "unsupported": the officer sees that something came and can ask."""
    details: dict[str, Any] = {"type": message.type}
    if isinstance(message.content, dict) and isinstance(message.content.get("type"), str):
        details["kind"] = message.content["type"][:60]
    if message.errors:
        details |= {"code": str(message.errors[0].code), "words": message.errors[0].words()}
    return _Content(details=details)


_READERS: dict[str, Callable[[Any], _Content]] = {
    "text": _text,
    "location": _location,
    "button": _button,
    "interactive": _interactive,
    "reaction": _reaction,
    "contacts": _contacts,
}


# What is no new message


def _edited(message: payload.Message, _scope: str) -> Event:
    edit = payload.Edited.model_validate(message.content)
    kind = edit.message.get("type")
    inner = edit.message.get(kind) if isinstance(kind, str) else None
    words = inner.get("body", inner.get("caption", "")) if isinstance(inner, dict) else ""
    return MessageEdited(external_id=edit.original_message_id, edited_at=message.at(), text=str(words))


def _revoked(message: payload.Message, _scope: str) -> Event:
    revoked = payload.Revoked.model_validate(message.content)
    return MessageDeleted(external_id=revoked.original_message_id, deleted_at=message.at())


def _system(message: payload.Message, scope: str) -> Event:
    """A person got a new number: the same person goes on, under new ids."""
    change = payload.System.model_validate(message.content)
    phone = change.wa_id or change.new_wa_id
    new = change.user_id or phone
    known_as = tuple(one for one in (change.previous_user_id, message.phone) if one and one != new)
    if not change.type.startswith("user_changed_") or not known_as or not new:
        return Ignored(f"a system notice of WhatsApp ({change.type or 'without a type'})"[:200])
    sender = Sender(
        external_id=new,
        address=phone if phone.isdigit() else new,
        phone=f"+{phone}" if phone.isdigit() else "",
        aliases=(phone,) if phone and phone != new else (),
    )
    return ContactChanged(scope=scope, known_as=known_as, sender=sender, changed_at=message.at())


_SPECIAL: dict[str, Callable[[payload.Message, str], Event]] = {
    "edit": _edited,
    "revoke": _revoked,
    "system": _system,
}


# Receipts


def _status(status: payload.Status) -> Event:
    state = _STATES.get(status.status)
    if state is None:
        return Ignored(f"a delivery status {status.status!r}"[:200])
    error = status.errors[0] if status.errors else None
    return DeliveryStatus(
        external_id=status.id,
        state=state,
        at=status.at(),
        code=str(error.code) if error else "",
        words=error.words() if error else "",
        client_id=_uuid(status.biz_opaque_callback_data),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
