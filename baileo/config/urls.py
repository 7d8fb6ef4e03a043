"""Every address of the product, one line a surface."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

SURFACES = [
    ("", "baileo.web.api.urls"),
    ("desk/", "baileo.web.desk.urls"),
    ("wall/", "baileo.web.wall.urls"),
    *([("office/", "baileo.web.office.urls")] if apps.is_installed("baileo.web.office") else []),
    ("accounts/", "baileo.ground.people.urls"),
    ("i18n/", "django.conf.urls.i18n"),
    ("", "baileo.web.site.urls"),
]


def _is_there(module: str) -> bool:
    """While the house is being built some rooms cannot be entered yet."""
    try:
        return find_spec(module) is not None and bool(import_module(module))
    except ImportError:
        return False


urlpatterns: list[URLPattern | URLResolver] = [
    path(prefix, include(module)) for prefix, module in SURFACES if _is_there(module)
]
