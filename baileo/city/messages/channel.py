"""The contract of a channel plug-in: a folder `plugins/channels/<name>/` with `manifest.toml` and `adapter.py`.

`verify` and `parse` are pure: no network, no database. `send`, `fetch` and `poll` use the HTTP client they are given.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from uuid import UUID

from baileo.core.errors import DeliveryFailed
from baileo.core.net import Http


class AccountTrouble(DeliveryFailed):
    """The account itself does not work: a key is refused, the number is blocked. Every message would fail, so none of
    them is to blame; sending goes on when somebody has mended the account.
    """

    code = "account-trouble"

    def __init__(self, message: str, *, provider_code: str = "", provider_words: str = "") -> None:
        super().__init__(message, permanent=False, provider_code=provider_code, provider_words=provider_words)


@dataclass(frozen=True)
class AttachmentRef:
    """A file the provider holds. `ref` is all `fetch` needs.

    "upload:<token>" names a file that Baileo took with a form before the message (`attachments_store_upload`).
    `data` is set when the file lies inside the body itself (e-mail).
    """

    ref: str
    media_type: str = ""
    name: str = ""
    sha256: str = ""  # hex, where the provider gives one
    keeps_for: timedelta | None = None  # the provider forgets it after this
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Sender:
    """Who wrote. `external_id` identifies within `scope`; everything else may be empty.

    `aliases` are other ids the provider uses for the same person in the same scope. Whichever of them was seen
    before finds the contact: WhatsApp shows a phone number today and only a user id tomorrow.
    """

    external_id: str
    address: str  # where an answer goes; empty where the person reads answers elsewhere (web form)
    display_name: str = ""
    username: str = ""
    phone: str = ""  # as the provider writes it; stored as E.164
    email: str = ""
    language: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class InboundMessage:
    """One item somebody sent. `external_id` is unique within the account: seen twice, stored once."""

    external_id: str
    scope: str  # whose ids these are: the bot, the phone number id
    sender: Sender
    sent_at: datetime  # provider's time, aware
    text: str = ""
    attachments: tuple[AttachmentRef, ...] = ()
    lon_deg: float | None = None
    lat_deg: float | None = None
    place_text: str = ""
    group_key: str = ""
    reply_to: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)  # declared by the plug-in; e.g. the form's kind


@dataclass(frozen=True)
class MessageEdited:
    external_id: str
    edited_at: datetime
    text: str


@dataclass(frozen=True)
class MessageDeleted:
    external_id: str
    deleted_at: datetime


@dataclass(frozen=True)
class DeliveryStatus:
    """The provider's word on a message we sent. `client_id` where the provider echoes ours."""

    external_id: str
    state: Literal["sent", "delivered", "read", "failed"]
    at: datetime
    code: str = ""
    words: str = ""
    client_id: UUID | None = None


@dataclass(frozen=True)
class ContactChanged:
    """The provider says that somebody goes on under other ids: a new phone number. Not a word of the person."""

    scope: str
    known_as: tuple[str, ...]  # ids until now; the contact may be stored under any of them
    sender: Sender  # from now on
    changed_at: datetime


@dataclass(frozen=True)
class Ignored:
    """A valid part of a body that is not for us; `reason` is fit for an administrator ("a group chat")."""

    reason: str


Event = InboundMessage | MessageEdited | MessageDeleted | DeliveryStatus | ContactChanged | Ignored


@dataclass(frozen=True)
class OutboundMessage:
    """What to send. `client_id` goes along where the provider can echo it or use it against doubles."""

    client_id: UUID
    address: str
    text: str
    reply_to: str = ""


@dataclass(frozen=True)
class Accepted:
    """The provider took it. `is_sent`: its answer is its word that it was sent (Telegram); else a status follows."""

    external_id: str
    is_sent: bool


@dataclass(frozen=True)
class Fetched:
    data: bytes
    media_type: str = ""


@dataclass(frozen=True)
class Polled:
    bodies: tuple[bytes, ...]  # each as one webhook body
    cursor: str


@dataclass(frozen=True)
class AccountSettings:
    """One account as the plug-in sees it."""

    slug: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)


class Channel(ABC):
    """One account of one channel. Subclasses live in plug-ins and know nothing of the database."""

    name: ClassVar[str]  # plug-in folder
    reply_window: ClassVar[timedelta | None] = None  # how long after the person's last word we may answer freely
    has_receipts: ClassVar[bool] = False  # the provider tells delivered / read
    can_poll: ClassVar[bool] = False
    longest_text: ClassVar[int] = 4096  # characters
    largest_body: ClassVar[int] = 1_048_576  # bytes of one webhook call

    def __init__(self, account: AccountSettings, http: Http) -> None:
        self.account = account
        self.http = http

    @abstractmethod
    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Is this body from the provider? `headers` has lower-case names. Raw bytes, constant-time comparison."""

    def handshake(self, query: Mapping[str, str]) -> str | None:
        """Answer of the provider's GET verification, or None to refuse it."""
        return None

    def event_key(self, body: bytes) -> str:
        """What makes this delivery unique within the account; by default the body's SHA-256."""
        return hashlib.sha256(body).hexdigest()

    @classmethod
    @abstractmethod
    def parse(cls, body: bytes) -> list[Event]:
        """Pure. Only `Ignored`, or nothing: not for us. Raises `PayloadRejected` for what is not documented."""

    def understand(self, body: bytes) -> list[Event]:
        """`parse` as this account sees it: what is meant for another account comes back as `Ignored`."""
        return self.parse(body)

    @abstractmethod
    def send(self, message: OutboundMessage) -> Accepted:
        """Raises `DeliveryFailed(permanent=..., retry_after_s=...)` with the provider's code and words,
        `AccountTrouble`, or `NetworkFailed`, whose `maybe_sent` says that trying again might send it twice.
        """

    def fetch(self, ref: str) -> Fetched:
        """Get an attachment's bytes. Raises `DeliveryFailed`; permanent when the provider no longer has it."""
        raise NotImplementedError

    def poll(self, cursor: str, wait_s: int) -> Polled:
        """Ask for what came after `cursor`, waiting up to `wait_s` seconds."""
        raise NotImplementedError

    def check(self) -> str:
        """The test button: one sentence of what works ("Bot @ambon_lapor answers"). Raises `DeliveryFailed`."""
        raise NotImplementedError
