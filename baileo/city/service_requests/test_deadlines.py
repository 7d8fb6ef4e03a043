"""Golden dates: what the city promises, with holidays, waits, changed rules and reopened requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.service_requests.deadlines import Facts, RuleBook, Span, deadlines_of, rulebook_load, waits_of
from baileo.city.service_requests.models import DeadlineRule, Holiday, ServiceRequest
from baileo.city.service_requests.services import catalogue_load
from baileo.city.service_requests.services.starting import holidays_of
from baileo.city.service_requests.testing import a_request, step
from baileo.city.service_requests.workflow import State
from baileo.core.clock import clock

WIT = ZoneInfo("Asia/Jayapura")
LEBARAN_2026 = {  # national holidays and joint leave of March 2026
    date(2026, 3, 18),
    date(2026, 3, 19),
    date(2026, 3, 20),
    date(2026, 3, 21),
    date(2026, 3, 22),
    date(2026, 3, 23),
    date(2026, 3, 24),
}


def wit(text: str) -> datetime:
    """ "2026-11-18 16:43" on Ambon's clocks."""
    return datetime.fromisoformat(text).replace(tzinfo=WIT)


def shown(instant: datetime | None) -> str:
    return instant.astimezone(WIT).strftime("%a %Y-%m-%d %H:%M") if instant else "-"


def a_rule(target: str = "verify_by", **over: Any) -> DeadlineRule:
    values: dict[str, Any] = {
        "start_event": "requested",
        "amount": 3,
        "unit": "working_days",
        "valid_from": date(2020, 1, 1),
    }
    return DeadlineRule(target=target, **{**values, **over})


def a_book(*rules: DeadlineRule, holidays: set[date] = frozenset()) -> RuleBook:  # type: ignore[assignment]
    return RuleBook(rules, frozenset(holidays), "Asia/Jayapura")


def facts(requested: str, **over: Any) -> Facts:
    return Facts(kind="complaint", state=State.NEW, requested_at=wit(requested), **over)


@pytest.mark.parametrize(
    ("requested", "verify_by"),
    [
        ("2026-11-18 16:43", "Mon 2026-11-23 16:43"),  # Wednesday; the weekend does not count
        ("2026-11-23 08:00", "Thu 2026-11-26 08:00"),
        ("2026-11-21 10:00", "Thu 2026-11-26 00:00"),  # Saturday counts as Monday 00.00
        ("2026-12-23 09:00", "Tue 2026-12-29 09:00"),  # Christmas on Friday
        ("2026-03-17 09:00", "Fri 2026-03-27 09:00"),  # Nyepi and Lebaran with joint leave: nothing from 18 to 24
        ("2026-03-20 09:00", "Mon 2026-03-30 00:00"),  # in the middle of Lebaran: all of Wed 25, Thu 26 and Fri 27
    ],
)
def test_three_working_days_are_counted_as_offices_count_them(requested: str, verify_by: str) -> None:
    book = a_book(a_rule(), holidays=LEBARAN_2026 | {date(2026, 12, 25)})
    assert shown(deadlines_of(facts(requested), book).verify_by) == verify_by


@pytest.mark.parametrize(
    ("amount", "unit", "by"),
    [
        (3, "hours", "Fri 2026-11-20 19:43"),
        (14, "calendar_days", "Fri 2026-12-04 16:43"),
        (14, "working_days", "Thu 2026-12-10 16:43"),
    ],
)
def test_hours_run_at_night_and_calendar_days_on_sundays(amount: int, unit: str, by: str) -> None:
    book = a_book(a_rule("resolve_by", amount=amount, unit=unit))
    assert shown(deadlines_of(facts("2026-11-20 16:43"), book).resolve_by) == by


def test_the_most_specific_rule_wins() -> None:
    rules = [
        a_rule(amount=9),
        a_rule(amount=8, kind="complaint"),
        a_rule(amount=7, service_id=5),
        a_rule(amount=6, service_id=5, kind="complaint"),
        a_rule(amount=1, service_id=6),
        a_rule(amount=1, kind="emergency"),
    ]
    first = a_book(*rules).rule_for("verify_by", facts("2026-11-20 10:00", service_id=5))
    assert first is not None
    assert first.amount == 6
    without_service = a_book(*rules).rule_for("verify_by", facts("2026-11-20 10:00"))
    assert without_service is not None
    assert without_service.amount == 8


