"""The front of the web process: what is answered before Django, and how it starts and stops."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from baileo.web.api.background import Burst
from baileo.web.api.edge import edge
from baileo.web.api.wire import BodyTooLarge, BodyTooSlow, CallerGone, Receive, Scope, Send, answer, read_body

Message = MutableMapping[str, Any]


async def django(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, 200, f"Django: {scope['path']}")


async def call(path: str, method: str = "PUT") -> tuple[int, str]:
    """What the edge answers; PUT, because each lean path refuses it in its own words."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
    await edge(django)(scope, _never, send)
    return sent[0]["status"], sent[1]["body"].decode()


async def _never() -> Message:
    await asyncio.Event().wait()
    return {}


@pytest.mark.parametrize("path", ["/", "/desk/", "/stream/presence", "/stream", "/healthzz", "/hooks", "/files/x"])
async def test_pages_are_djangos_affair(path: str) -> None:
    assert await call(path) == (200, f"Django: {path}")


async def test_the_lean_paths_never_reach_django() -> None:
    assert (await call("/healthz"))[0] == 405
    assert (await call("/stream/"))[0] == 405
    assert (await call("/stream/", "GET"))[0] == 401  # without a cookie nobody is asked


async def test_other_kinds_of_connections_are_passed_on() -> None:
    seen: list[str] = []

    async def other(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    await edge(other)({"type": "websocket", "path": "/hooks/x/y"}, _never, _ignore)
    assert seen == ["websocket"]


async def _ignore(message: Message) -> None:
    return None


async def test_it_says_when_it_has_started_and_when_everything_is_put_away() -> None:
    orders = asyncio.Queue[Message]()
    said: list[str] = []

    async def send(message: Message) -> None:
        said.append(message["type"])

    app = edge(django)
    app.closing()  # before it lives: nothing to close
    living = asyncio.create_task(app({"type": "lifespan"}, orders.get, send))
    await orders.put({"type": "lifespan.startup"})
    while not said:
        await asyncio.sleep(0)
    app.closing()
    await orders.put({"type": "lifespan.shutdown"})
    await living
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def receiving(*messages: Message) -> Receive:
    waiting = list(messages)

    async def receive() -> Message:
        return waiting.pop(0) if waiting else await _never()

    return receive


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


class TestBody:
    async def test_its_parts_are_joined(self) -> None:
        assert await read_body({}, receiving(part(b"a", more=True), part(b"", more=True), part(b"b")), most=2) == b"ab"

    async def test_too_much_is_refused_with_its_beginning(self) -> None:
        with pytest.raises(BodyTooLarge, match="limit of 3 bytes") as caught:
            await read_body({}, receiving(part(b"ab", more=True), part(b"cd", more=True)), most=3)
        assert caught.value.start == b"abcd"

    @pytest.mark.parametrize("size", ["-1", "x", "9" * 50, ""])
    async def test_a_nonsense_size_is_not_believed(self, size: str) -> None:
        assert await read_body({"content-length": size}, receiving(part(b"ab")), most=2) == b"ab"

    async def test_a_caller_that_hangs_up_is_gone(self) -> None:
        with pytest.raises(CallerGone):
            await read_body({}, receiving(part(b"a", more=True), {"type": "http.disconnect"}), most=9)

    async def test_one_that_drips_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("baileo.web.api.wire.BODY_WITHIN_S", 0.01)
        with pytest.raises(BodyTooSlow):
            await read_body({}, receiving(part(b"a", more=True)), most=9)


class Work:
    def __init__(self) -> None:
        self.runs = 0
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def __call__(self) -> None:
        await self.may_go_on.wait()
        self.runs += 1


class TestBurst:
    async def test_many_pokes_are_one_run(self) -> None:
        work = Work()
        burst = Burst(work, delay_s=0.01)
        for _ in range(9):
            burst.poke()
        await burst.finish()
        assert work.runs == 1

    async def test_a_poke_during_a_run_is_a_run_more(self) -> None:
        work = Work()
        work.may_go_on.clear()
        burst = Burst(work)
        burst.poke()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        burst.poke()
        work.may_go_on.set()
        while work.runs < 2:
            await asyncio.sleep(0)
        await burst.finish()
        assert work.runs == 2

    async def test_finishing_does_at_once_what_was_asked_for_and_waits_for_nothing_else(self) -> None:
        work = Work()
        burst = Burst(work, delay_s=1000, rest_s=1000)
        burst.poke()
        await asyncio.wait_for(burst.finish(), 15)
        assert work.runs == 1

    async def test_finishing_what_was_never_asked_for_is_nothing(self) -> None:
        work = Work()
        await Burst(work).finish()
        assert work.runs == 0
