"""Connections that cannot be led into our own house.

Two things feed addresses to this module: settings, and strangers (a picture address in a message,
a feed that redirects). So every connection is made by `_GuardedBackend`: it resolves the name
itself, refuses private addresses, and connects to the very address it checked. The name is never
resolved a second time, which is what DNS rebinding needs. TLS still proves the name.
"""

import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from baileo.core.errors import NetworkRefused

# Ranges whose addresses carry an IPv4 address inside: the inner one decides where packets end.
_NAT64 = ip_network("64:ff9b::/96")
_TUNNELS = (
    ip_network("2002::/16"),
    ip_network("2001::/32"),
)  # 6to4, Teredo: obsolete, refused

_deadline: ContextVar[float] = ContextVar("deadline")  # time.monotonic() seconds, whole exchange


@contextmanager
def time_limit(limit_s: float) -> Iterator[None]:
    """Every exchange inside ends within `limit_s` seconds, name resolution excepted."""
    mark = _deadline.set(time.monotonic() + limit_s)
    try:
        yield
    finally:
        _deadline.reset(mark)


def is_public(address: str) -> bool:
    """Whether this IP address belongs to the open internet.

    Source: IANA special-purpose registries, as `ipaddress` knows them; addresses that carry an
    IPv4 address are judged by the inner one.

    >>> is_public("1.1.1.1"), is_public("::ffff:127.0.0.1"), is_public("64:ff9b::a00:1")
    (True, False, False)
    """
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if any(ip in tunnel for tunnel in _TUNNELS):
            return False
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip in _NAT64:
            ip = IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, IPv4 first. Its own function so that tests can replace it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    return sorted(addresses, key=lambda address: ":" in address)


class _GuardedBackend(httpcore.NetworkBackend):
    """Connects only to addresses it has checked itself."""

    def __init__(self, allow: frozenset[str]) -> None:
        self._allow = allow
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        error: Exception | None = None
        for address in self._checked(host, port):
            try:
                stream = self._sockets.connect_tcp(address, port, _left_s(), local_address, socket_options)
                return _DeadlineStream(stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as caught:
                error = caught  # try its next address
        raise error or httpcore.ConnectError("no address")

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        raise NetworkRefused("Sockets of this machine cannot be called.")

    def _checked(self, host: str, port: int) -> list[str]:
        try:
            addresses = resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("unknown host") from error
        name = f"[{host}]" if ":" in host else host.lower()
        if f"{name}:{port}" in self._allow:
            return addresses
        # One private address among public ones is how rebinding starts: refuse them all.
        if not all(is_public(address) for address in addresses):
            raise NetworkRefused(
                f"{host} leads to a private or reserved address. Baileo does not call those. If "
                f'this is your own gateway, add "{name}:{port}" to BAILEO_NET_ALLOW.'
            )
        return addresses


def _left_s() -> float:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("no time left")
    return left


class _DeadlineStream(httpcore.NetworkStream):
    """A connection on which one exchange ends in time even if bytes keep trickling in."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left_s())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, _left_s()))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedTransport(httpx.BaseTransport):
    """httpx on top, our connections below. Uses only public names of httpcore."""

    def __init__(self, allow: frozenset[str], ssl_context: SSLContext | None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(trust_env=False),
            network_backend=_GuardedBackend(allow),
            max_connections=64,
            max_keepalive_connections=16,
            keepalive_expiry=15.0,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        reply = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions={"timeout": {"pool": _left_s()}},
            )
        )
        return httpx.Response(
            reply.status,
            headers=reply.headers,
            stream=_Stream(reply),
            extensions={"reason_phrase": reply.extensions.get("reason_phrase", b"")},
        )

    def close(self) -> None:
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, reply: httpcore.Response) -> None:
        self._reply = reply

    def __iter__(self) -> Iterator[bytes]:
        yield from self._reply.iter_stream()

    def close(self) -> None:
        self._reply.close()