def test_between_equal_rules_the_one_valid_latest_wins_on_the_day_of_the_start() -> None:
    old = a_rule(amount=3, valid_from=date(2020, 1, 1), valid_to=date(2026, 11, 20))
    new = a_rule(amount=1, valid_from=date(2026, 11, 21))
    book = a_book(old, new)
    assert shown(deadlines_of(facts("2026-11-20 23:59"), book).verify_by) == "Wed 2026-11-25 23:59"
    assert shown(deadlines_of(facts("2026-11-23 00:01"), book).verify_by) == "Tue 2026-11-24 00:01"


def test_the_day_of_the_start_is_the_citys_day() -> None:
    """20.00 UTC on the 20th is the 21st in Ambon."""
    new = a_rule(amount=1, valid_from=date(2026, 11, 21))
    spoken = Facts(kind="complaint", state="new", requested_at=datetime(2026, 11, 20, 20, tzinfo=UTC))
    assert a_book(new).rule_for("verify_by", spoken) is new


def test_without_a_rule_there_is_no_promise() -> None:
    found = deadlines_of(facts("2026-11-20 10:00"), a_book())
    assert (found.verify_by, found.respond_by, found.resolve_by, found.next_by) == (None, None, None, None)


def test_an_answer_is_owed_only_once_somebody_has_the_request() -> None:
    book = a_book(a_rule("respond_by", start_event="assigned", amount=5))
    assert deadlines_of(facts("2026-11-18 10:00"), book).respond_by is None
    assigned = facts("2026-11-18 10:00", assigned_at=wit("2026-11-20 09:00"))
    assert shown(deadlines_of(assigned, book).respond_by) == "Fri 2026-11-27 09:00"


def test_the_next_promise_is_the_nearest_one_still_owed() -> None:
    book = a_book(a_rule(amount=3), a_rule("resolve_by", amount=14))
    owed = facts("2026-11-18 16:43")
    assert shown(deadlines_of(owed, book).next_by) == "Mon 2026-11-23 16:43"
    checked = replace(owed, verified_at=wit("2026-11-18 17:00"))
    assert shown(deadlines_of(checked, book).next_by) == "Tue 2026-12-08 16:43"


@pytest.mark.parametrize("state", ["needs_information", "resolved", "closed", "rejected", "duplicate_of"])
def test_no_promise_runs_while_we_wait_or_when_it_is_over(state: str) -> None:
    found = deadlines_of(replace(facts("2026-11-18 16:43"), state=state), a_book(a_rule()))
    assert found.next_by is None
    assert found.verify_by is not None  # what was promised stays known


@pytest.mark.parametrize(
    ("asked", "answered", "by"),
    [
        ("2026-11-19 10:00", "2026-11-19 15:00", "Mon 2026-11-23 16:43"),  # the same day: nothing moves
        ("2026-11-19 10:00", "2026-11-20 08:00", "Tue 2026-11-24 16:43"),  # one working day began meanwhile
        ("2026-11-20 10:00", "2026-11-22 08:00", "Mon 2026-11-23 16:43"),  # only a weekend began
        ("2026-11-24 10:00", "2026-11-30 08:00", "Mon 2026-11-23 16:43"),  # too late: it was over before we asked
    ],
)
def test_a_wait_gives_back_the_working_days_that_began_in_it(asked: str, answered: str, by: str) -> None:
    waiting = facts("2026-11-18 16:43", waits=(Span(wit(asked), wit(answered)),))
    assert shown(deadlines_of(waiting, a_book(a_rule())).verify_by) == by


def test_hours_wait_as_long_as_the_reporter_took() -> None:
    waiting = facts("2026-11-20 10:00", waits=(Span(wit("2026-11-20 11:00"), wit("2026-11-20 13:30")),))
    assert shown(deadlines_of(waiting, a_book(a_rule(amount=3, unit="hours"))).verify_by) == "Fri 2026-11-20 15:30"


def test_a_reopened_request_counts_anew() -> None:
    book = a_book(a_rule("resolve_by", amount=14))
    again = facts("2026-10-01 10:00", reopened_at=wit("2026-11-18 16:43"))
    assert shown(deadlines_of(again, book).resolve_by) == "Tue 2026-12-08 16:43"


