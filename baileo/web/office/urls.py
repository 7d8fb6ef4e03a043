"""The back office is Wagtail's admin with our things in it."""

from __future__ import annotations

from wagtail.admin import urls as wagtail_urls

urlpatterns = wagtail_urls.urlpatterns
