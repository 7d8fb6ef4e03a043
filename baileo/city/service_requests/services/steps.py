"""One function per button of the workflow; the rules stand in `workflow` and `moving`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from baileo.city.service_requests.access import Actor, request_for
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.services.moving import request_transition
from baileo.city.service_requests.workflow import State
from baileo.core.errors import BaileoError, TransitionNotAllowed


def request_verify(
    *, number: str, seen_version: int, actor: Actor, service_code: str = "", reason: str = ""
) -> ServiceRequest:
    """The desk has read it and it is a matter for the city."""
    return request_transition(
        number=number,
        to_state=State.VERIFIED,
        seen_version=seen_version,
        actor=actor,
        service_code=service_code,
        reason=reason,
    )


def request_assign(
    *,
    number: str,
    agency_code: str,
    seen_version: int,
    actor: Actor,
    assignee_id: int | None = None,
    reason: str = "",
) -> ServiceRequest:
    """Hand it to an agency, optionally to one of its people. Again is normal; from new it also verifies."""
    return request_transition(
        number=number,
        to_state=State.ASSIGNED,
        seen_version=seen_version,
        actor=actor,
        agency_code=agency_code,
        assignee_id=assignee_id,
        reason=reason,
    )


def request_accept(*, number: str, seen_version: int, actor: Actor) -> ServiceRequest:
    """The agency takes it as its own."""
    return request_transition(number=number, to_state=State.ACCEPTED, seen_version=seen_version, actor=actor)


def request_start(*, number: str, seen_version: int, actor: Actor) -> ServiceRequest:
    """Work has begun."""
    return request_transition(number=number, to_state=State.IN_PROGRESS, seen_version=seen_version, actor=actor)


@transaction.atomic
def request_return(*, number: str, seen_version: int, actor: Actor, reason: str) -> ServiceRequest:
    """The agency gives it back: not ours. The reason stays inside."""
    request = request_for(actor, number)
    if request.state not in (State.ASSIGNED, State.ACCEPTED):
        raise TransitionNotAllowed(
            _("Request %(number)s is %(state)s; only what was assigned or accepted can be given back.")
            % {"number": number, "state": State(request.state).label}
        )
    return request_transition(
        number=number, to_state=State.VERIFIED, seen_version=seen_version, actor=actor, reason=reason
    )


def request_ask_information(*, number: str, seen_version: int, actor: Actor, reason: str) -> ServiceRequest:
    """Ask the reporter; `reason` is the question. Promises stand still until the answer."""
    return request_transition(
        number=number, to_state=State.NEEDS_INFORMATION, seen_version=seen_version, actor=actor, reason=reason
    )


@transaction.atomic
def request_resume(*, number: str, seen_version: int, actor: Actor) -> ServiceRequest:
    """Go on where the question was asked, with or without an answer."""
    request = request_for(actor, number)
    if request.state != State.NEEDS_INFORMATION:
        raise TransitionNotAllowed(_("Request %s does not wait for the reporter.") % number)
    return request_transition(number=number, to_state=request.resume_state, seen_version=seen_version, actor=actor)


def request_resolve(*, number: str, seen_version: int, actor: Actor, answer: str) -> ServiceRequest:
    """Done; `answer` goes to the reporter."""
    return request_transition(
        number=number, to_state=State.RESOLVED, seen_version=seen_version, actor=actor, reason=answer
    )


def request_close(*, number: str, seen_version: int, actor: Actor, reason: str = "") -> ServiceRequest:
    return request_transition(
        number=number, to_state=State.CLOSED, seen_version=seen_version, actor=actor, reason=reason
    )


def request_reject(*, number: str, seen_version: int, actor: Actor, reason: str, refer_to: str) -> ServiceRequest:
    """Not a matter for the city: says why and who can help."""
    return request_transition(
        number=number,
        to_state=State.REJECTED,
        seen_version=seen_version,
        actor=actor,
        reason=reason,
        refer_to=refer_to,
    )


def request_mark_duplicate(
    *, number: str, original: str, seen_version: int, actor: Actor, reason: str = ""
) -> ServiceRequest:
    """The same thing as `original`, which stays; this reporter hears its answer too."""
    return request_transition(
        number=number,
        to_state=State.DUPLICATE,
        seen_version=seen_version,
        actor=actor,
        original=original,
        reason=reason,
    )


def request_reopen(*, number: str, seen_version: int, actor: Actor, reason: str) -> ServiceRequest:
    return request_transition(
        number=number, to_state=State.REOPENED, seen_version=seen_version, actor=actor, reason=reason
    )


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one request of a bulk action; `sentence` says why not."""

    number: str
    ok: bool
    sentence: str = ""


def requests_assign_bulk(
    *, items: Sequence[tuple[str, int]], agency_code: str, actor: Actor, assignee_id: int | None = None
) -> list[BulkResult]:
    """Assign each (number, seen version) on its own: one that was changed meanwhile does not stop the others."""
    return [_assign_one(number, version, agency_code, actor, assignee_id) for number, version in items]


def _assign_one(number: str, version: int, agency_code: str, actor: Actor, assignee_id: int | None) -> BulkResult:
    try:
        request_assign(
            number=number, agency_code=agency_code, seen_version=version, actor=actor, assignee_id=assignee_id
        )
    except BaileoError as error:
        return BulkResult(number, False, str(error))
    return BulkResult(number, True)
