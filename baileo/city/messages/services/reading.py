"""From raw bytes to events that fit the database. Pure but for the plug-in's code; nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from baileo.city.messages.channel import (
    AttachmentRef,
    Channel,
    ContactChanged,
    DeliveryStatus,
    Event,
    Ignored,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Sender,
)
from baileo.city.messages.models import ChannelAccount, InboundPayload
from baileo.city.messages.phones import to_e164
from baileo.core.clock import as_utc
from baileo.core.errors import PayloadRejected

_SHA256 = re.compile(r"[0-9a-f]{64}")
CLOCKS_DIFFER_BY = timedelta(minutes=10)  # more than this ahead of us is a wrong clock, not a fast network


@dataclass
class Reading:
    """What one payload says, or why it says nothing."""

    payload: InboundPayload
    events: list[Event] = field(default_factory=list)
    rejected: str = ""  # not what the provider documents
    broken: Exception | None = None  # our parser failed: our fault, tried again
    unknown: list[str] = field(default_factory=list)  # filled while storing: speaks of messages we do not know (yet)

    @property
    def account(self) -> ChannelAccount:
        return self.payload.account

    @property
    def messages(self) -> Iterator[InboundMessage]:
        return (event for event in self.events if isinstance(event, InboundMessage))

    @property
    def senders(self) -> Iterator[tuple[str, Sender]]:
        """(scope, sender) of everybody this payload speaks of; a changed contact's old id rides as an alias."""
        for event in self.events:
            if isinstance(event, InboundMessage):
                yield event.scope, event.sender
            elif isinstance(event, ContactChanged):
                sender = event.sender
                yield event.scope, replace(sender, aliases=(*sender.aliases, *event.known_as))

    @property
    def ignored(self) -> str:
        """Why nothing in it is for us; empty when something is."""
        if any(not isinstance(event, Ignored) for event in self.events):
            return ""
        reasons = dict.fromkeys(event.reason for event in self.events if isinstance(event, Ignored))
        return "; ".join(reasons) or "nothing for us in it"


def read(payload: InboundPayload, channel: Channel) -> Reading:
    """Never raises: a body that breaks its parser must not hold up the others."""
    reading = Reading(payload)
    try:
        reading.events = [fit(event, payload.received_at) for event in channel.understand(bytes(payload.body))]
    except PayloadRejected as error:
        reading.rejected = str(error)
    except Exception as error:  # noqa: BLE001  a plug-in's bug: kept, tried again, shown
        reading.broken = error
    return reading


def fit(event: Event, received_at: datetime) -> Event:
    """The event with every value in a shape the database takes; the words stay the sender's.

    Raises `PayloadRejected` when an id that everything hangs on is missing or absurdly long.
    """
    if isinstance(event, InboundMessage):
        return _fit_message(event, received_at)
    if isinstance(event, ContactChanged):
        known_as = tuple(_id(one, 200) for one in event.known_as)
        return replace(event, scope=_id(event.scope, 80), known_as=known_as, sender=_fit_sender(event.sender))
    if isinstance(event, Ignored):
        return Ignored(storable(event.reason)[:300])
    return _fit_word_on_message(event)


def _fit_word_on_message(event: MessageEdited | MessageDeleted | DeliveryStatus) -> Event:
    external_id = _id(event.external_id, 200)
    if isinstance(event, MessageEdited):
        return replace(event, external_id=external_id, text=storable(event.text), edited_at=as_utc(event.edited_at))
    if isinstance(event, MessageDeleted):
        return replace(event, external_id=external_id, deleted_at=as_utc(event.deleted_at))
    code, words = storable(event.code)[:40], storable(event.words)[:300]
    return replace(event, external_id=external_id, code=code, words=words, at=as_utc(event.at))


def _fit_message(message: InboundMessage, received_at: datetime) -> InboundMessage:
    sent_at = as_utc(message.sent_at)
    place = (message.lon_deg, message.lat_deg)
    details = dict(message.details)
    if not _is_on_earth(*place):  # never lose the words over a broken position
        place, details = (None, None), {**details, "place_refused": True}
    return replace(
        message,
        external_id=_id(message.external_id, 200),
        scope=_id(message.scope, 80),
        sender=_fit_sender(message.sender),
        sent_at=received_at if sent_at > received_at + CLOCKS_DIFFER_BY else sent_at,
        text=storable(message.text),
        lon_deg=place[0],
        lat_deg=place[1],
        place_text=storable(message.place_text)[:300],
        group_key=storable(message.group_key)[:100],
        reply_to=storable(message.reply_to)[:200],
        details=_storable_json(details),
        attachments=tuple(_fit_file(file) for file in message.attachments),
    )


def _fit_file(file: AttachmentRef) -> AttachmentRef:
    sha256 = file.sha256.lower() if _SHA256.fullmatch(file.sha256.lower()) else ""
    return replace(
        file,
        ref=_id(file.ref, 4_000),
        media_type=storable(file.media_type)[:120],
        name=storable(file.name)[:200],
        sha256=sha256,
    )


def _fit_sender(sender: Sender) -> Sender:
    return replace(
        sender,
        external_id=_id(sender.external_id, 200),
        aliases=tuple(_id(alias, 200) for alias in sender.aliases if alias),
        address=_id(sender.address, 200) if sender.address else "",
        display_name=storable(sender.display_name)[:200],
        username=storable(sender.username)[:100],
        phone=to_e164(sender.phone),
        email=storable(sender.email)[:254],
        language=storable(sender.language)[:12],
    )


def _id(value: str, longest: int) -> str:
    if not value or len(value) > longest or storable(value) != value:
        raise PayloadRejected(f"An id in it is empty, over {longest} characters, or has unprintable signs.")
    return value


def _is_on_earth(lon_deg: float | None, lat_deg: float | None) -> bool:
    if lon_deg is None or lat_deg is None:
        return lon_deg is None and lat_deg is None
    return -180 <= lon_deg <= 180 and -90 <= lat_deg <= 90  # False for NaN


def storable(text: str) -> str:
    """The text without the two things PostgreSQL refuses: NUL and half of a surrogate pair.

    >>> storable("a\\x00b")
    'a\N{REPLACEMENT CHARACTER}b'
    """
    text = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _storable_json(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _storable_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_json(one) for one in value]
    if isinstance(value, float) and not isfinite(value):
        return None  # JSON knows no NaN
    return value
