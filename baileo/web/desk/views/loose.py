"""Conversations that are no request (yet): greetings, thanks, questions. An officer decides."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from baileo.city.messages import selectors as message_selectors
from baileo.city.messages.services import message_queue
from baileo.city.service_requests import selectors, services
from baileo.city.service_requests.models import ServiceRequest
from baileo.core.errors import NotFound, PermissionRefused
from baileo.web.desk import panes
from baileo.web.desk.answer import at_the_desk
from baileo.web.desk.asking import DeskRequest
from baileo.web.desk.forms import ReplyForm
from baileo.web.desk.views.actions import checked
from baileo.web.shared.channels import channel_face


@require_GET
@never_cache
@at_the_desk
def conversations(request: DeskRequest) -> HttpResponse:
    context = panes.desk_frame(request, page="loose") | {"loose": _faced(request)}
    return render(request, "desk/loose.html", context)


@require_GET
@never_cache
@at_the_desk
def conversation(request: DeskRequest, conversation_id: int) -> HttpResponse:
    found = _mine(request, conversation_id)
    context = panes.desk_frame(request, page="loose") | {
        "loose": _faced(request),
        "open": found,
        "said": [
            {"message": message, "files": panes.files_of(message, request)}
            for message in message_selectors.conversation_messages(conversation_id)
        ],
        "window": message_selectors.reply_window(found.conversation),
        "canned": message_selectors.canned_replies(None),
        "client_id": uuid.uuid4(),
        "kinds": ServiceRequest.Kind.choices,
    }
    return render(request, "desk/loose.html", context)


@require_POST
@at_the_desk
def reply(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """An answered talk leaves the list. The same answer sent twice is one answer."""
    data = checked(ReplyForm(request.POST)).cleaned_data
    if not _is_sent(request, data["client_id"]):
        _send(request, conversation_id, data)
    messages.success(request, _("Your answer is on its way."))
    return redirect("desk:loose")


def _is_sent(request: DeskRequest, client_id: uuid.UUID) -> bool:
    known = message_selectors.message_by_client_id(client_id)
    return known is not None and known.author_id == request.user.pk


def _send(request: DeskRequest, conversation_id: int, data: dict[str, Any]) -> None:
    _mine(request, conversation_id)
    if not request.user.has_perm("messages.send"):
        raise PermissionRefused(_("You may read this conversation, but not write in it."))
    message_queue(
        conversation_id=conversation_id,
        text=data["text"],
        client_id=data["client_id"],
        author_id=request.user.pk,
        actor=f"user:{request.user.pk}",
    )


@require_POST
@at_the_desk
def make_request(request: DeskRequest, conversation_id: int) -> HttpResponse:
    found = _mine(request, conversation_id)
    kind = request.POST.get("kind", ServiceRequest.Kind.COMPLAINT)
    made = services.message_make_request(message_id=found.last_message.pk, actor=request.user, kind=kind)
    return redirect("desk:request", number=made.number)


@require_POST
@at_the_desk
def link(request: DeskRequest, conversation_id: int) -> HttpResponse:
    found = _mine(request, conversation_id)
    number = request.POST.get("number", "").strip()
    services.message_link(message_id=found.last_message.pk, number=number, actor=request.user)
    return redirect("desk:request", number=number)


@require_POST
@at_the_desk
def let_be(request: DeskRequest, conversation_id: int) -> HttpResponse:
    _mine(request, conversation_id)
    services.conversation_let_be(conversation_id=conversation_id, actor=request.user)
    return redirect("desk:loose")


def _faced(request: DeskRequest) -> list[dict[str, Any]]:
    return [
        {"loose": loose, "face": channel_face(loose.channel)}
        for loose in selectors.conversations_without_request(request.user, limit=100)
    ]


def _mine(request: DeskRequest, conversation_id: int) -> selectors.LooseConversation:
    for loose in selectors.conversations_without_request(request.user, limit=500):
        if loose.conversation.pk == conversation_id:
            return loose
    raise NotFound(_("This conversation already belongs to a request, or is not yours to read."))
