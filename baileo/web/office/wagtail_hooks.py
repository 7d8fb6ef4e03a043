"""What of Wagtail's admin is shown: our groups, nothing of its own pages, images and reports."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.defaults import page_not_found
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.search import admin_search_areas

from baileo.web.office import views
from baileo.web.office.catalogue import CatalogueGroup
from baileo.web.office.channels import MessagesGroup
from baileo.web.office.ledger import ledger
from baileo.web.office.people import PeopleGroup
from baileo.web.office.places import PlacesGroup

OUR_MENU = frozenset({"people", "places", "catalogue", "messages", "rejected", "ledger", "desk"})


class PermittedMenuItem(MenuItem):  # type: ignore[misc]
    def __init__(self, label: Any, url: str, *, permission: str, **kwargs: Any) -> None:
        super().__init__(label, url, **kwargs)
        self.permission = permission

    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.permission)


def register_groups() -> list[Any]:
    return [PeopleGroup(), PlacesGroup(), CatalogueGroup(), MessagesGroup()]


def register_urls() -> list[URLPattern]:
    return [
        path("channel-accounts/<int:account_id>/check/", views.account_check, name="office-account-check"),
        path("rejected/", views.rejected, name="office-rejected"),
        path("rejected/<int:payload_id>/again/", views.reopen, name="office-reopen"),
        path("ledger/", ledger, name="office-ledger"),
    ]


def rejected_item() -> MenuItem:
    return PermittedMenuItem(
        _("Rejected payloads"),
        reverse("office-rejected"),
        name="rejected",
        permission="messages.see_rejected",
        icon_name="warning",
        order=500,
    )


def ledger_item() -> MenuItem:
    return PermittedMenuItem(
        _("Ledger"),
        reverse("office-ledger"),
        name="ledger",
        permission="people.audit",
        icon_name="history",
        order=600,
    )


def desk_item() -> MenuItem:
    return PermittedMenuItem(
        _("To the desk"), "/desk/", name="desk", permission="desk.open", icon_name="arrow-left", order=900
    )


def only_ours(request: HttpRequest, items: list[Any]) -> None:
    items[:] = [item for item in items if item.name in OUR_MENU]


def names_without_pages(router: Any) -> None:
    """Wagtail's scripts want addresses of pictures and documents, whose apps are not installed; nothing is there."""
    for name in ("images", "documents"):
        router.register_endpoint(name, NothingThere)


class NothingThere:
    @staticmethod
    def get_urlpatterns() -> list[URLPattern]:
        return [path("", page_not_found, {"exception": Http404()}, name="listing")]


def our_look() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("office/office.css"))


def no_picture_from_outside(user: Any, size: int) -> str:
    """Wagtail would ask a foreign server for a picture by the person's e-mail address."""
    return static("office/person.svg")


for _hook, _function in (
    ("register_admin_viewset", register_groups),
    ("register_admin_urls", register_urls),
    ("register_admin_menu_item", rejected_item),
    ("register_admin_menu_item", ledger_item),
    ("register_admin_menu_item", desk_item),
    ("construct_main_menu", only_ours),
    ("construct_admin_api", names_without_pages),
    ("insert_global_admin_css", our_look),
    ("get_avatar_url", no_picture_from_outside),
):
    hooks.register(_hook, _function)

admin_search_areas.registered_search_areas = []  # Wagtail's search of its own pages and users; our lists have theirs
