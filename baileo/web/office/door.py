"""Who comes into the back office, and which of Wagtail's own pages exist in it: none but a handful.

Wagtail brings pages, images, users, groups, reports and more. Its views would write round our services, so every
address is shut unless its name is ours (`office-...`) or one of the few that its frame is drawn from.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

View = Callable[..., HttpResponseBase]

OURS = "office-"  # names and namespaces of everything that writes through a service
FRAME = frozenset(
    {
        "wagtailadmin_home",
        "wagtailadmin_sprite",
        "wagtailadmin_javascript_catalog",
        "wagtailadmin_account",
        "wagtailadmin_logout",
    }
)


def guarded(view: View) -> View:
    """Outermost: 404 for what is not ours, sign-in for strangers, 403 for those who may not open the office."""

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not (name.startswith(OURS) or name in FRAME):
            raise Http404
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.has_perm("office.open"):
            return refusal(request)
        return view(request, *args, **kwargs)

    return door


def refused_is_403(view: View) -> View:
    """Innermost: without it Wagtail would lead somebody who may not do this to its first page, with status 302."""

    @wraps(view)
    def honest(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except PermissionDenied:
            return refusal(request)

    return honest


def needs(permission: str) -> Callable[[View], View]:
    """For our own pages: this permission, or 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                return refusal(request)
            return view(request, *args, **kwargs)

        return checked

    return decorate


def refusal(request: HttpRequest) -> HttpResponse:
    words = _("Your role does not include this. Nothing was changed.")
    return render(request, "403.html", {"exception": words}, status=403)
