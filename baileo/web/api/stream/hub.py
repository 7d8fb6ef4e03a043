"""One hub in each web process: follows the ledger once, for all its browsers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError

from baileo.core.clock import now
from baileo.core.errors import TooMany
from baileo.ground.ledger.position import START, Position
from baileo.ground.ledger.reader import Happened, HorizonReader
from baileo.web.api.background import in_thread
from baileo.web.api.line import DatabaseAway
from baileo.web.api.stream.feed import Item, event, iso
from baileo.web.api.stream.kept import Kept, first_reading
from baileo.web.api.stream.presence import CHANNEL as PRESENCE_CHANNEL
from baileo.web.api.stream.presence import Sign
from baileo.web.api.stream.subscriber import Subscriber
from baileo.web.api.stream.viewer import Viewer, viewer_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """Numbers of one hub; tests use smaller ones."""

    replay_most: int = 2_000  # whoever missed more starts over from a snapshot
    heartbeat_s: float = 10.0
    recheck_s: float = 15.0
    poll_s: float = 1.0  # the ledger is looked at this often even when nothing wakes us
    gather_s: float = 0.01  # entries of many small transactions go out together
    silent_after_s: float = 5.0  # no reading for so long: heartbeats say that the database is away
    catch_up_s: float = 2.0
    streams_per_user: int = 12
    waiting_most: int = 512 * 1024  # bytes for one browser, behind the connection's own buffers; some 2,000 entries


class Hub:
    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._subscribers: set[Subscriber] = set()
        self._kept = Kept(START, self.limits.replay_most)
        self._is_ready = asyncio.Event()
        self._ready_at = START  # what was there when we began; who joins before we have read so far must wait
        self._moved = asyncio.Condition()
        self._read_at = float("-inf")
        self._recheck_wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_shut = False

    async def join(self, subscriber: Subscriber, after: str) -> None:
        """Greet, replay what was missed, go on live. Raises `TooMany`, or `DatabaseAway` before the first reading."""
        self._start()
        self._refuse_too_many(subscriber.viewer)
        await self._until_ready()
        wanted = _parsed(after, default=self._kept.position)
        if wanted is None or not await self._reaches(wanted):
            return subscriber.reset("unknown_cursor")
        if wanted < self._kept.floor:
            return subscriber.reset("too_far_behind")
        # From here on without waiting: what is published next comes behind what is replayed now.
        subscriber.begin(self._greeting(wanted) + _shown(self._kept.after(wanted), subscriber))
        self._subscribers.add(subscriber)
        if self._is_shut:
            subscriber.end()
        return None

    def leave(self, subscriber: Subscriber) -> None:
        self._subscribers.discard(subscriber)

    def shut(self) -> None:
        """End all streams, without a reset: browsers come back to the next process and resume."""
        self._is_shut = True
        for subscriber in self._subscribers:
            subscriber.end()

    async def close(self) -> None:
        self.shut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def _start(self) -> None:
        if not self._tasks:
            work = (self._follow, self._beat, self._recheck)
            self._tasks = [asyncio.create_task(_for_ever(one)) for one in work]

    def _refuse_too_many(self, viewer: Viewer) -> None:
        count = sum(other.viewer.user_id == viewer.user_id for other in self._subscribers)
        if count >= self.limits.streams_per_user:
            raise TooMany("Too many pages are open for this account. Close some of them.", retry_after_s=30)

    async def _until_ready(self) -> None:
        try:
            await asyncio.wait_for(self._is_ready.wait(), self.limits.catch_up_s)
        except TimeoutError as error:
            raise DatabaseAway("The database does not answer. The page tries again by itself.") from error

    async def _reaches(self, wanted: Position) -> bool:
        """A page may have read a little further than this hub; a position that never comes is not of this ledger."""
        try:
            async with asyncio.timeout(self.limits.catch_up_s), self._moved:
                await self._moved.wait_for(lambda: self._kept.position >= wanted)
        except TimeoutError:
            return False
        return True

    def _greeting(self, cursor: Position) -> bytes:
        data = {"cursor": str(cursor), "at": iso(now()), "heartbeat_s": self.limits.heartbeat_s}
        return event("hello", data, cursor=cursor)

    async def _follow(self) -> None:
        """Begun again after a mistake, it goes on where it was: whoever listens hears nothing twice."""
        if not self._is_ready.is_set():
            await self._begin()
        async with HorizonReader(self._kept.position, also_listen=(PRESENCE_CHANNEL,)) as reader:
            async for heard in reader.follow(idle_s=self.limits.poll_s):
                if reader.is_connected:
                    self._read_at = time.monotonic()
                for notice in heard.notices:
                    self._show_presence(notice.payload)
                if heard.entries:
                    await self._publish(heard.entries)
                    await asyncio.sleep(self.limits.gather_s)

    async def _begin(self) -> None:
        begin, self._ready_at = await in_thread(first_reading, self.limits.replay_most)
        self._kept = Kept(begin, self.limits.replay_most)
        self._be_ready()  # an empty ledger has nothing to wait for

    def _be_ready(self) -> None:
        if self._kept.position >= self._ready_at:
            self._is_ready.set()

    async def _publish(self, entries: Sequence[Happened]) -> None:
        items = [Item(entry) for entry in entries]
        self._kept.add(items)
        self._be_ready()
        for subscriber in list(self._subscribers):
            subscriber.offer(_shown(items, subscriber))
        if any(item.kind.startswith("people.") for item in items):
            self._recheck_wanted.set()
        async with self._moved:
            self._moved.notify_all()

    def _show_presence(self, text: str) -> None:
        try:
            sign = Sign.model_validate_json(text)
        except ValueError:
            return  # of another version; presence has no memory and needs none
        chunk = event("presence", sign.shown())
        for subscriber in list(self._subscribers):
            if not subscriber.as_wall and sign.may_be_seen_by(subscriber.viewer):
                subscriber.offer(chunk)

    async def _beat(self) -> None:
        await asyncio.sleep(self.limits.heartbeat_s)
        is_ok = time.monotonic() - self._read_at < self.limits.silent_after_s
        cursor = self._kept.position
        data = {"at": iso(now()), "cursor": str(cursor), "ok": is_ok}
        chunk = event("heartbeat", data, cursor=cursor if is_ok else None)
        for subscriber in list(self._subscribers):
            subscriber.offer(chunk)

    async def _recheck(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._recheck_wanted.wait(), self.limits.recheck_s)
        self._recheck_wanted.clear()
        for session_key in {subscriber.session_key for subscriber in self._subscribers}:
            await self._recheck_session(session_key)

    async def _recheck_session(self, session_key: str) -> None:
        """Signed out, closed, or given other permissions: such a stream ends. While the database is away all stay."""
        try:
            viewer = await in_thread(viewer_of, session_key)
        except DatabaseError:
            return
        for subscriber in [one for one in self._subscribers if one.session_key == session_key]:
            if viewer is None:
                subscriber.reset("signed_out")
            elif viewer != subscriber.viewer:
                subscriber.reset("permissions_changed")


async def _for_ever(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A mistake in one round must not silence all browsers for good."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001
            log.warning("The live stream stumbled (%s); going on.", type(error).__name__)
            await asyncio.sleep(1)


def _parsed(after: str, *, default: Position) -> Position | None:
    if not after:
        return default
    try:
        return Position.parse(after)
    except ValueError:
        return None


def _shown(items: Iterable[Item], subscriber: Subscriber) -> bytes:
    forms = (item.shown_to(subscriber.viewer, as_wall=subscriber.as_wall) for item in items)
    return b"".join(form for form in forms if form is not None)
