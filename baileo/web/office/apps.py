from __future__ import annotations

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "baileo.web.office"
    label = "office"
