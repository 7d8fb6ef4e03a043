"""What time alone does: promises pass, resolved requests close by themselves. Safe to run twice, by many."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from baileo.city.service_requests.access import agency_code_of
from baileo.city.service_requests.deadlines import TARGETS, facts_of
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.services.common import entry_data
from baileo.city.service_requests.services.steps import request_close
from baileo.city.service_requests.workflow import LIVE_STATES, State
from baileo.core.clock import now
from baileo.core.errors import StaleVersion, TransitionNotAllowed
from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.services import append_many, entry_of

ACTOR = "system:clock"
Missed = tuple[datetime, ServiceRequest, str]
MET_AT = {"verify_by": "verified_at", "respond_by": "first_response_at", "resolve_by": "resolved_at"}


@transaction.atomic
def overdue_sweep(*, limit: int = 500) -> int:
    """One `service_request.became_overdue` per promise that passed unkept, in the order of the promised times.

    Returns how many; call again while it returns `limit` or more. Waiting requests do not become overdue.
    """
    at = now()
    late = _with_missed(at, limit)
    missed: list[Missed] = [(by, request, target) for request in late for by, target in _missed(request, at)]
    missed.sort(key=_in_order)
    for _by, request, target in missed:
        request.overdue_told = [*request.overdue_told, target]
    requests = list({request.pk: request for _by, request, _target in missed}.values())
    ServiceRequest.objects.bulk_update(requests, ["overdue_told"])
    append_many([_entry(request, target, by) for by, request, target in missed])
    return len(missed)


def _in_order(missed: Missed) -> tuple[datetime, int, str]:
    by, request, target = missed
    return by, request.pk, target


def _with_missed(at: datetime, limit: int) -> QuerySet[ServiceRequest]:
    unsaid = Q()
    for target in TARGETS:
        unsaid |= Q(**{f"{target}__lt": at, f"{MET_AT[target]}__isnull": True}) & ~Q(overdue_told__contains=[target])
    return (
        ServiceRequest.objects.select_related("agency")
        .filter(unsaid, next_by__lt=at, state__in=LIVE_STATES - {State.NEEDS_INFORMATION})
        .order_by("next_by", "id")
        .select_for_update(skip_locked=True, of=("self",))[:limit]
    )


def _missed(request: ServiceRequest, at: datetime) -> list[tuple[datetime, str]]:
    facts = facts_of(request)
    promises = ((getattr(request, target), target) for target in TARGETS if target not in request.overdue_told)
    return [(by, target) for by, target in promises if by is not None and by < at and facts.met(target) is None]


def _entry(request: ServiceRequest, target: str, by: datetime) -> Entry:
    return entry_of(
        kind="service_request.became_overdue",
        subject=request.number,
        actor=ACTOR,
        data=entry_data(request) | {"promise": target, "by": by.isoformat(timespec="seconds")},
        agencies=[agency_code_of(request)],
    )


def closing_sweep(*, limit: int = 200) -> int:
    """Close resolved requests to which nobody answered, each in its own transaction. Returns how many."""
    due = ServiceRequest.objects.filter(
        state=State.RESOLVED, close_by__lt=now(), unsolved_said_at__isnull=True
    ).order_by("close_by", "id")
    return sum(_close(number, version) for number, version in due.values_list("number", "version")[:limit])


def _close(number: str, version: int) -> bool:
    with translation.override("id"):  # the trail keeps this sentence; the citizen reads it on the tracking page
        reason = _("Nobody answered within the agreed time.")
    try:
        request_close(number=number, seen_version=version, actor=ACTOR, reason=reason)
    except (StaleVersion, TransitionNotAllowed):  # somebody acted in the same moment; their word counts
        return False
    return True
