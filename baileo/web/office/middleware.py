"""Wagtail's admin draws itself with inline styles and a few inline scripts; only its own addresses may."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

OFFICE = "/office/"
RELAXED = {
    "script-src": ["'self'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:"],
    "frame-ancestors": ["'self'"],
    "frame-src": ["'self'"],
}


class OfficePolicy:
    """Replace the strict content policy under `/office/`, and nowhere else."""

    async_capable = False
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(OFFICE):
            response._csp_replace = RELAXED  # type: ignore[attr-defined]
            response.setdefault("X-Frame-Options", "SAMEORIGIN")
        return response
