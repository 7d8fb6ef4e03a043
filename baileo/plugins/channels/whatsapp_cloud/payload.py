"""What WhatsApp's webhooks say, declared as far as we use it.

Source: Meta, WhatsApp Business Platform, webhooks reference (messages, status, system, edit, revoke; read in 2026).
The envelope and the head of each message are strict. The content of a message is read by type in `content.py`, and
there a type that changed costs its own message the content, never the other messages of the same call.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Instant = Annotated[int, Field(ge=0, le=4_102_444_800)]  # Unix seconds, as text or number, up to the year 2100
_SHA256_HEX = re.compile(r"[0-9a-fA-F]{64}")


class Profile(BaseModel):
    name: str = ""
    username: str = ""


class Contact(BaseModel):
    """Sources disagree on where the user name sits; both places are read."""

    profile: Profile = Field(default_factory=Profile)
    wa_id: str = ""
    user_id: str = ""
    parent_user_id: str = ""
    username: str = ""


class Text(BaseModel):
    body: str


class Media(BaseModel):
    id: str = Field(min_length=1)
    mime_type: str = ""
    sha256: str = ""  # base64 by the documentation, hex seen too
    caption: str = ""
    filename: str = ""
    voice: bool = False


class Location(BaseModel):
    longitude: float = Field(ge=-180, le=180)
    latitude: float = Field(ge=-90, le=90)
    name: str = ""
    address: str = ""


class Button(BaseModel):
    text: str
    payload: str = ""


class Choice(BaseModel):
    id: str = ""
    title: str = ""
    description: str = ""
    body: str = ""  # of a filled-in form (nfm_reply)
    response_json: str = ""


class Interactive(BaseModel):
    type: str
    button_reply: Choice | None = None
    list_reply: Choice | None = None
    nfm_reply: Choice | None = None


class Reaction(BaseModel):
    message_id: str
    emoji: str = ""  # empty: taken back


class SharedName(BaseModel):
    formatted_name: str = ""


class SharedPhone(BaseModel):
    phone: str = ""
    wa_id: str = ""


class SharedContact(BaseModel):
    name: SharedName = Field(default_factory=SharedName)
    phones: list[SharedPhone] = Field(default_factory=list)


class System(BaseModel):
    """Somebody's number or user id changed. `new_wa_id` is the older name of `wa_id`."""

    type: str = ""
    wa_id: str = ""
    new_wa_id: str = ""
    user_id: str = ""
    previous_user_id: str = ""


class Edited(BaseModel):
    """`message` is read like a message of its own type."""

    original_message_id: str = Field(min_length=1)
    message: dict[str, Any] = Field(default_factory=dict)


class Revoked(BaseModel):
    original_message_id: str = Field(min_length=1)


class ErrorData(BaseModel):
    details: str = ""


class Error(BaseModel):
    code: int
    title: str = ""
    message: str = ""
    error_data: ErrorData = Field(default_factory=ErrorData)

    def words(self) -> str:
        said = self.title or self.message
        details = self.error_data.details
        return f"{said}: {details}"[:300] if details and details != said else said[:300]


class Context(BaseModel):
    id: str = ""
    forwarded: bool = False


class Message(BaseModel):
    """The head of a message; the content lies under the key named by `type`."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(min_length=1, max_length=200)
    timestamp: Instant
    type: str
    phone: str = Field(default="", alias="from")
    user_id: str = Field(default="", alias="from_user_id")
    parent_user_id: str = Field(default="", alias="from_parent_user_id")
    group_id: str = ""
    context: Context = Field(default_factory=Context)
    errors: list[Error] = Field(default_factory=list)

    @property
    def content(self) -> Any:
        return (self.model_extra or {}).get(self.type)

    def at(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp, UTC)


class Status(BaseModel):
    id: str = Field(min_length=1, max_length=200)
    status: str
    timestamp: Instant
    errors: list[Error] = Field(default_factory=list)
    biz_opaque_callback_data: str = ""

    def at(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp, UTC)


class Metadata(BaseModel):
    phone_number_id: str = Field(min_length=1, max_length=80)


class Value(BaseModel):
    metadata: Metadata
    contacts: list[Contact] = Field(default_factory=list)
    messages: list[Message] = Field(default_factory=list)
    statuses: list[Status] = Field(default_factory=list)
    errors: list[Error] = Field(default_factory=list)


class Change(BaseModel):
    """`value` is only read for the field "messages"; other fields are the platform's own news."""

    field: str
    value: dict[str, Any]


class Entry(BaseModel):
    changes: list[Change]


class Envelope(BaseModel):
    object: str = Field(pattern="^whatsapp_business_account$")
    entry: list[Entry] = Field(min_length=1)


def hex_sha256(given: str) -> str:
    """The hash as hex, or "" when it is none: a wrong hash must not make a good photo look damaged.

    >>> hex_sha256("iBDGHcmY4u85eR52tjd7y3jWuZgJ4Irv9RupghZSns4=")[:8]
    '8810c61d'
    """
    if _SHA256_HEX.fullmatch(given):
        return given.lower()
    try:
        raw = b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return raw.hex() if len(raw) == 32 else ""
