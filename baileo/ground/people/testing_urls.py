"""Addresses for this room's tests: the account pages as they are, and other surfaces as bare words."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path


def somewhere(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"here: {request.path}", content_type="text/plain")


urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("baileo.ground.people.urls")),
    re_path(r"^(?:wall|stream|files|desk|office|i18n|wallet)/.*$", somewhere),
    path("", somewhere),
]
