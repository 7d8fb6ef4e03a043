"""How the desk answers an action: the parts of the open request that changed, or the sentence why nothing did."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from baileo.core.errors import BaileoError, StaleVersion
from baileo.web.desk import panes
from baileo.web.desk.asking import DeskRequest

P = ParamSpec("P")
DeskView = Callable[Concatenate[DeskRequest, P], HttpResponse]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def at_the_desk(view: DeskView[P]) -> View[P]:
    """Signed in with `desk.open`; a refusal by a service becomes one sentence on the page, nothing is lost."""

    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if not request.user.has_perm("desk.open"):
            return render(request, "403.html", status=403)
        try:
            return view(cast(DeskRequest, request), *args, **kwargs)
        except BaileoError as refused:
            return refusal(request, refused)

    update_wrapper(guarded, view)
    return guarded


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect_to_login(request.get_full_path())
    response = HttpResponse(status=204)
    response["HX-Redirect"] = redirect_to_login("/desk/")["Location"]
    return response


def done(request: DeskRequest, number: str, words: str = "") -> HttpResponse:
    """The request as it is now; `words` go up as a toast."""
    if not request.headers.get("HX-Request"):
        if words:
            messages.success(request, words)
        return redirect("desk:request", number=number)
    response = render(request, "desk/live.html", panes.one(request, number))
    return with_event(response, toast=words) if words else response


def refusal(request: HttpRequest, refused: BaileoError) -> HttpResponse:
    """Inside the page as a strip above the request; a whole page when the browser asked for one."""
    context = {"sentence": str(refused), "is_stale": isinstance(refused, StaleVersion)}
    if not request.headers.get("HX-Request"):
        return render(request, "desk/refused.html", context, status=refused.http_status)
    response = render(request, "desk/conflict.html", context, status=409 if refused.http_status == 409 else 422)
    response["HX-Retarget"] = "#conflict"
    response["HX-Reswap"] = "innerHTML"
    return response


def with_event(response: HttpResponse, **events: Any) -> HttpResponse:
    response["HX-Trigger"] = json.dumps({f"baileo:{name}": {"words": value} for name, value in events.items()})
    return response
