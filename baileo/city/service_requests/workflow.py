"""The table of states: who may take which step from where, what it needs, and what the citizen hears. Pure.

Open311 knows two states; `folded` says which of them the outside sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from baileo.city.service_requests.models import ServiceRequest

State = ServiceRequest.State

VERIFY = "service_requests.verify"
ASSIGN = "service_requests.assign"
WORK = "service_requests.work"
CLOSE = "service_requests.close"
REJECT = "service_requests.reject"
MERGE = "service_requests.merge"
REOPEN = "service_requests.reopen"


@dataclass(frozen=True, slots=True)
class Edge:
    """One step from one state to another.

    `permission` is asked for the request's agency: somebody who holds it for one agency only may take the step only
    there. `reason_label` is the question put to the officer; `tells` names the text in `notices` the citizen gets.
    """

    step: str  # the word of the button; the same step may leave several states
    from_state: str
    to_state: str
    permission: str
    label: Any
    needs_reason: bool = False
    reason_label: Any = ""
    needs_refer_to: bool = False
    needs_agency: bool = False
    needs_original: bool = False
    tells: str = ""
    is_public: bool = True  # the citizen may see this step and its reason on the tracking page


def _step(
    step: str, sources: Iterable[str], to_state: str, permission: str, label: Any, **options: Any
) -> tuple[Edge, ...]:
    return tuple(Edge(step, source, to_state, permission, label, **options) for source in sources)


WITH_AGENCY = (State.ASSIGNED, State.ACCEPTED, State.IN_PROGRESS)  # somebody's work
ON_THE_TABLE = (State.NEW, State.VERIFIED, State.REOPENED)  # the city desk's own
ASK: dict[str, Any] = {
    "label": pgettext_lazy("button on a request", "Ask the reporter"),
    "needs_reason": True,
    "reason_label": _("What should the reporter tell us?"),
    "tells": "needs_information",
}

TRANSITIONS: tuple[Edge, ...] = (
    *_step(
        "verify",
        (State.NEW, State.REOPENED),
        State.VERIFIED,
        VERIFY,
        pgettext_lazy("button on a request", "Verify"),
        tells="verified",
    ),
    *_step(
        "assign",
        (*ON_THE_TABLE, *WITH_AGENCY),
        State.ASSIGNED,
        ASSIGN,
        pgettext_lazy("button on a request", "Assign"),
        needs_agency=True,
        tells="assigned",
    ),
    *_step("accept", (State.ASSIGNED,), State.ACCEPTED, WORK, pgettext_lazy("button on a request", "Accept")),
    *_step(
        "return",
        (State.ASSIGNED, State.ACCEPTED),
        State.VERIFIED,
        WORK,
        pgettext_lazy("button on a request", "Not ours, give back"),
        needs_reason=True,
        reason_label=_("Why is it not yours, and whose is it?"),
        is_public=False,
    ),
    *_step(
        "start",
        (State.ACCEPTED, State.REOPENED),
        State.IN_PROGRESS,
        WORK,
        pgettext_lazy("button on a request", "Start work"),
        tells="in_progress",
    ),
    *_step("ask", ON_THE_TABLE, State.NEEDS_INFORMATION, VERIFY, **ASK),
    *_step("ask", WITH_AGENCY, State.NEEDS_INFORMATION, WORK, **ASK),
    # back to exactly where the question was asked; `may_go` checks which
    *(
        Edge(
            "resume",
            State.NEEDS_INFORMATION,
            state,
            permission,
            pgettext_lazy("button on a request", "Go on without the answer"),
        )
        for states, permission in ((ON_THE_TABLE, VERIFY), (WITH_AGENCY, WORK))
        for state in states
    ),
    *_step(
        "resolve",
        (State.VERIFIED, State.REOPENED, State.ACCEPTED, State.IN_PROGRESS),
        State.RESOLVED,
        WORK,
        pgettext_lazy("button on a request", "Resolve with an answer"),
        needs_reason=True,
        reason_label=_("What was done? The reporter reads this."),
        tells="resolved",
    ),
    *_step(
        "close", (State.RESOLVED,), State.CLOSED, CLOSE, pgettext_lazy("button on a request", "Close"), tells="closed"
    ),
    *_step(
        "reject",
        (*ON_THE_TABLE, State.NEEDS_INFORMATION, State.ASSIGNED),
        State.REJECTED,
        REJECT,
        pgettext_lazy("button on a request", "Reject"),
        needs_reason=True,
        reason_label=_("Why can the city not do this? The reporter reads this."),
        needs_refer_to=True,
        tells="rejected",
    ),
    *_step(
        "mark_duplicate",
        (*ON_THE_TABLE, State.NEEDS_INFORMATION, *WITH_AGENCY),
        State.DUPLICATE,
        MERGE,
        pgettext_lazy("button on a request", "Same as another request"),
        needs_original=True,
        tells="duplicate_of",
    ),
    *_step(
        "reopen",
        (State.RESOLVED, State.CLOSED, State.REJECTED, State.DUPLICATE),
        State.REOPENED,
        REOPEN,
        pgettext_lazy("button on a request", "Reopen"),
        needs_reason=True,
        reason_label=_("Why is it opened again? The reporter reads this."),
        tells="reopened",
    ),
)
FOLDED_CLOSED = frozenset({State.RESOLVED, State.CLOSED, State.REJECTED, State.DUPLICATE})
LIVE_STATES = frozenset(set(State) - FOLDED_CLOSED)


def folded(state: str) -> Literal["open", "closed"]:
    """Open311's word for a state.

    >>> folded("in_progress"), folded("duplicate_of")
    ('open', 'closed')
    """
    return "closed" if state in FOLDED_CLOSED else "open"


@cache
def edges_from(state: str) -> tuple[Edge, ...]:
    return tuple(edge for edge in TRANSITIONS if edge.from_state == state)


@cache
def edge_of(from_state: str, to_state: str) -> Edge | None:
    """The step between two states; the table has at most one."""
    return next((edge for edge in edges_from(from_state) if edge.to_state == to_state), None)


def may_go(edge: Edge, *, resume_state: str, has_agency: bool) -> bool:
    """Whether the request's own past allows the step: a pause ends where it began, work belongs to somebody."""
    if edge.step == "resume":
        return edge.to_state == resume_state
    return has_agency or edge.needs_agency or edge.to_state not in WITH_AGENCY


def allowed_steps(
    may: Callable[[str], bool], state: str, *, resume_state: str = "", has_agency: bool = True
) -> tuple[Edge, ...]:
    """The steps somebody can take now. `may(permission)` answers for this request and its agency."""
    return tuple(
        edge
        for edge in edges_from(state)
        if may_go(edge, resume_state=resume_state, has_agency=has_agency) and may(edge.permission)
    )


def sources_of(to_state: str) -> list[str]:
    """States from which `to_state` can be reached; for sentences that say what to do instead."""
    return sorted({edge.from_state for edge in TRANSITIONS if edge.to_state == to_state})
