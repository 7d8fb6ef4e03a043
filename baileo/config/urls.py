"""Every address of the product, one line a surface."""

from __future__ import annotations

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("baileo.web.api.urls")),
    path("desk/", include("baileo.web.desk.urls")),
    path("wall/", include("baileo.web.wall.urls")),
    path("accounts/", include("baileo.ground.people.urls")),  # not all of allauth: nobody signs up here
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("baileo.web.site.urls")),
]
if apps.is_installed("baileo.web.office"):  # the worker and the watch leave it out
    urlpatterns.insert(0, path("office/", include("baileo.web.office.urls")))
