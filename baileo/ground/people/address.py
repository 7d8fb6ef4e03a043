"""Which address a request comes from, when proxies stand between; for limits, never for identity."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104  a socket without address; all such callers share one limit


def client_address(request: HttpRequest) -> str:
    """The nearest address that is not one of `BAILEO_TRUSTED_PROXIES`. What a stranger writes into
    X-Forwarded-For is never believed: only the part that our own proxies added.
    """
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    while forwarded and _is_trusted(address):
        claimed = forwarded.pop().strip()
        if not _is_address(claimed):
            break
        address = claimed
    return address if _is_address(address) else UNKNOWN


def _is_trusted(address: str) -> bool:
    return _is_address(address) and any(
        ip_address(address) in ip_network(proxy, strict=False) for proxy in settings.BAILEO.trusted_proxies
    )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
