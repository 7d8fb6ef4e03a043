"""A browser that does not read costs only itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest
from django.db import transaction

from baileo.ground.ledger.services import append_many, entry_of
from baileo.ground.people.testing import cast
from baileo.web.api.background import in_thread
from baileo.web.api.stream import app as stream_app
from baileo.web.api.stream.app import StreamApp
from baileo.web.api.stream.hub import Hub, Limits
from baileo.web.api.testing import session_of

pytestmark = pytest.mark.django_db(transaction=True)


class Browser:
    """The connection of one browser; `reads` is cleared while it takes nothing."""

    def __init__(self, app: StreamApp, cookies: dict[str, str]) -> None:
        self.text = ""
        self.reads = asyncio.Event()
        self.reads.set()
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()
        scope = {"type": "http", "method": "GET", "path": "/stream/", "headers": [(b"cookie", cookie)]}
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        await self.reads.wait()
        self.text += message.get("body", b"").decode()

    async def until(self, text: str) -> None:
        async with asyncio.timeout(15):
            while text not in self.text:
                await asyncio.sleep(0.01)


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = Hub(Limits(heartbeat_s=1000, recheck_s=1000, waiting_most=20_000))
    yield hub
    await hub.close()


@transaction.atomic
def happen_often(first: int) -> None:
    kind, subjects = "service_request.noted", [f"<{n}>" for n in range(first, first + 100)]
    append_many([entry_of(kind=kind, subject=one, actor="system:test", data={"x": "x" * 150}) for one in subjects])


async def test_the_others_hear_everything_and_the_slow_one_is_told_to_start_over(hub: Hub) -> None:
    people = await in_thread(cast)
    app = StreamApp(hub)
    fast = Browser(app, await in_thread(session_of, people.cora))
    slow = Browser(app, await in_thread(session_of, people.tara))
    for browser in (fast, slow):
        await browser.until("event: hello")
    slow.reads.clear()
    for first in range(0, 1000, 100):
        await in_thread(happen_often, first)
        await fast.until(f"<{first + 99}>")
    assert [n for n in range(1000) if f"<{n}>" not in fast.text] == []
    slow.reads.set()
    await slow.until('event: reset\ndata: {"reason":"too_slow"}')
    await asyncio.wait_for(slow.task, 15)
    assert not fast.task.done()


async def test_a_browser_that_does_not_even_take_its_reset_is_cut_off(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_app, "STUCK_AFTER_S", 0)
    people = await in_thread(cast)
    dead = Browser(StreamApp(hub), await in_thread(session_of, people.cora))
    await dead.until("event: hello")
    dead.reads.clear()
    for first in range(0, 400, 100):
        await in_thread(happen_often, first)
        await asyncio.sleep(0.05)
    await asyncio.wait_for(dead.task, 15)
    assert "reset" not in dead.text
