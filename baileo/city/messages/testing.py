"""A channel that exists only in tests, and shorthands for its messages. Other rooms' tests may use it too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, ClassVar
from uuid import UUID

from django.db import connection

from baileo.city.messages.channel import (
    Accepted,
    AttachmentRef,
    Channel,
    ContactChanged,
    DeliveryStatus,
    Event,
    Fetched,
    Ignored,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    OutboundMessage,
    Polled,
    Sender,
)
from baileo.city.messages.models import ChannelAccount, Conversation, Message
from baileo.city.messages.registry import registered
from baileo.city.messages.services import payload_store, payloads_understand
from baileo.core.clock import now
from baileo.core.errors import PayloadRejected

SPOKEN_AT = datetime(2026, 11, 20, 1, 15, tzinfo=UTC)


@dataclass
class Provider:
    """What the pretend provider does next, and what it saw. One for all fake accounts of a test."""

    sent: list[OutboundMessage] = field(default_factory=list)
    answer: Callable[[OutboundMessage], Accepted] = lambda message: Accepted(f"out-{message.client_id}", is_sent=True)
    files: dict[str, bytes | Exception] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    polls: list[Polled | Exception] = field(default_factory=list)
    break_on: bytes | None = None  # bodies holding this break the parser


provider = Provider()


class FakeChannel(Channel):
    """Speaks JSON close to our own events: {"events": [{"event": "message", "id": ..., "from": ..., "text": ...}]}."""

    name: ClassVar[str] = "fake"
    has_receipts: ClassVar[bool] = True
    can_poll: ClassVar[bool] = True

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        return headers.get("x-fake") == "genuine"

    @classmethod
    def parse(cls, body: bytes) -> list[Event]:
        if provider.break_on and provider.break_on in body:
            raise KeyError("a bug in the plug-in")
        try:
            return [_event(one) for one in json.loads(body)["events"]]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise PayloadRejected("fake: not what is documented") from error

    def send(self, message: OutboundMessage) -> Accepted:
        provider.sent.append(message)
        return provider.answer(message)

    def fetch(self, ref: str) -> Fetched:
        provider.fetched.append(ref)
        found = provider.files[ref]
        if isinstance(found, Exception):
            raise found
        return Fetched(found)

    def poll(self, cursor: str, wait_s: int) -> Polled:
        if not provider.polls:
            return Polled((), cursor)
        found = provider.polls.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def check(self) -> str:
        self.fetch("check")
        return "The fake provider answers"


class WindowedChannel(FakeChannel):
    """As WhatsApp: answers are free for 24 hours, and "sent" is told by a status."""

    name: ClassVar[str] = "windowed"
    reply_window: ClassVar[timedelta | None] = timedelta(hours=24)
    longest_text: ClassVar[int] = 100


def _event(one: dict[str, Any]) -> Event:
    at = datetime.fromisoformat(one["at"]) if "at" in one else SPOKEN_AT
    match one["event"]:
        case "message":
            return _message(one, at)
        case "edited":
            return MessageEdited(one["id"], at, one["text"])
        case "deleted":
            return MessageDeleted(one["id"], at)
        case "status":
            client_id = UUID(one["client_id"]) if one.get("client_id") else None
            return DeliveryStatus(one["id"], one["state"], at, one.get("code", ""), one.get("words", ""), client_id)
        case "changed":
            return ContactChanged("bot", tuple(one["known_as"]), _sender(one), at)
        case _:
            return Ignored(one["reason"])


def _message(one: dict[str, Any], at: datetime) -> InboundMessage:
    return InboundMessage(
        external_id=one["id"],
        scope="bot",
        sender=_sender(one),
        sent_at=at,
        text=one.get("text", ""),
        attachments=tuple(_file(file) for file in one.get("files", ())),
        lon_deg=one.get("lon_deg"),
        lat_deg=one.get("lat_deg"),
        place_text=one.get("place_text", ""),
        group_key=one.get("group_key", ""),
        details=one.get("details", {}),
    )


def _sender(one: dict[str, Any]) -> Sender:
    return Sender(
        external_id=one["from"],
        address=one.get("address", one["from"]),
        display_name=one.get("name", ""),
        username=one.get("username", ""),
        phone=one.get("phone", ""),
        aliases=tuple(one.get("aliases", ())),
    )


def _file(one: dict[str, Any]) -> AttachmentRef:
    return AttachmentRef(
        ref=one["ref"],
        media_type=one.get("type", ""),
        sha256=one.get("sha256", ""),
        keeps_for=timedelta(days=one["days"]) if "days" in one else None,
        data=one["data"].encode("latin-1") if "data" in one else None,
    )


@contextmanager
def fake_channels() -> Iterator[Provider]:
    """Inside, the channels "fake" and "windowed" exist and talk to a fresh provider."""
    provider.__dict__.update(Provider().__dict__)
    with registered(FakeChannel), registered(WindowedChannel):
        yield provider


def an_account(channel: str = "fake", slug: str = "main", **over: Any) -> ChannelAccount:
    return ChannelAccount.objects.create(**{"channel": channel, "slug": slug, "name": f"{channel} {slug}", **over})


def body_of(*events: Mapping[str, Any]) -> bytes:
    return json.dumps({"events": list(events)}).encode()


def words(message_id: str = "m1", text: str = "Lampu jalan mati", **over: Any) -> dict[str, Any]:
    """One message event; by default of "ona", at 10.15 WIT on 20 November 2026."""
    return {"event": "message", "id": message_id, "from": "ona", "text": text, **over}


def arrive(account: ChannelAccount, *bodies: bytes) -> int:
    """Store raw bodies as the webhook does; the channel's own event keys."""
    channel = FakeChannel.event_key
    return payload_store(account, [(channel(None, body), body, {}) for body in bodies])  # type: ignore[arg-type]


def understand_all() -> int:
    """Drain the waiting payloads as the worker does."""
    done = 0
    while count := payloads_understand():
        done += count
    return done


def hear(account: ChannelAccount, *events: Mapping[str, Any]) -> None:
    """One body with these events arrives and is understood."""
    arrive(account, body_of(*events))
    understand_all()


def a_conversation(account: ChannelAccount | None = None, **over: Any) -> Conversation:
    """A conversation in which the person wrote just now."""
    account = account or ChannelAccount.objects.filter(channel="fake", slug="main").first() or an_account()
    event = words(f"m-{over.get('from', 'ona')}", at=now().isoformat(), **over)
    hear(account, event)
    return Message.objects.get(account=account, external_id=event["id"]).conversation


def forget_jobs() -> None:
    """Empty procrastinate's tables: their models are not managed, so a transactional test leaves its jobs behind."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_events")
        cursor.execute("DELETE FROM procrastinate_periodic_defers")
        cursor.execute("DELETE FROM procrastinate_jobs")


def set_jobs_to(status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status", [status])


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """Run the steps in threads that start together, each on a database connection of its own; their results in order.

    An error of a step is raised here. Needs a transactional test.
    """
    start = Barrier(len(steps))

    def run(step: Callable[[], Any]) -> Any:
        try:
            start.wait(10)
            return step()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(steps)) as pool:
        return [future.result(30) for future in [pool.submit(run, step) for step in steps]]
