"""Steps through the states: what each leaves behind, who wins, and what is refused with which sentence."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from baileo.city.service_requests import services
from baileo.city.service_requests.models import ServiceRequest, StateChange
from baileo.city.service_requests.testing import SPOKEN_AT, a_request, a_service, step
from baileo.city.service_requests.workflow import State, allowed_steps
from baileo.core.clock import clock
from baileo.core.errors import BaileoError, InvalidInput, PermissionRefused, StaleVersion, TransitionNotAllowed
from baileo.ground.ledger.models import Entry
from baileo.ground.people.testing import Cast, a_person, an_agency, cast

pytestmark = pytest.mark.django_db
LATER = SPOKEN_AT + timedelta(hours=2)


@pytest.fixture
def people() -> Cast:
    return cast()


def last_entry() -> Entry:
    return Entry.objects.filter(kind__startswith="service_request").latest("id")


def test_a_step_leaves_one_row_in_the_trail_and_one_entry_in_the_ledger(people: Cast) -> None:
    request = a_request()
    before = Entry.objects.count()
    with clock.stopped_at(LATER):
        request = services.request_verify(number=request.number, seen_version=1, actor=people.cora)
    assert (request.state, request.version, request.verified_at) == (State.VERIFIED, 2, LATER)
    change = request.changes.get(to_state=State.VERIFIED)
    assert (change.from_state, change.to_state, change.actor) == ("new", "verified", f"user:{people.cora.pk}")
    assert Entry.objects.count() == before + 1
    entry = last_entry()
    assert (entry.kind, entry.subject, entry.actor) == (
        "service_request.state_changed",
        request.number,
        f"user:{people.cora.pk}",
    )
    assert (entry.data["from"], entry.data["state"], entry.data["version"]) == ("new", "verified", 2)


def test_the_ledger_holds_no_word_of_the_citizen_and_no_reason(people: Cast) -> None:
    request = a_request(description="Rahasia dapur beta", is_confidential=True)
    services.request_ask_information(number=request.number, seen_version=1, actor=people.cora, reason="Alamat siapa?")
    told = str([(entry.subject, entry.data) for entry in Entry.objects.all()])
    assert "dapur" not in told
    assert "Alamat" not in told
    assert all(entry.data.get("is_confidential") for entry in Entry.objects.filter(kind__startswith="service_request"))


def test_the_second_officer_is_told_and_nothing_is_overwritten(people: Cast) -> None:
    request = a_request()
    services.request_assign(number=request.number, agency_code="pupr", seen_version=1, actor=people.cora)
    with pytest.raises(StaleVersion, match=f"{request.number}.*version 1, it is now 2"):
        services.request_assign(number=request.number, agency_code="dlhp", seen_version=1, actor=people.supi)
    kept = ServiceRequest.objects.get(number=request.number)
    assert kept.agency == people.pupr
    assert [entry.data["agency_code"] for entry in Entry.objects.filter(kind="service_request.assigned")] == ["pupr"]


def test_a_step_that_does_not_exist_names_the_ones_that_do(people: Cast) -> None:
    request = a_request()
    with pytest.raises(TransitionNotAllowed) as refused:
        services.request_close(number=request.number, seen_version=1, actor=people.cora)
    assert request.number in str(refused.value)
    assert str(State.ASSIGNED.label) in str(refused.value)


def test_assigning_from_new_also_verifies(people: Cast) -> None:
    with clock.stopped_at(LATER):
        request = services.request_assign(
            number=a_request().number, agency_code="pupr", seen_version=1, actor=people.cora, assignee_id=people.opi.pk
        )
    assert (request.verified_at, request.assigned_at, request.assignee) == (LATER, LATER, people.opi)
    assert last_entry().kind == "service_request.assigned"
    assert last_entry().agencies == ["pupr"]


def test_reassigning_tells_both_agencies_pages_and_counts_the_answer_anew(people: Cast) -> None:
    request = a_request(State.ACCEPTED)
    with clock.stopped_at(LATER):
        request = services.request_assign(
            number=request.number, agency_code="dlhp", seen_version=request.version, actor=people.cora, reason="Sampah"
        )
    assert (request.state, request.agency, request.assignee, request.assigned_at) == (
        State.ASSIGNED,
        people.dlhp,
        None,
        LATER,
    )
    assert last_entry().agencies == ["dlhp", "pupr"]


def test_the_same_agency_again_keeps_its_clock(people: Cast) -> None:
    request = a_request(State.ASSIGNED)
    assigned_at = request.assigned_at
    with clock.stopped_at(LATER):
        again = services.request_assign(
            number=request.number,
            agency_code="pupr",
            seen_version=request.version,
            actor=people.cora,
            assignee_id=people.opi.pk,
        )
    assert (again.assigned_at, again.assignee) == (assigned_at, people.opi)


@pytest.mark.parametrize("code", ["", "nobody", "closed_down"])
def test_an_agency_must_exist_and_work(people: Cast, code: str) -> None:
    closed = an_agency("closed_down")
    closed.is_active = False
    closed.save()
    with pytest.raises(InvalidInput):
        services.request_assign(number=a_request().number, agency_code=code, seen_version=1, actor=people.cora)


def test_work_is_given_only_to_people_of_the_agency(people: Cast) -> None:
    with pytest.raises(InvalidInput, match="Odi"):
        services.request_assign(
            number=a_request().number, agency_code="pupr", seen_version=1, actor=people.cora, assignee_id=people.odi.pk
        )


def test_a_question_stops_the_promises_and_the_answer_leads_back(people: Cast) -> None:
    request = a_request(State.IN_PROGRESS)
    asked = services.request_ask_information(
        number=request.number, seen_version=request.version, actor=people.opi, reason="Rumah yang mana?"
    )
    assert (asked.state, asked.resume_state, asked.next_by) == (State.NEEDS_INFORMATION, State.IN_PROGRESS, None)
    assert asked.first_response_at is not None  # a question is an answer to the citizen
    resumed = services.request_resume(number=asked.number, seen_version=asked.version, actor=people.opi)
    assert (resumed.state, resumed.resume_state) == (State.IN_PROGRESS, "")


def test_only_a_waiting_request_goes_on(people: Cast) -> None:
    with pytest.raises(TransitionNotAllowed):
        services.request_resume(number=a_request().number, seen_version=1, actor=people.cora)


@pytest.mark.parametrize("reason", ["", "   ", "\u200b"])
def test_an_empty_reason_is_no_reason(people: Cast, reason: str) -> None:
    with pytest.raises(InvalidInput):
        services.request_ask_information(number=a_request().number, seen_version=1, actor=people.cora, reason=reason)


def test_a_rejection_needs_somebody_who_can_help(people: Cast) -> None:
    number = a_request().number
    with pytest.raises(InvalidInput):
        services.request_reject(number=number, seen_version=1, actor=people.cora, reason="Milik PLN", refer_to=" ")
    request = services.request_reject(
        number=number, seen_version=1, actor=people.cora, reason="Kabel milik PLN", refer_to="PLN Ambon, telepon 123"
    )
    change = request.changes.last()
    assert change is not None
    assert (change.reason, change.refer_to) == ("Kabel milik PLN", "PLN Ambon, telepon 123")
    assert request.closed_at is not None


def test_giving_back_takes_the_agency_off_and_the_citizen_does_not_read_why(people: Cast) -> None:
    request = a_request(State.ACCEPTED)
    back = services.request_return(
        number=request.number, seen_version=request.version, actor=people.opi, reason="Ini jalan provinsi"
    )
    assert (back.state, back.agency, back.assigned_at, back.respond_by) == (State.VERIFIED, None, None, None)
    change = back.changes.last()
    assert change is not None
    assert not change.is_public
    with pytest.raises(TransitionNotAllowed):
        services.request_return(number=back.number, seen_version=back.version, actor=people.cora, reason="Lagi")


def test_a_duplicate_points_at_the_first_of_all(people: Cast) -> None:
    first, second, third = a_request(), a_request(), a_request()
    services.request_mark_duplicate(number=third.number, original=second.number, seen_version=1, actor=people.cora)
    services.request_mark_duplicate(number=second.number, original=first.number, seen_version=1, actor=people.cora)
    fourth = a_request()
    services.request_mark_duplicate(number=fourth.number, original=third.number, seen_version=1, actor=people.cora)
    pointers = ServiceRequest.objects.exclude(pk=first.pk).values_list("duplicate_of__number", flat=True)
    assert set(pointers) == {first.number}


def test_a_request_is_not_its_own_duplicate_not_even_round_the_corner(people: Cast) -> None:
    first, second = a_request(), a_request()
    with pytest.raises(InvalidInput):
        services.request_mark_duplicate(number=first.number, original=first.number, seen_version=1, actor=people.cora)
    services.request_mark_duplicate(number=second.number, original=first.number, seen_version=1, actor=people.cora)
    with pytest.raises(InvalidInput):
        services.request_mark_duplicate(number=first.number, original=second.number, seen_version=1, actor=people.cora)


def test_reopening_starts_again_and_forgets_the_end(people: Cast) -> None:
    closed = a_request(State.CLOSED)
    ServiceRequest.objects.filter(pk=closed.pk).update(overdue_told=["respond_by", "resolve_by"])
    again = services.request_reopen(
        number=closed.number, seen_version=closed.version, actor=people.cora, reason="Masih gelap"
    )
    assert (again.resolved_at, again.closed_at, again.agency) == (None, None, people.pupr)
    assert again.reopened_at is not None
    assert again.overdue_told == ["respond_by"]
    started = services.request_start(number=again.number, seen_version=again.version, actor=people.opi)
    assert started.state == State.IN_PROGRESS


def test_verifying_can_name_the_service_at_once(people: Cast) -> None:
    a_service("street_light")
    request = services.request_verify(
        number=a_request().number, seen_version=1, actor=people.tara, service_code="street_light"
    )
    assert request.service is not None
    assert request.service.service_code == "street_light"


def test_a_citizen_can_only_answer_and_confirm() -> None:
    request = a_request()
    with pytest.raises(PermissionRefused):
        services.request_verify(number=request.number, seen_version=1, actor="contact")
    resolved = a_request(State.RESOLVED)
    closed = services.request_close(number=resolved.number, seen_version=resolved.version, actor="contact")
    assert closed.state == State.CLOSED


def test_an_officers_step_answers_what_the_citizen_wrote(people: Cast) -> None:
    request = a_request()
    ServiceRequest.objects.filter(pk=request.pk).update(unanswered_since=SPOKEN_AT)
    moved = services.request_verify(number=request.number, seen_version=1, actor=people.cora)
    assert moved.unanswered_since is None
    assert moved.last_officer_at is not None


def test_bulk_assigning_does_what_it_can_and_says_what_it_could_not(people: Cast) -> None:
    fine, changed, closed = a_request(), a_request(State.VERIFIED), a_request(State.CLOSED)
    results = services.requests_assign_bulk(
        items=[(fine.number, 1), (changed.number, 1), (closed.number, closed.version), ("2026-999999", 1)],
        agency_code="dlhp",
        actor=people.cora,
    )
    assert [result.ok for result in results] == [True, False, False, False]
    assert changed.number in results[1].sentence
    assert results[2].sentence
    assert ServiceRequest.objects.get(pk=fine.pk).agency == people.dlhp


def test_a_confidential_request_can_be_worked_on_by_the_agency_it_is_given_to(people: Cast) -> None:
    request = a_request(is_confidential=True)
    given = services.request_assign(number=request.number, agency_code="pupr", seen_version=1, actor=people.cora)
    accepted = services.request_accept(number=given.number, seen_version=given.version, actor=people.opi)
    assert accepted.state == State.ACCEPTED


# --- two at once ---


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_at_the_same_moment_exactly_one_wins() -> None:
    """Two connections, one request, thirty rounds; whoever comes second is told so."""
    pupr, dlhp = an_agency("pupr"), an_agency("dlhp")
    cora, supi = a_person("cora", "coordinator"), a_person("supi", "supervisor")
    for _round in range(10):
        number = a_request().number
        outcomes: list[str] = []
        gate = threading.Barrier(2)

        def assign(code: str, actor: Any, number: str = number, gate: Any = gate, outcomes: Any = outcomes) -> None:
            gate.wait()
            try:
                services.request_assign(number=number, agency_code=code, seen_version=1, actor=actor)
                outcomes.append("won")
            except StaleVersion:
                outcomes.append("told")
            finally:
                connection.close()

        both = [threading.Thread(target=assign, args=pair) for pair in ((pupr.code, cora), (dlhp.code, supi))]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert sorted(outcomes) == ["told", "won"]
        assert StateChange.objects.filter(request__number=number, to_state=State.ASSIGNED).count() == 1
        assert Entry.objects.filter(kind="service_request.assigned", subject=number).count() == 1


@pytest.mark.django_db(transaction=True)
def test_numbers_are_unique_and_without_gaps_also_when_many_come_at_once() -> None:
    numbers: list[str] = []

    def create() -> None:
        try:
            numbers.extend(a_request().number for _ in range(5))
        finally:
            connection.close()

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [f"2026-{n:06d}" for n in range(1, 21)]


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choices=st.lists(st.integers(0, 20), min_size=1, max_size=14))
def test_no_row_of_allowed_steps_breaks_a_constraint_of_the_database(choices: list[int]) -> None:
    """Whatever the table allows, the database stores; dates, versions and trail stay consistent."""
    an_agency("pupr")
    request = a_request()
    for count, choice in enumerate(choices, start=2):
        edges = allowed_steps(
            lambda permission: True,
            request.state,
            resume_state=request.resume_state,
            has_agency=request.agency_id is not None,
        )
        request = step(request, edges[choice % len(edges)].to_state)
        stored = ServiceRequest.objects.get(pk=request.pk)
        assert (stored.state, stored.version) == (request.state, count)
        assert stored.changes.count() == count
        assert (stored.state == State.RESOLVED) <= (stored.resolved_at is not None)


@pytest.mark.parametrize("error", [StaleVersion, TransitionNotAllowed, PermissionRefused])
def test_every_refusal_is_an_error_fit_for_an_officer(error: type[BaileoError]) -> None:
    assert error.http_status in {403, 409}
