"""The HTTP client every room and plug-in uses; see `guard.py` for what keeps it safe."""

import json
import zlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self

import httpcore
import httpx

from baileo.core.errors import NetworkFailed, NetworkRefused, PayloadRejected, TooLarge
from baileo.core.net.guard import GuardedTransport, time_limit

DEFAULT_TIMEOUT_S = 10.0
DEFAULT_MAX_BYTES = 10_000_000
MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An answer, read completely. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Raises `PayloadRejected` when it is not."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise PayloadRejected(f"An answer with status {self.status} should be JSON and is not.") from error


class Http(ABC):
    """What a caller needs; filled by `HttpClient`, and by `FakeHttp` in tests."""

    @abstractmethod
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
        """Send and read the whole answer; any status is an answer, not an error.

        `files` as httpx takes them: {"photo": ("a.jpg", b"...", "image/jpeg")}. `timeout_s` is
        for everything together, redirects included. GET and HEAD follow up to 3 redirects; a
        POST never does, because its body may hold secrets.
        Raises `NetworkRefused`, `NetworkFailed` (see its `maybe_sent`) or `TooLarge`.
        """

    def get(self, url: str, **options: Any) -> HttpReply:
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Any) -> HttpReply:
        return self.request("HEAD", url, **options)

    def post(self, url: str, **options: Any) -> HttpReply:
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Any) -> HttpReply:
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Any) -> HttpReply:
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Any) -> HttpReply:
        return self.request("DELETE", url, **options)


class HttpClient(Http):
    """Safe outgoing HTTP. Keeps connections open; share one per process, it is thread-safe.

    `allow` names "host:port" pairs that may be private although nothing else may: the simulators
    of the demo, a gateway in the office network. IPv6 as "[::1]:8080".
    """

    def __init__(
        self,
        allow: tuple[str, ...] = (),
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        max_bytes: int = DEFAULT_MAX_BYTES,
        user_agent: str = "Baileo",
        ssl_context: SSLContext | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        transport = GuardedTransport(frozenset(entry.lower() for entry in allow), ssl_context)
        self._client = httpx.Client(
            transport=transport,
            trust_env=False,  # a proxy from the environment would resolve names for us
            follow_redirects=False,
            # No provider may recognise us by a cookie.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"user-agent": user_agent, "accept-encoding": "gzip"},
        )

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

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
        request = self._client.build_request(
            method, check_url(url), headers=headers, params=params, json=json, data=data,
            files=files, content=content,
        )  # fmt: skip
        with time_limit(self._timeout_s if timeout_s is None else timeout_s):
            return self._follow(request, self._max_bytes if max_bytes is None else max_bytes)

    def _follow(self, request: httpx.Request, max_bytes: int) -> HttpReply:
        for _ in range(MAX_REDIRECTS + 1):
            reply = self._send(request, max_bytes)
            target = reply.headers.get("location", "")
            followed = request.method in ("GET", "HEAD") and reply.status in _REDIRECTS
            if not (followed and target):
                return reply
            request = self._redirected(request, target)
        raise NetworkRefused(f"{request.url.host} redirects more than {MAX_REDIRECTS} times.")

    def _redirected(self, request: httpx.Request, target: str) -> httpx.Request:
        old = request.url
        new = check_url(target, base=old)
        if old.scheme == "https" and new.scheme == "http":
            raise NetworkRefused(
                f"{old.host} redirects from https to plain http at {new.host}. Nothing was sent "
                "there. Ask the provider for its https address."
            )
        headers = {k: v for k, v in request.headers.items() if k not in ("host", "content-length")}
        if (old.scheme, old.host, old.port) != (new.scheme, new.host, new.port):
            # Whatever opens doors at the first host is none of the second host's business.
            headers = {k: headers[k] for k in ("user-agent", "accept", "accept-encoding")}
        return self._client.build_request(request.method, new, headers=headers)

    def _send(self, request: httpx.Request, max_bytes: int) -> HttpReply:
        host = request.url.host
        try:
            reply = self._client.send(request, stream=True)
            try:
                return HttpReply(
                    status=reply.status_code,
                    headers=dict(reply.headers.items()),
                    content=_read(reply, max_bytes, host),
                )
            finally:
                reply.close()
        except (
            httpcore.ConnectError,
            httpcore.ConnectTimeout,
            httpcore.PoolTimeout,
        ) as error:
            raise NetworkFailed(
                f"{host} cannot be reached ({type(error).__name__}). Check the address and the "
                "connection, then try again.",
                maybe_sent=False,
            ) from error
        except (
            httpcore.TimeoutException,
            httpcore.NetworkError,
            httpcore.ProtocolError,
        ) as error:
            # Neither the URL nor the words of the error: both may hold a bot's token.
            raise NetworkFailed(
                f"{host} did not answer properly ({type(error).__name__}). It may have received "
                "the request all the same.",
                maybe_sent=True,
            ) from error


def _read(reply: httpx.Response, max_bytes: int, host: str) -> bytes:
    """The whole body, unpacked, never holding more than `max_bytes` of it."""
    encoding = reply.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise NetworkFailed(f"{host} answers in an encoding we did not ask for.", maybe_sent=True)
    gzip = encoding in ("gzip", "x-gzip")
    unpack = zlib.decompressobj(wbits=31) if gzip else None
    parts, size = [], 0
    try:
        for part in reply.iter_raw():
            # One kilobyte of gzip can hold a megabyte: unpack no further than one byte too many.
            plain = unpack.decompress(part, max_bytes - size + 1) if unpack else part
            size += len(plain)
            if size > max_bytes:
                raise TooLarge(f"The answer of {host} is larger than {max_bytes} bytes; it was not kept.")
            parts.append(plain)
    except zlib.error as error:
        raise NetworkFailed(f"{host} sent a damaged gzip answer.", maybe_sent=True) from error
    return b"".join(parts)


def check_url(url: str, base: httpx.URL | None = None) -> httpx.URL:
    """Refuse what can never be called: other schemes, no host, a name with a password.

    Whether the host is private is decided at the moment of connecting, not here.
    Raises `NetworkRefused`.
    """
    try:
        found = base.join(url) if base else httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise NetworkRefused("This is not a web address. Write it as https://host/path.") from error
    if found.scheme not in ("http", "https") or not found.host or (found.port or 80) > 65_535:
        raise NetworkRefused("Only http and https addresses with a host can be called.")
    if found.userinfo:
        raise NetworkRefused(f"The address of {found.host} carries a user name or password.")
    return found
