"""A wall screen is signed in for ever in a public hall, so its account can open nothing but the wall."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from baileo.ground.people.selectors import is_wall

WALL = "/wall/"
OPEN_TO_WALLS = (WALL, "/stream/", "/files/", settings.STATIC_URL, "/i18n/")
WALL_SESSION_S = 400 * 24 * 3600  # the longest that browsers keep a cookie; begun anew every day
_RENEWED_ON = "wall_renewed_on"


class WallAccountsStayOnTheWall:
    """Leads a wall account back to /wall/, refuses what it sends elsewhere, and keeps it signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_known = settings.SESSION_COOKIE_NAME in request.COOKIES  # strangers cost no query and no Vary header
        if is_known and is_wall(request.user) and not _is_open(request.path_info):
            return _lead_back(request)
        response = self.get_response(request)
        if (is_known or request.session.modified) and is_wall(request.user):
            _renew(request)
        return response


def _is_open(path: str) -> bool:
    return path.startswith(OPEN_TO_WALLS) or path in _sign_out_paths()


def _sign_out_paths() -> tuple[str, ...]:
    try:
        return (reverse("account_logout"),)
    except NoReverseMatch:
        return ()


def _lead_back(request: HttpRequest) -> HttpResponse:
    if request.method in {"GET", "HEAD"}:
        return redirect(WALL)
    raise PermissionDenied(_("A wall account can only show the wall."))


def _renew(request: HttpRequest) -> None:
    """Once a day, not with every request: each renewal writes the session."""
    today = timezone.localdate().isoformat()
    session = request.session
    if session.get(_RENEWED_ON) != today or session.get_expiry_age() != WALL_SESSION_S:
        session[_RENEWED_ON] = today
        session.set_expiry(WALL_SESSION_S)
