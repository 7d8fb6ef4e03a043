"""`GET /healthz`, answered before Django: it must work when nothing else does."""

from __future__ import annotations

import json
from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError
from django.http import parse_cookie

from baileo.web.api.background import in_thread
from baileo.web.api.health.check import Check
from baileo.web.api.health.examination import checks_recent, is_down
from baileo.web.api.health.report import report
from baileo.web.api.stream.viewer import viewer_of
from baileo.web.api.wire import Receive, Scope, Send, answer, headers_of

PATH = "/healthz"
PERMISSION = "health.view"
PROXY_HEADERS = ("x-forwarded-for", "forwarded", "x-real-ip")


class HealthApp:
    """200 while Baileo can work at all, 503 when it cannot."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            return await answer(send, 405, "Ask with GET.", {"allow": "GET, HEAD"})
        found = await in_thread(checks_recent)
        told = report(found, is_detailed=await _may_know(scope, found))
        text = json.dumps(told, ensure_ascii=False) + "\n"
        status = 503 if told["status"] == "down" else 200
        return await answer(send, status, text, content_type="application/json")


async def _may_know(scope: Scope, found: list[Check]) -> bool:
    """Whoever sits at this machine, and those with the permission. A call that a proxy passed on is not from here."""
    headers = headers_of(scope)
    if _is_loopback(scope) and not any(name in headers for name in PROXY_HEADERS):
        return True
    session_key = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
    if not session_key or is_down(found):
        return False
    try:
        viewer = await in_thread(viewer_of, session_key)
    except DatabaseError:
        return False
    return viewer is not None and viewer.holds(PERMISSION)


def _is_loopback(scope: Scope) -> bool:
    try:
        return ip_address((scope.get("client") or [""])[0]).is_loopback
    except ValueError:
        return False
