from __future__ import annotations

from django.apps import AppConfig


class WallConfig(AppConfig):
    name = "baileo.web.wall"
    label = "wall"
