"""What Telegram sends, and what it means to us. Pure: no network, no database.

Source: core.telegram.org/bots/api, objects Update and Message. Only the fields we use are declared.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from baileo.city.messages.channel import (
    AttachmentRef,
    Event,
    Ignored,
    InboundMessage,
    MessageEdited,
    Sender,
)

SCOPE = "telegram"  # user ids are the same for every bot
Instant = Annotated[int, Field(ge=0, le=4_102_444_800)]  # Unix seconds, up to the year 2100

# Telegram's own notices in a private chat: nobody said anything.
_NOTICES = frozenset(
    {
        "boost_added",
        "chat_background_set",
        "connected_website",
        "message_auto_delete_timer_changed",
        "pinned_message",
        "proximity_alert_triggered",
        "write_access_allowed",
    }
)


class _Chat(BaseModel):
    id: int
    type: str


class _User(BaseModel):
    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language_code: str = ""


class _File(BaseModel):
    file_id: str = Field(min_length=1)
    mime_type: str = ""
    file_name: str = ""


class _PhotoSize(BaseModel):
    file_id: str = Field(min_length=1)
    width: int
    height: int


class _Location(BaseModel):
    longitude: float = Field(ge=-180, le=180)
    latitude: float = Field(ge=-90, le=90)
    horizontal_accuracy: float | None = None  # metres, 0-1500


class _Venue(BaseModel):
    location: _Location
    title: str = ""
    address: str = ""


class _Contact(BaseModel):
    phone_number: str
    first_name: str = ""
    last_name: str = ""
    user_id: int | None = None


class _Sticker(BaseModel):
    emoji: str = ""


class _Answered(BaseModel):
    message_id: int


class _Message(BaseModel):
    """Private message. Unknown fields are kept apart, to see whether a message has content at all."""

    model_config = ConfigDict(extra="allow")

    message_id: int
    date: Instant
    edit_date: Instant | None = None
    chat: _Chat
    sender: _User | None = Field(default=None, alias="from")
    text: str = ""
    caption: str = ""
    media_group_id: str = ""
    photo: list[_PhotoSize] = Field(default_factory=list)
    document: _File | None = None
    voice: _File | None = None
    video: _File | None = None
    video_note: _File | None = None
    audio: _File | None = None
    location: _Location | None = None
    venue: _Venue | None = None
    contact: _Contact | None = None
    sticker: _Sticker | None = None
    reply_to_message: _Answered | None = None

    def key(self, message_id: int) -> str:
        return f"{self.chat.id}:{message_id}"


class Update(BaseModel):
    update_id: int
    message: _Message | None = None
    edited_message: _Message | None = None

    def events(self) -> list[Event]:
        """At most one event: an update carries one thing."""
        message = self.message or self.edited_message
        if message is None:
            return [Ignored("an update of Telegram that is no message")]
        if message.chat.type != "private":
            return [Ignored(f"a message in a {message.chat.type}, not in a private chat")]
        if message.sender is None or message.sender.is_bot:
            return [Ignored("a message of a bot")]
        if self.message is None:
            return [_edited(message)]
        return [_inbound(message, message.sender)]


def _edited(message: _Message) -> Event:
    if message.location is not None:
        return Ignored("a live location that moved")
    edited_at = message.edit_date if message.edit_date is not None else message.date
    return MessageEdited(
        external_id=message.key(message.message_id),
        edited_at=_instant(edited_at),
        text=message.text or message.caption,
    )


def _inbound(message: _Message, sender: _User) -> Event:
    attachments = _attachments(message)
    place = message.venue.location if message.venue else message.location
    details = _details(message, sender)
    text = message.text or message.caption
    if not (text or attachments or place or details):
        if _NOTICES & set(message.model_extra or {}):
            return Ignored("a notice of Telegram itself")
        details = {"type": "unknown"}  # kept empty: an officer can at least ask what was meant
    return InboundMessage(
        external_id=message.key(message.message_id),
        scope=SCOPE,
        sender=_sender(message, sender),
        sent_at=_instant(message.date),
        text=text,
        attachments=attachments,
        lon_deg=place.longitude if place else None,
        lat_deg=place.latitude if place else None,
        place_text=_place_text(message.venue),
        group_key=message.media_group_id,
        reply_to=message.key(message.reply_to_message.message_id) if message.reply_to_message else "",
        details=details,
    )


def _sender(message: _Message, sender: _User) -> Sender:
    # A shared contact is the sender's own only when Telegram says whose it is.
    is_own = message.contact is not None and message.contact.user_id == sender.id
    return Sender(
        external_id=str(sender.id),
        address=str(message.chat.id),
        display_name=_name(sender.first_name, sender.last_name),
        username=sender.username,
        phone=_phone(message.contact.phone_number) if message.contact and is_own else "",
        language=sender.language_code,
    )


def _attachments(message: _Message) -> tuple[AttachmentRef, ...]:
    found = []
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        found.append(AttachmentRef(ref=largest.file_id, media_type="image/jpeg"))
    for file, usual_type in (
        (message.document, ""),
        (message.voice, "audio/ogg"),
        (message.video, "video/mp4"),
        (message.video_note, "video/mp4"),
        (message.audio, "audio/mpeg"),
    ):
        if file is not None:
            media_type = file.mime_type or usual_type
            found.append(AttachmentRef(ref=file.file_id, media_type=media_type, name=file.file_name))
    return tuple(found)


def _details(message: _Message, sender: _User) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if message.text.startswith("/"):
        command, _, argument = message.text[1:].partition(" ")
        details["command"] = command.partition("@")[0]
        if argument.strip():
            details["argument"] = argument.strip()
    if message.sticker is not None:
        details |= {"type": "sticker", "emoji": message.sticker.emoji}
    if message.contact is not None:
        details |= {"type": "contact", "is_own": message.contact.user_id == sender.id}
        if message.contact.user_id != sender.id:
            name = _name(message.contact.first_name, message.contact.last_name)
            details["contact"] = {"name": name, "phone": _phone(message.contact.phone_number)}
    place = message.venue.location if message.venue else message.location
    if place is not None and place.horizontal_accuracy is not None:
        details["accuracy_m"] = place.horizontal_accuracy
    return details


def _place_text(venue: _Venue | None) -> str:
    return ", ".join(part for part in (venue.title, venue.address) if part) if venue else ""


def _name(first: str, last: str) -> str:
    return f"{first} {last}".strip()


def _phone(number: str) -> str:
    """Telegram leaves the plus away more often than not; its numbers always carry the country."""
    return number if number.startswith("+") or not number.isdigit() else f"+{number}"


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
