"""The office's own pages beside Wagtail's forms: test button, rejected payloads, the ledger."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from baileo.city.messages import services
from baileo.city.messages.models import ChannelAccount
from baileo.city.messages.selectors import rejected_payloads
from baileo.core.errors import BaileoError
from baileo.ground.ledger.models import Entry
from baileo.ground.people.selectors import actor_name


@require_POST
@permission_required("messages.configure", raise_exception=True)
def account_check(request: HttpRequest, account_id: int) -> HttpResponse:
    """The test button: ask the provider, say what it answered."""
    account = get_object_or_404(ChannelAccount, pk=account_id)
    try:
        messages.success(request, services.account_check(account, actor=actor_name(request.user)))
    except BaileoError as refused:
        messages.error(request, str(refused))
    return redirect("channel_accounts:edit", account_id)


@require_GET
@permission_required("messages.see_rejected", raise_exception=True)
def rejected(request: HttpRequest) -> HttpResponse:
    context = {"payloads": rejected_payloads(limit=200), "may_reopen": request.user.has_perm("messages.configure")}
    return TemplateResponse(request, "office/rejected.html", context)


@require_POST
@permission_required("messages.configure", raise_exception=True)
def reopen(request: HttpRequest, payload_id: int) -> HttpResponse:
    try:
        services.payload_reopen(payload_id, actor=actor_name(request.user))
        messages.success(request, _("It is read again. If it is rejected again, it comes back here."))
    except BaileoError as refused:
        messages.error(request, str(refused))
    return redirect("office-rejected")


@require_GET
@permission_required("people.audit", raise_exception=True)
def ledger(request: HttpRequest) -> HttpResponse:
    """Who did what, newest first; filter by thing, kind or actor."""
    entries = Entry.objects.order_by("-id")
    fields = {name: request.GET.get(name, "").strip() for name in ("subject", "kind", "actor")}
    for name, value in fields.items():
        if value:
            entries = entries.filter(**{f"{name}__startswith": value})
    page = Paginator(entries[:5000], 100).get_page(request.GET.get("p"))
    return TemplateResponse(request, "office/ledger.html", {"page": page, "fields": fields})
