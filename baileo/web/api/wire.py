"""The little of ASGI that the lean paths need: read a body with an end, answer once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from baileo.core.errors import BaileoError, TooLarge

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_WITHIN_S = 20.0  # a body that drips in slower than this holds nobody up
SHOWN_OF_OVERSIZED = 4096  # bytes of a refused body that are looked at


class CallerGone(Exception):
    """The other side hung up before its body was complete; nobody waits for an answer."""


class BodyTooSlow(BaileoError):
    code = "body-too-slow"
    http_status = 408


class BodyTooLarge(TooLarge):
    """`start`: the first bytes, enough to recognise the same body when it is sent again."""

    def __init__(self, message: str, *, start: bytes) -> None:
        self.start = start
        super().__init__(message)


def headers_of(scope: Scope) -> dict[str, str]:
    """Lower-case names; of a repeated header the last one counts."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def query_of(scope: Scope) -> dict[str, str]:
    return dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))


async def read_body(headers: Mapping[str, str], receive: Receive, *, most: int) -> bytes:
    """The whole body, at most `most` bytes. Raises `BodyTooLarge`, `BodyTooSlow` or `CallerGone`."""
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            return await _read(receive, most, _announced_size(headers))
    except TimeoutError as error:
        raise BodyTooSlow(f"The body was not complete after {BODY_WITHIN_S:.0f} s. Send it again.") from error


def _announced_size(headers: Mapping[str, str]) -> int:
    """What the caller says the body will have; 0 when it does not say."""
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


async def _read(receive: Receive, most: int, announced: int) -> bytes:
    """An announced excess is refused after the first bytes, another one when it comes."""
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise CallerGone
        parts.append(event.get("body", b""))
        size += len(parts[-1])
        if max(size, announced) > most:
            start = b"".join(parts)[:SHOWN_OF_OVERSIZED]
            raise BodyTooLarge(f"The body is over the limit of {most} bytes. Send a smaller one.", start=start)
        if not event.get("more_body", False):
            return b"".join(parts)


async def answer(
    send: Send,
    status: int,
    text: str = "",
    headers: Mapping[str, str] | None = None,
    *,
    content_type: str = "text/plain; charset=utf-8",
) -> None:
    """One short answer that nobody keeps."""
    body = text.encode()
    fixed = {
        "content-type": content_type,
        "content-length": str(len(body)),
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in {**fixed, **(headers or {})}.items()]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
