"""What the person who asked may see at /lacak/: the way of the request, no name, no number, nobody's words but ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext as _

from baileo.city.messages.models import Message
from baileo.city.service_requests.lookup import request_by_code
from baileo.city.service_requests.models import Proof, ServiceRequest, StateChange
from baileo.city.service_requests.selectors.promises import Promise, promises_of
from baileo.city.service_requests.workflow import State, folded
from baileo.core.redact import redact_text


@dataclass(frozen=True, slots=True)
class TrackedStep:
    """One public step. `by` is "anda" (the person), "kota" (the desk) or an agency's name."""

    at: datetime
    by: str
    label: str
    reason: str = ""
    refer_to: str = ""


@dataclass(frozen=True, slots=True)
class TrackedAnswer:
    """What an officer wrote to the person; phone numbers and the like covered."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class TrackedPhoto:
    """A picture of the work, cleared for the person."""

    sha256: str
    media_type: str
    stage: str
    caption: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TrackedRequest:
    """One request as its reporter may see it. `steps` and `answers`: newest first."""

    number: str
    kind: str
    service_name: str
    state: str
    folded: Literal["open", "closed"]
    agency_name: str
    area_name: str
    requested_at: datetime
    is_confidential: bool
    is_anonymous: bool
    promises: list[Promise]
    steps: list[TrackedStep]
    answers: list[TrackedAnswer]
    photos: list[TrackedPhoto]
    may_answer: bool  # resolved: yes or not yet?
    closes_at: datetime | None


def tracking(number: str, code: str) -> TrackedRequest | None:
    """None for an unknown number, a wrong code and nonsense alike, after the same work and in the same time."""
    request = request_by_code(number, code)
    return _tracked(request) if request else None


def _tracked(request: ServiceRequest) -> TrackedRequest:
    return TrackedRequest(
        number=request.number,
        kind=request.kind,
        service_name=str(request.service or ""),
        state=request.state,
        folded=folded(request.state),
        agency_name=request.agency.name if request.agency else "",
        area_name=request.area_name,
        requested_at=request.requested_at,
        is_confidential=request.is_confidential,
        is_anonymous=request.is_anonymous,
        promises=promises_of(request),
        steps=_steps(request),
        answers=_answers(request),
        photos=_photos(request),
        may_answer=request.state == State.RESOLVED and request.unsolved_said_at is None,
        closes_at=request.close_by if request.state == State.RESOLVED else None,
    )


def _steps(request: ServiceRequest) -> list[TrackedStep]:
    changes = request.changes.filter(is_public=True).select_related("agency")
    return [_step(change) for change in reversed(changes)]


def _step(change: StateChange) -> TrackedStep:
    label = str(State(change.to_state).label) if change.from_state else _("Report received")
    return TrackedStep(
        at=change.at,
        by=_by(change),
        label=label,
        reason=redact_text(change.reason),
        refer_to=change.refer_to,
    )


def _by(change: StateChange) -> str:
    """Agencies act under their name, everybody else of the city is the city; no officer is named."""
    if change.actor == "contact" or not change.from_state:
        return "anda"
    works = change.agency and change.to_state not in (State.ASSIGNED, State.VERIFIED, State.REOPENED)
    return change.agency.name if works and change.agency else "kota"


def _answers(request: ServiceRequest) -> list[TrackedAnswer]:
    said = Message.objects.filter(request_link__request=request, direction=Message.Direction.OUT, author__isnull=False)
    replies = [_answer(message.happened_at, message.text, request) for message in said]
    solved = request.changes.filter(to_state=State.RESOLVED).exclude(reason="")
    return sorted(
        [*replies, *(_answer(change.at, change.reason, request) for change in solved)],
        key=lambda answer: answer.at,
        reverse=True,
    )


def _answer(at: datetime, text: str, request: ServiceRequest) -> TrackedAnswer:
    return TrackedAnswer(at, request.agency.name if request.agency else "kota", redact_text(text))


def _photos(request: ServiceRequest) -> list[TrackedPhoto]:
    proofs: Iterable[Proof] = request.proofs.filter(is_for_citizen=True, media_type__startswith="image/")
    return [TrackedPhoto(proof.sha256, proof.media_type, proof.stage, proof.caption, proof.at) for proof in proofs]
