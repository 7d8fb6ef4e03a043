"""One browser's end of the hub: a bounded queue, so that a slow browser costs only itself."""

from __future__ import annotations

import asyncio
from collections import deque

from baileo.web.api.stream.feed import event
from baileo.web.api.stream.viewer import Viewer


class Subscriber:
    def __init__(self, viewer: Viewer, session_key: str, *, as_wall: bool, waiting_most: int) -> None:
        self.viewer = viewer
        self.session_key = session_key
        self.as_wall = as_wall
        self.ended = asyncio.Event()
        self._waiting_most = waiting_most  # bytes
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._news = asyncio.Event()

    def begin(self, chunk: bytes) -> None:
        """The greeting and what was missed; does not count against the limit."""
        self._waiting.append(chunk)
        self._news.set()

    def offer(self, chunk: bytes) -> None:
        """Never waits. A browser that leaves too much lying is told to start over."""
        if self.ended.is_set() or not chunk:
            return
        if self._size and self._size + len(chunk) > self._waiting_most:  # one bulk change alone is never too much
            self.reset("too_slow")
        else:
            self._add(chunk)

    def _add(self, chunk: bytes) -> None:
        self._waiting.append(chunk)
        self._size += len(chunk)
        self._news.set()

    def reset(self, reason: str) -> None:
        """Tell the browser to fetch its snapshot again, and end."""
        if not self.ended.is_set():
            self._waiting.clear()
            self._add(event("reset", {"reason": reason}))
            self.end()

    def end(self) -> None:
        """No more after what already waits. Without a reset the browser comes back by itself and resumes."""
        self.ended.set()
        self._news.set()

    async def take(self) -> bytes:
        """Everything that waits, as soon as there is something; empty at the end."""
        await self._news.wait()
        chunk = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        if not self.ended.is_set():
            self._news.clear()
        return chunk
