"""`GET /stream/`: server-sent events for one browser, as raw ASGI so that an open page holds no thread."""

from __future__ import annotations

import asyncio
import logging

from django.conf import settings
from django.db import DatabaseError
from django.http import parse_cookie

from baileo.core.errors import BaileoError, PermissionRefused, TooMany
from baileo.web.api.background import in_thread
from baileo.web.api.line import DatabaseAway
from baileo.web.api.stream.feed import WALL_PERMISSION
from baileo.web.api.stream.hub import Hub
from baileo.web.api.stream.subscriber import Subscriber
from baileo.web.api.stream.viewer import Viewer, viewer_of
from baileo.web.api.wire import Receive, Scope, Send, answer, headers_of, query_of

log = logging.getLogger(__name__)
PATH = "/stream/"
DESK_PERMISSION = "desk.open"
STUCK_AFTER_S = 5.0  # a browser that does not even take its reset is cut off
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class NotSignedIn(BaileoError):
    code = "not-signed-in"
    http_status = 401


class StreamApp:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            return await answer(send, 405, "Follow the stream with GET.", {"allow": "GET"})
        try:
            subscriber = await self._join(headers_of(scope), query_of(scope))
        except TooMany as error:
            return await answer(send, error.http_status, str(error), {"retry-after": str(round(error.retry_after_s))})
        except BaileoError as error:
            return await answer(send, error.http_status, str(error))
        return await self._serve(subscriber, receive, send)

    async def _join(self, headers: dict[str, str], query: dict[str, str]) -> Subscriber:
        session_key = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
        viewer = await _viewer(session_key)
        as_wall = query.get("view") == "wall" or not viewer.holds(DESK_PERMISSION)
        if not viewer.holds(WALL_PERMISSION if as_wall else DESK_PERMISSION):
            raise PermissionRefused(
                "This account may see neither the desk nor the wall. Ask an administrator for a role."
            )
        subscriber = Subscriber(viewer, session_key, as_wall=as_wall, waiting_most=self._hub.limits.waiting_most)
        await self._hub.join(subscriber, headers.get("last-event-id") or query.get("after", ""))
        return subscriber

    async def _serve(self, subscriber: Subscriber, receive: Receive, send: Send) -> None:
        work = (_write(subscriber, send), _until_gone(receive), _until_stuck(subscriber))
        tasks = [asyncio.create_task(task) for task in work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(subscriber)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _viewer(session_key: str) -> Viewer:
    try:
        viewer = await in_thread(viewer_of, session_key)
    except DatabaseError as error:
        raise DatabaseAway("The database does not answer. The page tries again by itself.") from error
    if viewer is None:
        raise NotSignedIn("Sign in to follow what happens.")
    return viewer


async def _write(subscriber: Subscriber, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    while chunk := await subscriber.take():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_stuck(subscriber: Subscriber) -> None:
    await subscriber.ended.wait()
    await asyncio.sleep(STUCK_AFTER_S)
