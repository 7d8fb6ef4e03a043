"""What of Wagtail's admin is shown: our groups, nothing of its own pages, images and reports."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from baileo.web.office import views
from baileo.web.office.catalogue import CatalogueGroup
from baileo.web.office.channels import MessagesGroup
from baileo.web.office.home import WelcomePanel
from baileo.web.office.people import PeopleGroup
from baileo.web.office.places import PlacesGroup

WAGTAILS_OWN = frozenset({"explorer", "images", "documents", "reports", "settings", "help", "snippets"})


class PermittedMenuItem(MenuItem):  # type: ignore[misc]
    def __init__(self, label: Any, url: str, *, permission: str, **kwargs: Any) -> None:
        super().__init__(label, url, **kwargs)
        self.permission = permission

    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.permission)


@hooks.register("register_admin_viewset")
def register_groups() -> list[Any]:
    return [PeopleGroup(), PlacesGroup(), CatalogueGroup(), MessagesGroup()]


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [
        path("channel-accounts/<int:account_id>/check/", views.account_check, name="office-account-check"),
        path("rejected/", views.rejected, name="office-rejected"),
        path("rejected/<int:payload_id>/again/", views.reopen, name="office-reopen"),
        path("ledger/", views.ledger, name="office-ledger"),
    ]


@hooks.register("register_admin_menu_item")
def rejected_item() -> MenuItem:
    return PermittedMenuItem(
        _("Rejected payloads"),
        reverse("office-rejected"),
        permission="messages.see_rejected",
        icon_name="warning",
        order=500,
    )


@hooks.register("register_admin_menu_item")
def ledger_item() -> MenuItem:
    return PermittedMenuItem(
        _("Ledger"), reverse("office-ledger"), permission="people.audit", icon_name="list-ul", order=600
    )


@hooks.register("register_admin_menu_item")
def desk_item() -> MenuItem:
    return PermittedMenuItem(_("To the desk"), "/desk/", permission="desk.open", icon_name="arrow-left", order=900)


@hooks.register("construct_main_menu")
def hide_what_is_not_ours(request: HttpRequest, items: list[Any]) -> None:
    items[:] = [item for item in items if item.name not in WAGTAILS_OWN]


@hooks.register("construct_homepage_panels")
def welcome(request: HttpRequest, panels: list[Any]) -> None:
    panels[:] = [WelcomePanel()]
