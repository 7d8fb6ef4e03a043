"""The city's promises on one request, as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.workflow import FOLDED_CLOSED, State
from baileo.core.clock import now

LABELS: dict[str, Any] = {"verify_by": _("Checked"), "respond_by": _("First answer"), "resolve_by": _("Solved")}
SOON = 0.8  # share of the time used from which a promise counts as near


@dataclass(frozen=True, slots=True)
class Promise:
    """One promised time. `kept` is None while it runs or has not started; `share_used` goes from 0 to 1."""

    name: str
    label: str
    by: datetime | None
    met_at: datetime | None
    kept: bool | None
    state: str  # kept, missed, running, soon, overdue, paused, not_started
    share_used: float


def promises_of(request: ServiceRequest, at: datetime | None = None) -> list[Promise]:
    """All three, in the order in which they are owed."""
    return [_promise(request, name, at or now()) for name in LABELS]


def promise_of(request: ServiceRequest, at: datetime | None = None) -> Promise | None:
    """The promise that ends next; None when none runs."""
    running = [promise for promise in promises_of(request, at) if promise.state in {"running", "soon", "overdue"}]
    return min(running, key=_by, default=None)


def _by(promise: Promise) -> float:
    return promise.by.timestamp() if promise.by else float("inf")


def _promise(request: ServiceRequest, name: str, at: datetime) -> Promise:
    by, met_at = getattr(request, name), _met_at(request, name)
    state = _state(request, by, met_at, at, _start(request, name))
    return Promise(
        name=name,
        label=str(LABELS[name]),
        by=by,
        met_at=met_at,
        kept={"kept": True, "missed": False, "overdue": False}.get(state),
        state=state,
        share_used=_share(_start(request, name), by, met_at or at),
    )


def _met_at(request: ServiceRequest, name: str) -> datetime | None:
    met = {
        "verify_by": request.verified_at,
        "respond_by": request.first_response_at,
        "resolve_by": request.resolved_at,
    }[name]
    if met is None and request.state in FOLDED_CLOSED:  # rejected, duplicate: nothing is owed any more
        return request.closed_at
    return met


def _start(request: ServiceRequest, name: str) -> datetime:
    start = request.assigned_at if name == "respond_by" else None
    return max(start or request.requested_at, request.reopened_at or request.requested_at)


def _state(request: ServiceRequest, by: datetime | None, met_at: datetime | None, at: datetime, start: datetime) -> str:
    if met_at is not None:
        return "kept" if by is None or met_at <= by else "missed"
    if by is None:
        return "not_started"
    if request.state == State.NEEDS_INFORMATION:
        return "paused"
    if by < at:
        return "overdue"
    return "soon" if _share(start, by, at) >= SOON else "running"


def _share(start: datetime, by: datetime | None, at: datetime) -> float:
    if by is None or by <= start:
        return 0.0 if by is None else 1.0
    return round(min(max((at - start) / (by - start), 0.0), 1.0), 3)
