"""What time alone does: told once, in order, and never against somebody's word."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from baileo.city.service_requests import selectors, services
from baileo.city.service_requests.models import (
    DeadlineRule,
    Holiday,
    SavedFilter,
    Service,
    ServiceGroup,
    ServiceRequest,
)
from baileo.city.service_requests.testing import SPOKEN_AT, a_request, a_rule, a_service, step
from baileo.city.service_requests.workflow import State
from baileo.core.clock import clock
from baileo.core.errors import InvalidInput, NotFound
from baileo.ground.ledger.models import Entry
from baileo.ground.people.testing import an_agency, cast

pytestmark = pytest.mark.django_db
NEXT_MONTH = SPOKEN_AT + timedelta(days=40)


def missed() -> list[tuple[str, str]]:
    found = Entry.objects.filter(kind="service_request.became_overdue").order_by("id")
    return [(entry.subject, str(entry.data["promise"])) for entry in found]


def test_each_missed_promise_is_told_once_and_in_the_order_of_the_promises() -> None:
    a_rule("verify_by", amount=3)
    a_rule("resolve_by", amount=14)
    late = a_request(requested_at=SPOKEN_AT + timedelta(days=1))
    early = a_request(requested_at=SPOKEN_AT - timedelta(days=3))
    with clock.stopped_at(NEXT_MONTH):
        assert services.overdue_sweep() == 4
        assert services.overdue_sweep() == 0
    assert missed() == [
        (early.number, "verify_by"),
        (late.number, "verify_by"),
        (early.number, "resolve_by"),
        (late.number, "resolve_by"),
    ]
    assert ServiceRequest.objects.get(pk=late.pk).overdue_told == ["verify_by", "resolve_by"]


def test_nothing_is_told_before_its_time_and_nothing_that_was_kept() -> None:
    a_rule("verify_by", amount=3)
    a_rule("resolve_by", amount=14)
    with clock.stopped_at(SPOKEN_AT + timedelta(hours=1)):
        request = a_request(State.VERIFIED)
    with clock.stopped_at(SPOKEN_AT + timedelta(days=10)):
        assert services.overdue_sweep() == 0
    with clock.stopped_at(NEXT_MONTH):
        services.overdue_sweep()
    assert missed() == [(request.number, "resolve_by")]


@pytest.mark.parametrize("state", [State.NEEDS_INFORMATION, State.RESOLVED, State.REJECTED, State.DUPLICATE])
def test_what_waits_for_the_reporter_or_has_ended_does_not_become_overdue(state: str) -> None:
    a_rule("resolve_by", amount=1)
    with clock.stopped_at(SPOKEN_AT + timedelta(hours=1)):
        request = a_request(state)
    with clock.stopped_at(NEXT_MONTH):
        services.overdue_sweep()
    assert request.number not in dict(missed())


def test_the_sweep_does_not_push_officers_off_and_the_agency_hears() -> None:
    a_rule("resolve_by", amount=1)
    request = a_request(State.ASSIGNED)
    with clock.stopped_at(NEXT_MONTH):
        services.overdue_sweep()
    assert ServiceRequest.objects.get(pk=request.pk).version == request.version
    assert Entry.objects.latest("id").agencies == ["pupr"]


def test_a_promise_broken_again_after_reopening_is_told_again() -> None:
    a_rule("resolve_by", amount=1)
    with clock.stopped_at(SPOKEN_AT + timedelta(days=5)):
        request = a_request()
        services.overdue_sweep()
        request = step(step(step(request, State.ASSIGNED), State.ACCEPTED), State.RESOLVED)
    with clock.stopped_at(SPOKEN_AT + timedelta(days=6)):
        step(request, State.REOPENED)
    with clock.stopped_at(NEXT_MONTH):
        services.overdue_sweep()
    assert [promise for _, promise in missed()] == ["resolve_by", "resolve_by"]


def test_many_missed_promises_are_told_in_portions() -> None:
    a_rule("verify_by", amount=1)
    for _ in range(5):
        a_request()
    with clock.stopped_at(NEXT_MONTH):
        assert [services.overdue_sweep(limit=2) for _ in range(4)] == [2, 2, 1, 0]


# --- closing by itself ---


def test_a_resolved_request_to_which_nobody_answers_is_closed_with_a_reason() -> None:
    a_rule("close_by", start_event="resolved", amount=10)
    with clock.stopped_at(SPOKEN_AT):
        request = a_request(State.RESOLVED)
        assert request.close_by == datetime(2026, 12, 4, 1, 15, tzinfo=UTC)
    with clock.stopped_at(SPOKEN_AT + timedelta(days=13)):
        assert services.closing_sweep() == 0
    with clock.stopped_at(SPOKEN_AT + timedelta(days=15)):
        assert services.closing_sweep() == 1
        assert services.closing_sweep() == 0
    closed = ServiceRequest.objects.get(pk=request.pk)
    change = closed.changes.get(to_state=State.CLOSED)
    assert (closed.state, change.actor) == (State.CLOSED, "system:clock")
    assert change.reason


def test_not_yet_keeps_a_request_from_closing_by_itself() -> None:
    a_rule("close_by", start_event="resolved", amount=10)
    with clock.stopped_at(SPOKEN_AT):
        request = a_request(State.RESOLVED)
        assert services.tracking_answer(number=request.number, code=request.track_code, is_solved=False)
    with clock.stopped_at(NEXT_MONTH):
        assert services.closing_sweep() == 0
    assert ServiceRequest.objects.get(pk=request.pk).unsolved_said_at == SPOKEN_AT


def test_yes_on_the_tracking_page_closes_the_request() -> None:
    request = a_request(State.RESOLVED)
    assert services.tracking_answer(number=request.number, code=request.track_code.lower(), is_solved=True)
    assert ServiceRequest.objects.get(pk=request.pk).state == State.CLOSED
    assert Entry.objects.latest("id").actor == "contact"


@pytest.mark.parametrize("code", ["", "WRONG234", "K7QM2XWD"])
def test_without_the_code_nobody_answers_for_the_reporter(code: str) -> None:
    request = a_request(State.RESOLVED)
    assert not services.tracking_answer(number=request.number, code=code, is_solved=True)
    assert ServiceRequest.objects.get(pk=request.pk).state == State.RESOLVED


def test_only_a_resolved_request_takes_the_answer() -> None:
    request = a_request(State.ASSIGNED)
    assert not services.tracking_answer(number=request.number, code=request.track_code, is_solved=True)


# --- starter and back office ---


def test_the_starter_catalogue_is_loaded_once_and_says_so_once() -> None:
    for code in ("pupr", "dlhp", "perkim"):
        an_agency(code)
    first, second = services.catalogue_load(), services.catalogue_load()
    assert (first.groups, first.services > 40, first.rules, first.holidays > 60) == (10, True, 9, True)
    assert second.total == 0
    assert Entry.objects.filter(kind="catalogue.loaded").count() == 1
    assert Service.objects.get(service_code="blocked_drain").default_agency.code == "pupr"  # type: ignore[union-attr]
    assert Service.objects.get(service_code="water_supply").default_agency is None  # not the city's own


def test_what_the_office_changed_stays() -> None:
    people = cast()
    services.catalogue_load()
    service = Service.objects.get(service_code="noise")
    service.name = "Suara bising"
    services.service_save(actor=people.ana, service=service)
    Holiday.objects.filter(on=date(2026, 12, 25)).delete()
    DeadlineRule.objects.filter(target="respond_by").delete()
    services.catalogue_load()
    assert Service.objects.get(service_code="noise").name == "Suara bising"
    assert not Holiday.objects.filter(on=date(2026, 12, 25)).exists()
    assert not DeadlineRule.objects.filter(target="respond_by").exists()


def test_a_new_name_of_a_service_is_found_in_open_requests() -> None:
    people = cast()
    service = a_service()
    request = a_request(service_code=service.service_code)
    service.name = "Penerangan umum"
    services.service_save(actor=people.ana, service=service)
    assert selectors.request_list(people.cora, selectors.RequestFilter(q="penerangan")).rows == [request]


def test_every_change_of_the_office_is_in_the_ledger_with_who() -> None:
    people = cast()
    group = services.service_group_save(actor=people.ana, group=ServiceGroup(code="sea", name="Laut"))
    services.service_save(actor=people.ana, service=Service(group=group, service_code="jetty", name="Dermaga"))
    rule = DeadlineRule(
        target="verify_by", start_event="requested", amount=2, unit="hours", valid_from=date(2026, 1, 1), source="uji"
    )
    services.deadline_rule_save(actor=people.ana, rule=rule)
    holiday = services.holiday_save(actor=people.ana, holiday=Holiday(on=date(2026, 9, 7), name="HUT Kota Ambon"))
    services.holiday_delete(actor=people.ana, holiday_id=holiday.pk)
    told = list(Entry.objects.order_by("id").values_list("kind", "actor"))
    kinds = ["service_group.saved", "service.saved", "deadline_rule.saved", "holiday.saved", "holiday.saved"]
    assert told == [(kind, f"user:{people.ana.pk}") for kind in kinds]


def test_a_rule_for_an_unknown_kind_and_a_holiday_that_is_gone_are_refused() -> None:
    people = cast()
    with pytest.raises(InvalidInput):
        services.deadline_rule_save(actor=people.ana, rule=DeadlineRule(target="verify_by", kind="joke"))
    with pytest.raises(NotFound):
        services.holiday_delete(actor=people.ana, holiday_id=99)


def test_a_filter_is_kept_under_its_name_and_only_its_owner_removes_it() -> None:
    people = cast()
    services.saved_filter_save(actor=people.cora, name=" Got ", query={"q": "got"})
    kept = services.saved_filter_save(actor=people.cora, name="Got", query={"q": "banjir"}, is_shared=True)
    assert SavedFilter.objects.get().query == {"q": "banjir"}
    with pytest.raises(NotFound):
        services.saved_filter_delete(actor=people.supi, filter_id=kept.pk)
    services.saved_filter_delete(actor=people.cora, filter_id=kept.pk)
    assert not SavedFilter.objects.exists()
