"""The city's promises in time. Pure but for `rulebook_load`: facts and rules in, instants out.

1. The most specific rule wins: service and kind, service, kind, all; between equals the one valid latest.
2. The rule valid on the day its start event happened decides, also when it was replaced since.
3. A promise whose start event has not happened has no date yet.
4. A reopened request counts anew: its reopening stands for receipt, verification and assignment before it.
5. While we wait for the reporter (needs information) no promise runs. Afterwards each one still open is moved on: by
   as many working days as began during the wait, or, for hours and calendar days, by the length of the wait.
   A question asked and answered on one day moves no promise counted in working days.
6. A resolved request closes by itself some days after the answer or the reporter's last word, whichever is later.
7. `next_by` is the nearest promise not yet kept; none while waiting for the reporter or when the request is closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, cast

from django.conf import settings

from baileo.city.service_requests.models import DeadlineRule, Holiday, ServiceRequest, StateChange
from baileo.city.service_requests.workflow import FOLDED_CLOSED, State
from baileo.core.clock import local
from baileo.core.workdays import Unit, add_working_days, deadline, is_working_day

Target = DeadlineRule.Target
StartEvent = DeadlineRule.StartEvent
TARGETS: tuple[str, ...] = (Target.VERIFY, Target.RESPOND, Target.RESOLVE)  # what the citizen is promised
PROMISE_FIELDS = ("verify_by", "respond_by", "resolve_by", "close_by", "next_by")


class Span(NamedTuple):
    """A wait for the reporter: from the question to the answer."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What the promises depend on."""

    kind: str
    state: str
    requested_at: datetime
    service_id: int | None = None
    verified_at: datetime | None = None
    assigned_at: datetime | None = None
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    last_citizen_at: datetime | None = None
    reopened_at: datetime | None = None
    waits: Sequence[Span] = ()

    def started(self, event: str) -> datetime | None:
        happened = {
            StartEvent.REQUESTED: self.requested_at,
            StartEvent.VERIFIED: self.verified_at,
            StartEvent.ASSIGNED: self.assigned_at,
            StartEvent.RESOLVED: self._silent_since(),
        }[StartEvent(event)]
        if happened is None or self.reopened_at is None:
            return happened
        return max(happened, self.reopened_at)

    def _silent_since(self) -> datetime | None:
        if self.resolved_at is None or self.last_citizen_at is None:
            return self.resolved_at
        return max(self.resolved_at, self.last_citizen_at)

    def met(self, target: str) -> datetime | None:
        """When the promise was kept or fell away; None: still owed."""
        return {
            Target.VERIFY: self.verified_at,
            Target.RESPOND: self.first_response_at,
            Target.RESOLVE: self.resolved_at,
        }[Target(target)]


@dataclass(frozen=True, slots=True)
class Deadlines:
    verify_by: datetime | None
    respond_by: datetime | None
    resolve_by: datetime | None
    close_by: datetime | None
    next_by: datetime | None


@dataclass(frozen=True)
class RuleBook:
    """All rules and holidays at one moment, and the zone whose days count."""

    rules: Sequence[DeadlineRule]
    holidays: frozenset[date]
    zone_name: str

    def rule_for(self, target: str, facts: Facts) -> DeadlineRule | None:
        fitting = [rule for rule in self.rules if rule.target == target and self._fits(rule, facts)]
        return max(fitting, key=_rank, default=None)

    def _fits(self, rule: DeadlineRule, facts: Facts) -> bool:
        if rule.service_id not in (None, facts.service_id) or rule.kind not in ("", facts.kind):
            return False
        on = self.day(facts.started(rule.start_event) or facts.requested_at)
        return rule.valid_from <= on and (rule.valid_to is None or on <= rule.valid_to)

    def day(self, instant: datetime) -> date:
        return local(instant, self.zone_name).date()

    def promise(self, target: str, facts: Facts) -> datetime | None:
        """When the promise ends, or None: no rule, or its start event has not happened."""
        rule = self.rule_for(target, facts)
        start = facts.started(rule.start_event) if rule else None
        if rule is None or start is None:
            return None
        by = deadline(start, rule.amount, cast(Unit, rule.unit), self.holidays, self.zone_name)
        for wait in sorted(facts.waits):
            if start <= wait.end and wait.start < by:
                by = self._moved(by, Span(max(wait.start, start), wait.end), rule.unit)
        return by

    def _moved(self, by: datetime, wait: Span, unit: str) -> datetime:
        if unit != DeadlineRule.Unit.WORKING_DAYS:
            return by + (wait.end - wait.start)
        return add_working_days(by, self._days_begun(wait), self.holidays, self.zone_name)

    def _days_begun(self, wait: Span) -> int:
        first, last = self.day(wait.start), self.day(wait.end)
        days = (first + timedelta(days=ahead) for ahead in range(1, (last - first).days + 1))
        return sum(is_working_day(day, self.holidays) for day in days)


def _rank(rule: DeadlineRule) -> tuple[bool, bool, date, int]:
    return (rule.service_id is not None, rule.kind != "", rule.valid_from, rule.pk or 0)


def deadlines_of(facts: Facts, book: RuleBook) -> Deadlines:
    """The three promises and the nearest one that is still owed."""
    promises = {target: book.promise(target, facts) for target in TARGETS}
    return Deadlines(
        verify_by=promises[Target.VERIFY],
        respond_by=promises[Target.RESPOND],
        resolve_by=promises[Target.RESOLVE],
        close_by=book.promise(Target.CLOSE, facts) if facts.state == State.RESOLVED else None,
        next_by=_nearest(facts, promises),
    )


def _nearest(facts: Facts, promises: dict[str, datetime | None]) -> datetime | None:
    if facts.state in FOLDED_CLOSED or facts.state == State.NEEDS_INFORMATION:
        return None
    owed = [by for target, by in promises.items() if by is not None and facts.met(target) is None]
    return min(owed, default=None)


def rulebook_load() -> RuleBook:
    """Rules and holidays of this city; two queries."""
    holidays = frozenset(Holiday.objects.values_list("on", flat=True))
    return RuleBook(list(DeadlineRule.objects.all()), holidays, settings.BAILEO.time_zone)


def facts_of(request: ServiceRequest, waits: Iterable[Span] = ()) -> Facts:
    return Facts(
        kind=request.kind,
        state=request.state,
        requested_at=request.requested_at,
        service_id=request.service_id,
        verified_at=request.verified_at,
        assigned_at=request.assigned_at,
        first_response_at=request.first_response_at,
        resolved_at=request.resolved_at,
        last_citizen_at=request.last_citizen_at,
        reopened_at=request.reopened_at,
        waits=tuple(waits),
    )


def waits_of(request: ServiceRequest) -> list[Span]:
    """Finished waits for the reporter, from the trail; one query."""
    waits: list[Span] = []
    asked: datetime | None = None
    changes = StateChange.objects.filter(request_id=request.pk).order_by("at", "id")
    for from_state, to_state, at in changes.values_list("from_state", "to_state", "at"):
        if from_state == State.NEEDS_INFORMATION and asked is not None:
            waits.append(Span(asked, at))
        asked = at if to_state == State.NEEDS_INFORMATION else None
    return waits


def deadlines_apply(request: ServiceRequest, book: RuleBook, waits: Iterable[Span] = ()) -> None:
    """Put the promises on the request in hand; the caller saves it."""
    found = deadlines_of(facts_of(request, waits), book)
    for name in PROMISE_FIELDS:
        setattr(request, name, getattr(found, name))