def test_a_resolved_request_closes_itself_after_the_last_word_of_either_side() -> None:
    book = a_book(a_rule("close_by", start_event="resolved", amount=10))
    done = replace(facts("2026-11-01 10:00"), state=State.RESOLVED, resolved_at=wit("2026-11-18 10:00"))
    assert shown(deadlines_of(done, book).close_by) == "Wed 2026-12-02 10:00"
    thanked = replace(done, last_citizen_at=wit("2026-11-20 10:00"))
    assert shown(deadlines_of(thanked, book).close_by) == "Fri 2026-12-04 10:00"
    assert deadlines_of(replace(done, state=State.CLOSED), book).close_by is None


def test_lebaran_2026_has_its_joint_leave() -> None:
    march = {day for day in holidays_of(2026) if day.month == 3}
    assert march == LEBARAN_2026


@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 1), timezones=st.just(WIT)),
    amount=st.integers(1, 60),
    wait_h=st.integers(0, 400),
)
def test_a_wait_never_makes_a_promise_earlier(start: datetime, amount: int, wait_h: int) -> None:
    book = a_book(a_rule(amount=amount), holidays=LEBARAN_2026)
    plain = Facts(kind="complaint", state="new", requested_at=start)
    asked = start + timedelta(hours=1)
    waited = replace(plain, waits=(Span(asked, asked + timedelta(hours=wait_h)),))
    without, with_wait = deadlines_of(plain, book).verify_by, deadlines_of(waited, book).verify_by
    assert without is not None
    assert with_wait is not None
    assert start < without <= with_wait


@pytest.mark.django_db
def test_the_starter_rules_carry_the_published_figures_with_their_source() -> None:
    catalogue_load()
    found = {(rule.target, rule.kind, rule.start_event, rule.amount, rule.unit) for rule in DeadlineRule.objects.all()}
    assert ("verify_by", "", "requested", 3, "working_days") in found
    assert ("respond_by", "", "assigned", 5, "working_days") in found
    assert ("resolve_by", "information", "requested", 5, "working_days") in found
    assert ("resolve_by", "complaint", "requested", 14, "working_days") in found
    assert ("verify_by", "emergency", "requested", 3, "hours") in found
    assert ("close_by", "", "resolved", 10, "working_days") in found
    assert all(rule.source and rule.valid_from for rule in DeadlineRule.objects.all())
    assert rulebook_load().holidays >= LEBARAN_2026


@pytest.mark.django_db
def test_a_request_of_wednesday_afternoon_is_promised_as_on_the_tracking_page() -> None:
    """The example of the citizen's page: received Wed 18 Nov 16.43, verified by Mon, solved by Tue 8 Dec."""
    catalogue_load()
    request = a_request(requested_at=wit("2026-11-18 16:43"))
    assert (shown(request.verify_by), shown(request.resolve_by)) == ("Mon 2026-11-23 16:43", "Tue 2026-12-08 16:43")
    assert request.respond_by is None
    assert request.next_by == request.verify_by


@pytest.mark.django_db
def test_promises_move_on_when_the_reporter_answers() -> None:
    catalogue_load()
    with clock.stopped_at(wit("2026-11-18 17:00")):
        request = step(a_request(requested_at=wit("2026-11-18 16:43")), State.NEEDS_INFORMATION)
    assert request.next_by is None
    with clock.stopped_at(wit("2026-11-20 09:00")):
        request = step(request, State.NEW)
    assert waits_of(request) == [Span(wit("2026-11-18 17:00"), wit("2026-11-20 09:00"))]
    assert shown(request.verify_by) == "Wed 2026-11-25 16:43"  # Thursday and Friday began while we waited
    assert request.next_by == request.verify_by


@pytest.mark.django_db
def test_a_deleted_holiday_is_a_working_day_again() -> None:
    catalogue_load()
    Holiday.objects.filter(on=date(2026, 12, 25)).delete()
    Holiday.objects.filter(on=date(2026, 12, 24)).delete()
    request = a_request(requested_at=wit("2026-12-23 09:00"))
    assert shown(request.verify_by) == "Mon 2026-12-28 09:00"


@pytest.mark.django_db
def test_changing_kind_or_service_changes_the_promise() -> None:
    catalogue_load()
    request = a_request(requested_at=wit("2026-11-18 16:43"), kind=ServiceRequest.Kind.INFORMATION)
    assert shown(request.resolve_by) == "Wed 2026-11-25 16:43"
