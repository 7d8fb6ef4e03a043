"""The ASGI front of the web process: the lean paths first, Django for everything else."""

from __future__ import annotations

import asyncio

from baileo.web.api.health.app import PATH as HEALTH_PATH
from baileo.web.api.health.app import HealthApp
from baileo.web.api.hooks.app import PREFIX as HOOKS_PREFIX
from baileo.web.api.hooks.app import HooksApp
from baileo.web.api.stream.app import PATH as STREAM_PATH
from baileo.web.api.stream.app import StreamApp
from baileo.web.api.stream.hub import Hub, Limits
from baileo.web.api.wire import App, Receive, Scope, Send


class Edge:
    """One per event loop. `closing` ends all streams; the lifespan's shutdown commits what still waits."""

    def __init__(self, django: App, limits: Limits | None = None) -> None:
        self._django = django
        self._hub = Hub(limits)
        self._hooks = HooksApp()
        self._stream = StreamApp(self._hub)
        self._health = HealthApp()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(HOOKS_PREFIX):
            await self._hooks(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == STREAM_PATH:
            await self._stream(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == HEALTH_PATH:
            await self._health(scope, receive, send)
        else:
            await self._django(scope, receive, send)

    def closing(self) -> None:
        """The process was asked to stop. May be called from a signal handler or another thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hub.shut)

    async def _live(self, receive: Receive, send: Send) -> None:
        self._loop = asyncio.get_running_loop()
        await receive()  # lifespan.startup
        await send({"type": "lifespan.startup.complete"})
        await receive()  # lifespan.shutdown
        await self._hub.close()
        await self._hooks.close()
        await send({"type": "lifespan.shutdown.complete"})


def edge(django: App) -> Edge:
    return Edge(django)
