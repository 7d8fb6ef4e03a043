"""The address people type. Bound before anything else starts, so that a taken one is told at once."""

from __future__ import annotations

import errno
import socket

from baileo.core.errors import BaileoError

BACKLOG = 1024  # callers wait here while the web process is started again, instead of being refused


class AddressRefused(BaileoError):
    """We cannot listen there; the message says why and what to do."""

    code = "address-refused"
    http_status = 500


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes a free one. Raises `AddressRefused`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(f"The address {host} is not known on this machine. Correct --host.") from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise AddressRefused(_sentence(host, port, error)) from error
    return listening


def origin_of(listening: socket.socket) -> str:
    """What a browser on this machine types to get there.

    >>> origin_of(listen("127.0.0.1", 0)).startswith("http://127.0.0.1:")
    True
    """
    host, port = listening.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 (compared, not bound)
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is used by another program. Stop that one or choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} on {host} needs rights that we do not have. Choose one above 1024 with --port."
    return f"We cannot listen on {host} port {port}: {error.strerror}. Correct --host or --port."
