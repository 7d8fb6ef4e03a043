"""Steps through the states: one door for all of them. `steps` has a named function for each button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from baileo.city.service_requests.access import Actor, agency_code_of, request_for, require
from baileo.city.service_requests.models import ServiceRequest, StateChange
from baileo.city.service_requests.notices import tell
from baileo.city.service_requests.services.common import (
    agency_by,
    change_add,
    check_version,
    officer_acted,
    promises_renew,
    record,
    save_over,
    service_by,
    user_by,
    words,
)
from baileo.city.service_requests.workflow import (
    FOLDED_CLOSED,
    Edge,
    State,
    edge_of,
    edges_from,
    may_go,
)
from baileo.core.clock import now
from baileo.core.errors import InvalidInput, PermissionRefused, TransitionNotAllowed
from baileo.ground.people.models import Agency, User
from baileo.ground.people.selectors import agency_codes_of

CONTACT_MAY = frozenset({"resume", "close"})  # steps a citizen takes by answering
FIELDS = (  # everything a step may change
    "state",
    "service",
    "agency",
    "assignee",
    "duplicate_of",
    "resume_state",
    "verified_at",
    "assigned_at",
    "first_response_at",
    "resolved_at",
    "closed_at",
    "reopened_at",
    "unsolved_said_at",
    "overdue_told",
)


@dataclass(frozen=True, slots=True)
class Said:
    """What the actor gave along with the step, as typed."""

    reason: str
    refer_to: str
    original: str
    agency_code: str
    assignee_id: int | None


@dataclass(frozen=True, slots=True)
class Wish:
    """The same, checked and looked up."""

    reason: str = ""
    refer_to: str = ""
    agency: Agency | None = None
    assignee: User | None = None
    original: ServiceRequest | None = None


@transaction.atomic
def request_transition(
    *,
    number: str,
    to_state: str,
    seen_version: int,
    actor: Actor,
    reason: str = "",
    refer_to: str = "",
    original: str = "",
    agency_code: str = "",
    assignee_id: int | None = None,
    service_code: str = "",
) -> ServiceRequest:
    """Take one step of the workflow. Emits `service_request.state_changed` or `.assigned`; tells the reporter.

    Raises `NotFound`, `StaleVersion`, `TransitionNotAllowed`, `PermissionRefused`; `InvalidInput` for what is missing.
    """
    request = request_for(actor, number)
    check_version(request, seen_version)
    edge = _edge(request, to_state)
    _check_actor(actor, edge, request)
    said = Said(reason, refer_to, original, agency_code, assignee_id)
    wish = _checked(edge, request, actor, said)
    at = now()
    before = (at, request.state, agency_code_of(request))
    if service_code:
        request.service = service_by(service_code)
    _apply(request, edge, wish, at)
    _store(request, edge, wish, actor, before)
    return request


def _edge(request: ServiceRequest, to_state: str) -> Edge:
    edge = edge_of(request.state, to_state)
    if edge and may_go(edge, resume_state=request.resume_state, has_agency=bool(request.agency_id)):
        return edge
    ways = sorted({str(State(way.to_state).label) for way in edges_from(request.state)})
    raise TransitionNotAllowed(
        _("Request %(number)s is %(state)s and cannot become %(wanted)s. From here it can become: %(ways)s.")
        % {
            "number": request.number,
            "state": State(request.state).label,
            "wanted": State(to_state).label if to_state in State.values else to_state,
            "ways": ", ".join(ways) or "-",
        }
    )


def _check_actor(actor: Actor, edge: Edge, request: ServiceRequest) -> None:
    require(actor, edge.permission, request)
    if actor == "contact" and edge.step not in CONTACT_MAY:
        raise PermissionRefused(_("Only an officer can take this step for request %s.") % request.number)


def _checked(edge: Edge, request: ServiceRequest, actor: Actor, said: Said) -> Wish:
    agency = agency_by(said.agency_code) if edge.needs_agency else None
    return Wish(
        reason=words(said.reason, field=_("The reason"), most=1000, least=1 if edge.needs_reason else 0),
        refer_to=words(said.refer_to, field=_("Who can help instead"), most=300, least=1 if edge.needs_refer_to else 0),
        agency=agency,
        assignee=_member(said.assignee_id, agency) if agency and said.assignee_id else None,
        original=_root(said.original, request, actor) if edge.needs_original else None,
    )


def _member(user_id: int, agency: Agency) -> User:
    """Raises `InvalidInput` when the person does not work for the agency."""
    person = user_by(user_id)
    if agency.code not in agency_codes_of(person):
        raise InvalidInput(
            _("%(person)s does not work for %(agency)s. Choose somebody of that agency.")
            % {"person": person, "agency": agency}
        )
    return person


def _root(original: str, request: ServiceRequest, actor: Actor) -> ServiceRequest:
    """The request that stays. A duplicate of a duplicate is one of the first."""
    found = request_for(actor, original)
    root = found.duplicate_of or found
    if root.pk == request.pk:
        raise InvalidInput(_("Request %s cannot be the same as itself. Choose another original.") % request.number)
    return root


def _apply(request: ServiceRequest, edge: Edge, wish: Wish, at: datetime) -> None:
    """Change the request in hand; saves nothing."""
    from_state, request.state = request.state, edge.to_state
    request.resume_state = from_state if edge.to_state == State.NEEDS_INFORMATION else ""
    _apply_agency(request, edge, wish, at)
    if edge.to_state not in (State.NEW, State.NEEDS_INFORMATION) and edge.step != "resume":
        request.verified_at = request.verified_at or at
    if edge.to_state in FOLDED_CLOSED or edge.step == "ask":
        request.first_response_at = request.first_response_at or at
    request.duplicate_of = wish.original
    _apply_end(request, edge, at)


def _apply_agency(request: ServiceRequest, edge: Edge, wish: Wish, at: datetime) -> None:
    if edge.step == "return":
        request.agency = request.assignee = request.assigned_at = None
    elif wish.agency:
        if request.agency_id != wish.agency.pk:
            request.assigned_at = at
        request.assigned_at = request.assigned_at or at
        request.agency, request.assignee = wish.agency, wish.assignee


def _apply_end(request: ServiceRequest, edge: Edge, at: datetime) -> None:
    if edge.to_state == State.RESOLVED:
        request.resolved_at, request.unsolved_said_at = at, None
    elif edge.to_state in FOLDED_CLOSED:
        request.closed_at = at
    elif edge.to_state == State.REOPENED:
        request.reopened_at = at
        request.resolved_at = request.closed_at = request.unsolved_said_at = None
        request.overdue_told = [name for name in request.overdue_told if name != "resolve_by"]


def _store(request: ServiceRequest, edge: Edge, wish: Wish, actor: Actor, before: tuple[datetime, str, str]) -> None:
    at, from_state, agency_before = before
    change = change_add(
        request, from_state, actor, at, reason=wish.reason, refer_to=wish.refer_to, is_public=edge.is_public
    )
    fields = {*FIELDS, *promises_renew(request), *officer_acted(request, actor, at)}
    save_over(request, seen_version=request.version, fields=fields)
    is_news = edge.tells and (edge.step != "assign" or agency_code_of(request) != agency_before)
    if is_news:
        change.told = tell(request, edge.tells, change=change)
        change.save(update_fields=["told"])
    kind = "service_request.assigned" if edge.step == "assign" else "service_request.state_changed"
    data = {"from": str(from_state), "agency_code": agency_code_of(request), "step": edge.step}
    record(kind, request, actor, agencies=[agency_before], data=data)
    _follow_duplicates(request, change, wish)


def _follow_duplicates(request: ServiceRequest, change: StateChange, wish: Wish) -> None:
    """Reporters of the same thing hear the answer too; duplicates of a duplicate move to its original."""
    if wish.original:
        request.duplicates.update(duplicate_of=wish.original)
    if request.state == State.RESOLVED:
        for other in request.duplicates.select_related("agency", "conversation__contact"):
            other.agency = request.agency
            tell(other, "original_resolved", change=change, once=f"{request.number}-{request.version}")
