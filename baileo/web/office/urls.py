"""The back office: the frame of Wagtail's admin with our things in it. What is not ours answers 404, see `door`."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView
from wagtail.admin import urls as wagtail_urls
from wagtail.utils.urlpatterns import decorate_urlpatterns

from baileo.web.office import door, views

# Before Wagtail's pages of the same names, so that its links and menus lead here
_INSTEAD = [
    path("", views.welcome, name="wagtailadmin_home"),
    path("account/", RedirectView.as_view(pattern_name="account_change_password"), name="wagtailadmin_account"),
    path("logout/", views.sign_out, name="wagtailadmin_logout"),
    path("jsi18n/", views.WordsForScripts.as_view(), name="wagtailadmin_javascript_catalog"),
]

urlpatterns = decorate_urlpatterns([*_INSTEAD, *wagtail_urls.urlpatterns], door.guarded)
