"""The office's own pages beside Wagtail's forms: first page, test button, rejected payloads, sign-out."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import JavaScriptCatalog

from baileo.city.messages import services
from baileo.city.messages.models import ChannelAccount
from baileo.city.messages.selectors import rejected_payloads
from baileo.core.errors import BaileoError
from baileo.ground.people.models import User
from baileo.ground.people.selectors import actor_name
from baileo.web.office import home
from baileo.web.office.door import needs
from baileo.web.office.wagtail_words import IN_SCRIPTS

REJECTED_ON_A_PAGE = 50


@require_GET
def welcome(request: HttpRequest) -> HttpResponse:
    """What needs an administrator now."""
    return TemplateResponse(request, "office/home.html", home.what_needs(cast(User, request.user)))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("account_login")


class WordsForScripts(JavaScriptCatalog):
    """What Wagtail's scripts say, from our own catalogue: Wagtail brings few words in Indonesian."""

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def get_catalog(self) -> dict[str, list[str] | str]:
        return {word: _(word) for word in IN_SCRIPTS}

    def get_plural(self) -> None:
        return None


@require_POST
@needs("messages.configure")
def account_check(request: HttpRequest, account_id: int) -> HttpResponse:
    """The test button: ask the provider, say what it answered."""
    account = get_object_or_404(ChannelAccount, pk=account_id)
    try:
        messages.success(request, services.account_check(account, actor=actor_name(cast(User, request.user))))
    except BaileoError as refused:
        messages.error(request, str(refused))
    return redirect("office-channel-accounts:edit", account_id)


@require_GET
@needs("messages.see_rejected")
def rejected(request: HttpRequest) -> HttpResponse:
    """Newest first; `?before=<id>` goes on."""
    before = request.GET.get("before", "")
    payloads = rejected_payloads(limit=REJECTED_ON_A_PAGE + 1, before_id=int(before) if before.isdecimal() else None)
    shown = payloads[:REJECTED_ON_A_PAGE]
    context = {
        "payloads": shown,
        "older": shown[-1].pk if len(payloads) > REJECTED_ON_A_PAGE else None,
        "may_reopen": request.user.has_perm("messages.configure"),
        **frame(_("Rejected payloads"), "warning"),
    }
    return TemplateResponse(request, "office/rejected.html", context)


@require_POST
@needs("messages.configure")
def reopen(request: HttpRequest, payload_id: int) -> HttpResponse:
    """Read the raw bytes again, after an update."""
    try:
        services.payload_reopen(payload_id, actor=actor_name(cast(User, request.user)))
        messages.success(request, _("It is read again. If it is rejected again, it comes back here."))
    except BaileoError as refused:
        messages.error(request, str(refused))
    return redirect("office-rejected")


def frame(title: str, icon: str) -> dict[str, object]:
    """What the frame of a page of ours needs to draw its head."""
    home_item = {"url": reverse("wagtailadmin_home"), "label": _("Home")}
    return {
        "header_title": title,
        "page_title": title,
        "header_icon": icon,
        "breadcrumbs_items": [home_item, {"url": "", "label": title}],
    }
