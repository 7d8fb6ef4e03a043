"""What an officer does to a request. Each view parses, calls one service, and shows what became of it."""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import parse_qsl

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from baileo.city.messages import services as message_services
from baileo.city.messages.models import Attachment, Message
from baileo.city.service_requests import selectors, services
from baileo.city.service_requests.services import Place
from baileo.core.errors import InvalidInput, NotFound, PermissionRefused
from baileo.web.desk.answer import at_the_desk, done, with_event
from baileo.web.desk.asking import DeskRequest
from baileo.web.desk.forms import (
    BulkForm,
    EditForm,
    FilterForm,
    NoteForm,
    ProofForm,
    PublishForm,
    ReplyForm,
    StepForm,
    ValueForm,
    first_error,
)

Checked = TypeVar("Checked", bound=forms.Form)


def checked(form: Checked) -> Checked:
    if not form.is_valid():
        raise InvalidInput(_("Not saved. %(why)s") % {"why": first_error(form)})
    return form


@require_POST
@at_the_desk
def step(request: DeskRequest, number: str, step: str) -> HttpResponse:
    data = checked(StepForm(request.POST)).cleaned_data
    edge = next((edge for edge in selectors.request_detail(request.user, number).steps if edge.step == step), None)
    if edge is None:
        raise PermissionRefused(_("You cannot take this step with %(number)s as it stands now.") % {"number": number})
    if edge.needs_agency:
        services.request_assign(
            number=number,
            agency_code=data["agency_code"],
            assignee_id=data["assignee_id"],
            seen_version=data["seen_version"],
            actor=request.user,
            reason=data["reason"],
        )
    else:
        services.request_transition(
            number=number,
            to_state=edge.to_state,
            seen_version=data["seen_version"],
            actor=request.user,
            reason=data["reason"],
            refer_to=data["refer_to"],
            original=data["original"],
        )
    return done(request, number, f"{number}: {edge.label}")


@require_POST
@at_the_desk
def edit(request: DeskRequest, number: str) -> HttpResponse:
    data = checked(EditForm(request.POST)).cleaned_data
    has_place = "landmark_text" in request.POST or data["lon_deg"] is not None
    flags = data["with_flags"]
    services.request_edit(
        number=number,
        seen_version=data["seen_version"],
        actor=request.user,
        title=data["title"] or None,
        kind=data["kind"] or None,
        service_code=data["service_code"] or None,
        place=Place(lon_deg=data["lon_deg"], lat_deg=data["lat_deg"], landmark_text=data["landmark_text"])
        if has_place
        else None,
        is_confidential=data["is_confidential"] if flags else None,
        is_anonymous=data["is_anonymous"] if flags else None,
    )
    return done(request, number, _("Saved."))


@require_POST
@at_the_desk
def priority(request: DeskRequest, number: str) -> HttpResponse:
    data = checked(ValueForm(request.POST)).cleaned_data
    services.request_set_priority(
        number=number, seen_version=data["seen_version"], actor=request.user, priority=data["value"]
    )
    return done(request, number)


@require_POST
@at_the_desk
def tags(request: DeskRequest, number: str) -> HttpResponse:
    data = checked(ValueForm(request.POST)).cleaned_data
    wanted = [tag.strip() for tag in data["value"].split(",") if tag.strip()]
    services.request_set_tags(number=number, seen_version=data["seen_version"], actor=request.user, tags=wanted)
    return done(request, number)


@require_POST
@at_the_desk
def assignee(request: DeskRequest, number: str) -> HttpResponse:
    data = checked(ValueForm(request.POST)).cleaned_data
    person = int(data["value"]) if data["value"].isdigit() else None
    services.request_set_assignee(
        number=number, seen_version=data["seen_version"], actor=request.user, assignee_id=person
    )
    return done(request, number)


@require_POST
@at_the_desk
def reply(request: DeskRequest, number: str) -> HttpResponse:
    data = checked(ReplyForm(request.POST)).cleaned_data
    services.request_reply(number=number, actor=request.user, text=data["text"], client_id=data["client_id"])
    return with_event(done(request, number), sent="")


@require_POST
@at_the_desk
def note(request: DeskRequest, number: str) -> HttpResponse:
    services.request_add_note(
        number=number, actor=request.user, text=checked(NoteForm(request.POST)).cleaned_data["text"]
    )
    return with_event(done(request, number), sent="")


