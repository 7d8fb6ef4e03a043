"""Changes that are no step of the workflow: what it is about, where, how urgent, whose, in which words inside."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from baileo.city.service_requests.access import SECRET, Actor, agency_code_of, request_for, require
from baileo.city.service_requests.models import Note, ServiceRequest
from baileo.city.service_requests.placing import place_found
from baileo.city.service_requests.services.common import (
    check_version,
    locked,
    promises_renew,
    record,
    save_over,
    service_by,
    user_by,
    words,
)
from baileo.city.service_requests.services.creating import LONGEST_TITLE, checked_choice
from baileo.city.service_requests.spoken import Place
from baileo.core.clock import now
from baileo.core.errors import InvalidInput, PermissionRefused
from baileo.core.text import fold, one_line
from baileo.ground.people.models import User
from baileo.ground.people.selectors import agency_codes_of

EDIT = "service_requests.edit"
PRIORITISE = "service_requests.prioritise"
TAG = "service_requests.tag"
NOTE = "service_requests.note"
ASSIGN = "service_requests.assign"
WORK = "service_requests.work"
MOST_TAGS = 20
PLACE_FIELDS = ("lon_deg", "lat_deg", "accuracy_m", "area_code", "area_name", "area_how", "landmark_text")


@transaction.atomic
def request_edit(
    *,
    number: str,
    seen_version: int,
    actor: Actor,
    service_code: str | None = None,
    title: str | None = None,
    kind: str | None = None,
    place: Place | None = None,
    is_anonymous: bool | None = None,
    is_confidential: bool | None = None,
) -> ServiceRequest:
    """Correct what it is and where; None leaves a field alone. Emits `service_request.edited`; renews the promises.

    The citizen's own words are never edited. Making a published request confidential takes it off the public page.
    """
    request = request_for(actor, number)
    check_version(request, seen_version)
    require(actor, EDIT, request)
    fields = [
        *_edit_words(request, service_code, title, kind),
        *_edit_place(request, place),
        *_edit_flags(request, actor, is_anonymous, is_confidential),
    ]
    if not fields:
        return request
    changed = sorted(set(fields))
    save_over(request, seen_version=seen_version, fields=[*changed, *promises_renew(request)])
    record("service_request.edited", request, actor, data={"fields": ",".join(changed)})
    return request


def _edit_words(request: ServiceRequest, service_code: str | None, title: str | None, kind: str | None) -> list[str]:
    fields: list[str] = []
    if service_code is not None:
        request.service = service_by(service_code)
        fields.append("service")
    if title is not None:
        request.title = one_line(words(title, field=_("The title"), most=LONGEST_TITLE, least=1))
        request.title_is_edited = True
        fields += ["title", "title_is_edited"]
    if kind is not None:
        request.kind = checked_choice(kind, ServiceRequest.Kind.values, _("kind"))
        fields.append("kind")
    return fields


def _edit_place(request: ServiceRequest, place: Place | None) -> list[str]:
    if place is None:
        return []
    for name, value in place_found(place, request.description).columns().items():
        setattr(request, name, value)
    return list(PLACE_FIELDS)


def _edit_flags(
    request: ServiceRequest, actor: Actor, is_anonymous: bool | None, is_confidential: bool | None
) -> list[str]:
    fields: list[str] = []
    if is_anonymous is not None:
        request.is_anonymous = is_anonymous
        fields.append("is_anonymous")
    if is_confidential is not None:
        if request.is_confidential and not is_confidential:
            require(actor, SECRET, request)  # opening what was closed is for those who may read closed things
        request.is_confidential = is_confidential
        fields.append("is_confidential")
        if is_confidential and request.visibility == ServiceRequest.Visibility.PUBLIC:
            request.visibility = ServiceRequest.Visibility.SECRET
            fields.append("visibility")
    return fields


@transaction.atomic
def request_set_priority(*, number: str, seen_version: int, actor: Actor, priority: str) -> ServiceRequest:
    """Emits `service_request.prioritised`."""
    request = request_for(actor, number)
    check_version(request, seen_version)
    require(actor, PRIORITISE, request)
    before, request.priority = (
        request.priority,
        checked_choice(priority, ServiceRequest.Priority.values, _("priority")),
    )
    save_over(request, seen_version=seen_version, fields=["priority"])
    record("service_request.prioritised", request, actor, data={"from": str(before)})
    return request


@transaction.atomic
def request_set_tags(*, number: str, seen_version: int, actor: Actor, tags: Sequence[str]) -> ServiceRequest:
    """Replace the tags. Folded: "Got  Tersumbat" and "got tersumbat" are one. Emits `service_request.tagged`."""
    request = request_for(actor, number)
    check_version(request, seen_version)
    require(actor, TAG, request)
    tidy = sorted({fold(tag)[:40] for tag in tags} - {""})
    if len(tidy) > MOST_TAGS:
        raise InvalidInput(_("At most %(most)d tags fit on one request. Remove some.") % {"most": MOST_TAGS})
    request.tags = tidy
    save_over(request, seen_version=seen_version, fields=["tags"])
    record("service_request.tagged", request, actor, data={"count": len(tidy)})
    return request


@transaction.atomic
def request_set_assignee(*, number: str, seen_version: int, actor: Actor, assignee_id: int | None) -> ServiceRequest:
    """Give it to one person of the responsible agency, or to nobody. Emits `service_request.assigned`."""
    request = request_for(actor, number)
    check_version(request, seen_version)
    _require_hand_over(actor, request)
    if request.agency is None:
        raise InvalidInput(_("Request %s belongs to no agency yet. Assign it to one first.") % number)
    request.assignee = _colleague(assignee_id, request)
    save_over(request, seen_version=seen_version, fields=["assignee"])
    data = {"from": str(request.state), "agency_code": agency_code_of(request), "step": "hand_over"}
    record("service_request.assigned", request, actor, data=data)
    return request


def _require_hand_over(actor: Actor, request: ServiceRequest) -> None:
    """Whoever may assign, and the agency's own people among themselves."""
    try:
        require(actor, ASSIGN, request)
    except PermissionRefused:
        require(actor, WORK, request)


def _colleague(user_id: int | None, request: ServiceRequest) -> User | None:
    if user_id is None:
        return None
    person = user_by(user_id)
    if agency_code_of(request) not in agency_codes_of(person):
        raise InvalidInput(
            _("%(person)s does not work for %(agency)s. Choose somebody of that agency.")
            % {"person": person, "agency": request.agency}
        )
    return person


@transaction.atomic
def request_add_note(*, number: str, actor: User, text: str) -> Note:
    """A word between officers; never shown to the citizen. Emits `service_request.noted`."""
    request = locked(actor, number)
    require(actor, NOTE, request)
    tidy = words(text, field=_("The note"), most=4000, least=1)
    note = Note.objects.create(request=request, author=actor, text=tidy, at=now())
    record("service_request.noted", request, actor, data={"note_id": note.pk})
    return note
