"""Test doubles for the doors of this floor. Nothing here is imported by running code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from json import dumps
from typing import Any, Self

from baileo.core.net import Http, HttpReply


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One call that the code under test made."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    data: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Any] = field(default_factory=dict)
    content: bytes | None = None


class FakeHttp(Http):
    """Answers from a queue and remembers what it was asked; the last answer repeats.

    `FakeHttp().will(status=429, json={"retry_after": 7}).will(json={"ok": True})`
    """

    def __init__(self) -> None:
        self.calls: list[HttpCall] = []
        self._replies: list[HttpReply | Exception] = []

    def will(
        self,
        status: int = 200,
        *,
        json: Any = None,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Queue one answer; `json` wins over `content`."""
        body = content if json is None else dumps(json).encode()
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        self._replies.append(HttpReply(status, lower, body))
        return self

    def will_fail(self, error: Exception) -> Self:
        """Queue one error, for example `NetworkFailed("...", maybe_sent=True)`."""
        self._replies.append(error)
        return self

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        timeout_s: float | None = None,
        max_bytes: int | None = None,
    ) -> HttpReply:
        self.calls.append(
            HttpCall(
                method,
                url,
                headers or {},
                params or {},
                json,
                data or {},
                files or {},
                content,
            )
        )
        if not self._replies:
            return HttpReply(200, {}, b"{}")
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply
