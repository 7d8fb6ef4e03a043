"""How often one address may ask: fixed windows, counted for all web processes together in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Concatenate, ParamSpec

from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from baileo.core.clock import now
from baileo.core.errors import TooMany
from baileo.ground.people.address import client_address
from baileo.web.api.models import RateWindow

P = ParamSpec("P")
IPV6_HOME = 64  # bits: a household has so many addresses that only their common part counts
COUNT = """
INSERT INTO api_ratewindow (key, hits, ends_at) VALUES (%s, 1, %s)
    ON CONFLICT (key) DO UPDATE SET hits = api_ratewindow.hits + 1
RETURNING hits
"""


def rate_limited(
    *, scope: str, most: int, window_s: int, methods: Collection[str] = ("POST",)
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponseBase]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]
]:
    """Answer 429 with `Retry-After` instead of calling the view, once an address asked `most` times in the window."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def limited(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method not in methods:
                return view(request, *args, **kwargs)
            try:
                rate_count(request, scope=scope, most=most, window_s=window_s)
            except TooMany as error:
                return _refusal(request, error)
            return view(request, *args, **kwargs)

        return limited

    return decorate


def rate_count(request: HttpRequest, *, scope: str, most: int, window_s: int) -> None:
    """Count one try. Raises `TooMany` beyond `most`; views that must count only failures call this themselves."""
    at = now().timestamp()
    window = int(at // window_s)
    ends_at = datetime.fromtimestamp((window + 1) * window_s, UTC)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [_key(scope, client_address(request), window, window_s), ends_at])
        hits = cursor.fetchone()[0]
    if hits > most:
        wait_s = max(1.0, ends_at.timestamp() - at)
        raise TooMany("This was tried too often from one address. Wait a little, then try again.", retry_after_s=wait_s)


def rates_forget() -> int:
    """Remove windows that have ended; returns how many."""
    count, _ = RateWindow.objects.filter(ends_at__lt=now()).delete()
    return count


def _key(scope: str, address: str, window: int, window_s: int) -> str:
    text = f"{scope}|{_household(address)}|{window}|{window_s}"
    return salted_hmac("baileo.ratelimit", text, algorithm="sha256").hexdigest()


def _household(address: str) -> str:
    parsed = ip_address(address)
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, IPV6_HOME), strict=False))


def _refusal(request: HttpRequest, error: TooMany) -> HttpResponseBase:
    response = render(request, "429.html", {"message": str(error)}, status=error.http_status)
    response["Retry-After"] = str(round(error.retry_after_s))
    return response