@require_POST
@at_the_desk
def proof(request: DeskRequest, number: str) -> HttpResponse:
    data = checked(ProofForm(request.POST, request.FILES)).cleaned_data
    services.request_attach_proof(
        number=number,
        actor=request.user,
        data=data["file"].read(),
        stage=data["stage"],
        caption=data["caption"],
        is_for_citizen=data["is_for_citizen"],
    )
    return done(request, number, _("Proof stored."))


@require_POST
@at_the_desk
def publish(request: DeskRequest, number: str) -> HttpResponse:
    data = checked(PublishForm(request.POST)).cleaned_data
    services.request_publish(
        number=number,
        seen_version=data["seen_version"],
        actor=request.user,
        public_text=data["public_text"],
        photos=request.POST.getlist("photo"),
    )
    return done(request, number, _("Published. Everybody can read the text you cleared."))


@require_POST
@at_the_desk
def unpublish(request: DeskRequest, number: str) -> HttpResponse:
    data = checked(ValueForm(request.POST)).cleaned_data
    services.request_unpublish(
        number=number, seen_version=data["seen_version"], actor=request.user, reason=data["value"]
    )
    return done(request, number, _("Taken back. The public no longer sees it."))


@require_POST
@at_the_desk
def contact(request: DeskRequest, number: str) -> HttpResponse:
    """Show who wrote; that somebody looked is in the ledger."""
    return render(request, "desk/contact.html", {"contact": services.contact_reveal(number=number, actor=request.user)})


@require_POST
@at_the_desk
def message(request: DeskRequest, number: str, message_id: int, deed: str) -> HttpResponse:
    """An officer's word on a message that failed or may have arrived: send again, it arrived, give up."""
    deeds = {
        "retry": message_services.message_retry,
        "confirm": message_services.message_confirm,
        "give-up": message_services.message_give_up,
    }
    detail = _may_send(request, number)
    if (
        deed not in deeds
        or not Message.objects.filter(pk=message_id, conversation=detail.request.conversation).exists()
    ):
        raise NotFound(_("This message is not part of %(number)s.") % {"number": number})
    deeds[deed](message_id, actor=f"user:{request.user.pk}")
    return done(request, number)


@require_POST
@at_the_desk
def attachment(request: DeskRequest, number: str, attachment_id: int) -> HttpResponse:
    detail = _may_send(request, number)
    mine = Attachment.objects.filter(pk=attachment_id, message__conversation=detail.request.conversation)
    if not mine.exists():
        raise NotFound(_("This file is not part of %(number)s.") % {"number": number})
    message_services.attachment_retry(attachment_id, actor=f"user:{request.user.pk}")
    return done(request, number)


def _may_send(request: DeskRequest, number: str) -> selectors.Detail:
    detail = selectors.request_detail(request.user, number)
    if "messages.send" not in detail.may:
        raise PermissionRefused(_("You may read %(number)s, but not write to its reporter.") % {"number": number})
    return detail


@require_POST
@at_the_desk
def assign_bulk(request: DeskRequest) -> HttpResponse:
    data = checked(BulkForm(request.POST)).cleaned_data
    results = services.requests_assign_bulk(items=data["items"], agency_code=data["agency_code"], actor=request.user)
    refused = [result for result in results if not result.ok]
    good = len(results) - len(refused)
    words = ngettext("%(n)d request assigned.", "%(n)d requests assigned.", good) % {"n": good}
    if not request.headers.get("HX-Request"):
        return redirect("desk:desk")
    response = render(request, "desk/bulk_result.html", {"words": words, "refused": refused})
    return with_event(response, assigned=words)


@require_POST
@at_the_desk
def filter_save(request: DeskRequest) -> HttpResponse:
    data = checked(FilterForm(request.POST)).cleaned_data
    fields = dict(forms_query(data["query"]))
    services.saved_filter_save(actor=request.user, name=data["name"], query=fields, is_shared=data["is_shared"])
    return redirect(f"/desk/?{data['query']}")


@require_POST
@at_the_desk
def filter_delete(request: DeskRequest, filter_id: int) -> HttpResponse:
    services.saved_filter_delete(actor=request.user, filter_id=filter_id)
    return redirect("desk:desk")


def forms_query(query: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in parse_qsl(query) if name not in {"after", "sort", "numbers"}]
