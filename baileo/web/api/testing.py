"""For tests of every room: the real web process in a thread, and a browser's end of the stream."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx
import uvicorn
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from baileo.ground.people.models import User
from baileo.web.api.wire import App

WITHIN_S = 15.0  # a promise is kept at once or the test fails then; no test measures time


@contextmanager
def serve(app: App) -> Iterator[str]:
    """Run an ASGI app under uvicorn in a thread; gives its address, such as "http://127.0.0.1:43817"."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", lifespan="auto", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        _until(lambda: server.started or not thread.is_alive())
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            closing = getattr(app, "closing", None)
            if closing is not None:
                closing()
            server.should_exit = True
            thread.join(WITHIN_S)


def session_of(user: User) -> dict[str, str]:
    """Cookies of a new signed-in session of this person."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return {settings.SESSION_COOKIE_NAME: str(store.session_key)}


@dataclass(frozen=True)
class SseEvent:
    name: str
    data: dict[str, Any]
    id: str = ""


class SseClient:
    """A browser's EventSource, without its own reconnecting: leave the block and open again with `last_id`.

    with SseClient(base + "/stream/", cookies=session_of(ana)) as stream:
        assert stream.next("hello")
        assert stream.next("entry").data["kind"] == "service_request.created"
    """

    def __init__(self, url: str, *, cookies: dict[str, str], last_id: str = "", **params: str) -> None:
        headers = {"last-event-id": last_id} if last_id else {}
        self._client = httpx.Client(cookies=cookies, headers=headers, timeout=WITHIN_S, trust_env=False)
        self._request = self._client.build_request("GET", url, params=params)
        self.last_id = last_id
        self.status = 0

    def __enter__(self) -> Self:
        self._reply = self._client.send(self._request, stream=True)
        self.status = self._reply.status_code
        self.headers = self._reply.headers
        self._events = _events(self._reply.iter_lines())
        return self

    def __exit__(self, *exc: object) -> None:
        self._reply.close()
        self._client.close()

    def __iter__(self) -> Iterator[SseEvent]:
        """Events until the server ends the stream. Raises `httpx.ReadTimeout` when none comes for 15 s."""
        for event in self._events:
            self.last_id = event.id or self.last_id
            yield event

    def next(self, *names: str) -> SseEvent:
        """The next event, or the next with one of these names; fails when the stream ends before."""
        for event in self:
            if not names or event.name in names:
                return event
        raise AssertionError(f"The stream ended before an event {names or ''} came.")


def _events(lines: Iterator[str]) -> Iterator[SseEvent]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield SseEvent(fields.get("event", "message"), json.loads(fields["data"]), fields.get("id", ""))
            fields = {}


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN_S
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError("The server did not start.")
        time.sleep(0.01)
