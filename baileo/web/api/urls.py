"""Addresses of the edge that go through Django. `/hooks/`, `/stream/` and `/healthz` are answered before it."""

from __future__ import annotations

from django.urls import path

from baileo.web.api.files.views import serve
from baileo.web.api.stream.views import presence

app_name = "api"
urlpatterns = [
    path("stream/presence", presence, name="presence"),
    path("files/<str:token>", serve, name="file"),
]
