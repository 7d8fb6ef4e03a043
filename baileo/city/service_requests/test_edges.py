"""Each row of the table of states, walked for real: what it needs, what it changes, who hears."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from baileo.city.messages.models import Message
from baileo.city.service_requests import selectors, services
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.testing import SPOKEN_AT, a_request, a_rule, a_talk, bring_to, step
from baileo.city.service_requests.workflow import FOLDED_CLOSED, TRANSITIONS, WITH_AGENCY, Edge, State, folded
from baileo.core.clock import clock
from baileo.core.errors import BaileoError, InvalidInput, TransitionNotAllowed
from baileo.ground.ledger.models import Entry
from baileo.ground.people.testing import Cast, cast

pytestmark = pytest.mark.django_db
LATER = SPOKEN_AT + timedelta(days=1)


def named(edge: Edge) -> str:
    return f"{edge.from_state}-{edge.step}-{edge.to_state}"


EDGES = [pytest.param(edge, id=named(edge)) for edge in TRANSITIONS]


@pytest.fixture
def people() -> Cast:
    return cast()


def at_the_start_of(edge: Edge, **over: Any) -> ServiceRequest:
    """A request in the edge's first state, with whatever past the step needs."""
    if edge.step == "resume":
        return step(bring_to(a_request(**over), edge.to_state), State.NEEDS_INFORMATION)
    return bring_to(a_request(**over), edge.from_state)


@pytest.mark.parametrize("edge", EDGES)
def test_the_step_leaves_its_mark_tells_the_citizen_and_moves_the_dates(edge: Edge) -> None:
    a_rule("resolve_by", amount=400)
    talk = a_talk()
    request = at_the_start_of(edge, conversation_id=talk.pk)
    page_before = selectors.tracking(request.number, request.track_code)
    told_before = Message.objects.filter(conversation=talk, direction="out").count()
    with clock.stopped_at(LATER):
        moved = step(request, edge.to_state, agency="dlhp")
    _check_mark(edge, request, moved)
    _check_dates(edge, moved)
    told = list(Message.objects.filter(conversation=talk, direction="out").order_by("id"))[told_before:]
    assert [message.template for message in told] == ([edge.tells] if edge.tells else [])
    page = selectors.tracking(moved.number, moved.track_code)
    assert page is not None
    assert page_before is not None
    assert len(page.steps) - len(page_before.steps) == edge.is_public
    assert page.folded == folded(edge.to_state)


def _check_mark(edge: Edge, request: ServiceRequest, moved: ServiceRequest) -> None:
    assert (moved.state, moved.version) == (edge.to_state, request.version + 1)
    change = moved.changes.latest("id")
    assert (change.from_state, change.to_state, change.at) == (edge.from_state, edge.to_state, LATER)
    assert change.is_public == edge.is_public
    entry = Entry.objects.filter(subject=moved.number).latest("id")
    assert entry.data["step"] == edge.step
    assert entry.kind == ("service_request.assigned" if edge.step == "assign" else "service_request.state_changed")


def _check_dates(edge: Edge, moved: ServiceRequest) -> None:
    assert (moved.resolved_at == LATER) == (edge.to_state == State.RESOLVED)
    assert (moved.closed_at == LATER) == (edge.to_state in FOLDED_CLOSED - {State.RESOLVED})
    assert (moved.reopened_at == LATER) == (edge.to_state == State.REOPENED)
    assert (moved.state in WITH_AGENCY) <= (moved.agency is not None)
    if edge.to_state not in (State.NEEDS_INFORMATION, State.NEW):
        assert moved.verified_at is not None or edge.step == "resume"
    runs = edge.to_state not in FOLDED_CLOSED and edge.to_state != State.NEEDS_INFORMATION
    assert (moved.next_by is not None) == runs
    assert moved.resolve_by is not None


@pytest.mark.parametrize("edge", [edge for edge in TRANSITIONS if edge.needs_reason], ids=named)
def test_without_a_reason_the_step_is_refused(edge: Edge) -> None:
    request = at_the_start_of(edge)
    with pytest.raises(InvalidInput):
        step(request, edge.to_state, reason=" ")
    assert ServiceRequest.objects.get(pk=request.pk).state == edge.from_state


@pytest.mark.parametrize("edge", [edge for edge in TRANSITIONS if not edge.needs_reason], ids=named)
def test_where_nobody_asks_why_no_reason_is_needed(edge: Edge) -> None:
    request = at_the_start_of(edge)
    assert step(request, edge.to_state, reason="").state == edge.to_state


def test_a_confidential_request_stays_confidential_all_the_way(people: Cast) -> None:
    request = a_request(is_confidential=True)
    for to_state in (State.VERIFIED, State.ASSIGNED, State.ACCEPTED, State.RESOLVED, State.CLOSED, State.REOPENED):
        request = step(request, to_state)
        assert request.is_confidential
        assert Entry.objects.latest("id").data["is_confidential"] is True
        assert not selectors.visible_requests(people.tara).filter(pk=request.pk).exists()


@pytest.mark.parametrize("state", State.values)
def test_what_is_not_in_the_table_is_refused_with_the_ways_that_are(state: str) -> None:
    request = bring_to(a_request(), state)
    reachable = {edge.to_state for edge in TRANSITIONS if edge.from_state == state}
    original = a_request().number
    for other in set(State.values) - reachable:
        with pytest.raises(TransitionNotAllowed) as refused:
            step(request, other, original=original)
        assert request.number in str(refused.value)
    assert ServiceRequest.objects.get(pk=request.pk).version == request.version


def test_a_state_that_does_not_exist_is_refused_too() -> None:
    request = a_request()
    with pytest.raises(TransitionNotAllowed, match="done"):
        step(request, "done")


# --- a whole life, as the people in it see it ---


def test_the_life_of_a_report(people: Cast) -> None:
    """Reported, checked, given to the wrong agency, given back, done, not quite, done again, closed."""
    talk = a_talk("oca", name="Oca")
    with clock.stopped_at(SPOKEN_AT) as time:

        def act(service: str, actor: Any, **more: Any) -> ServiceRequest:
            time.tick(hours=2)
            current = ServiceRequest.objects.get(pk=request.pk)
            deed = getattr(services, service)
            result: ServiceRequest = deed(number=current.number, seen_version=current.version, actor=actor, **more)
            return result

        request = a_request(conversation_id=talk.pk)
        act("request_verify", people.tara)
        act("request_assign", people.cora, agency_code="dlhp")
        act("request_return", people.odi, reason="Lampu jalan bukan urusan kami, PUPR")
        act("request_assign", people.cora, agency_code="pupr", assignee_id=people.opi.pk)
        act("request_accept", people.opi)
        act("request_start", people.opi)
        act("request_ask_information", people.opi, reason="Tiang nomor berapa?")
        act("request_resume", people.opi)
        act("request_resolve", people.opi, answer="Lampu sudah diganti")
        assert services.tracking_answer(number=request.number, code=request.track_code, is_solved=False)
        act("request_reopen", people.supi, reason="Pelapor bilang masih gelap")
        act("request_start", people.opi)
        act("request_resolve", people.opi, answer="Kabel juga diganti")
        assert services.tracking_answer(number=request.number, code=request.track_code, is_solved=True)
    done = ServiceRequest.objects.get(pk=request.pk)
    assert (done.state, done.agency, done.assignee) == (State.CLOSED, people.pupr, people.opi)
    tracked = selectors.tracking(done.number, done.track_code)
    assert tracked is not None
    assert [answer.text for answer in tracked.answers] == ["Kabel juga diganti", "Lampu sudah diganti"]
    assert "bukan urusan kami" not in str(tracked)
    told = Message.objects.filter(conversation=talk, direction="out").order_by("id").values_list("template", flat=True)
    assert list(told) == [
        "receipt",
        "verified",
        "assigned",
        "assigned",
        "in_progress",
        "needs_information",
        "resolved",
        "reopened",
        "in_progress",
        "resolved",
        "closed",
    ]
    heard_by = Entry.objects.filter(subject=done.number, agencies__contains=["dlhp"])
    assert heard_by.count() == 2  # given and given back: their pages followed it exactly so long


def test_many_reporters_of_one_flood_all_hear_the_answer(people: Cast) -> None:
    talks = [a_talk(f"p{n}") for n in range(5)]
    first, *others = [a_request(description="Banjir di Batu Merah", conversation_id=talk.pk) for talk in talks]
    for other in others:
        services.request_mark_duplicate(number=other.number, original=first.number, seen_version=1, actor=people.cora)
    step(bring_to(first, State.ACCEPTED), State.RESOLVED, reason="Pompa sudah dipasang")
    heard = Message.objects.filter(direction="out", text__contains="Pompa sudah dipasang")
    assert set(heard.values_list("conversation_id", flat=True)) == {talk.pk for talk in talks}
    assert selectors.request_detail(people.cora, first.number).duplicates == others
    assert selectors.queue_counts(people.cora)["open"] == 0


def test_a_bulk_of_requests_goes_to_one_agency_and_each_person_hears(people: Cast) -> None:
    requests = [a_request(conversation_id=a_talk(f"p{n}").pk) for n in range(6)]
    results = services.requests_assign_bulk(
        items=[(request.number, 1) for request in requests],
        agency_code="dlhp",
        actor=people.cora,
        assignee_id=people.odi.pk,
    )
    assert all(result.ok for result in results)
    assert Message.objects.filter(template="assigned").count() == 6
    assert selectors.queue_counts(people.odi)["mine"] == 6


# --- sentences ---


def refusals(people: Cast) -> list[tuple[str, Any]]:
    """Deeds that must be refused, each with the word the sentence has to name."""
    open_, closed = a_request(), a_request(State.CLOSED)
    typed_in = a_request(State.ASSIGNED)

    def of(service: str, request: ServiceRequest, actor: Any = people.cora, **more: Any) -> Any:
        deed = getattr(services, service)
        return lambda: deed(number=request.number, seen_version=request.version, actor=actor, **more)

    return [
        (open_.number, of("request_close", open_)),
        (closed.number, of("request_verify", closed)),
        (open_.number, of("request_resume", open_)),
        (open_.number, of("request_return", open_, reason="x")),
        ("pupr2", of("request_assign", open_, agency_code="pupr2")),
        (open_.number, of("request_mark_duplicate", open_, original=open_.number)),
        ("2026-999999", of("request_mark_duplicate", open_, original="2026-999999")),
        (open_.number, of("request_set_assignee", open_, assignee_id=people.opi.pk)),
        (typed_in.number, of("request_close", typed_in, people.opi)),
        ("service_requests.assign", of("request_assign", open_, people.tara, agency_code="pupr")),
        ("mega", of("request_set_priority", open_, priority="mega")),
        ("tidak_ada", of("request_edit", open_, service_code="tidak_ada")),
    ]


def test_every_refusal_names_the_thing_and_tells_what_to_do(people: Cast) -> None:
    for word, deed in refusals(people):
        with pytest.raises(BaileoError) as refused:
            deed()
        sentence = str(refused.value)
        assert word in sentence, sentence
        assert sentence.endswith(".")
        assert sentence.count(".") >= 1
        assert refused.value.code
        assert refused.value.http_status in {403, 404, 409, 422}


def test_nothing_is_written_by_what_is_refused(people: Cast) -> None:
    deeds = refusals(people)
    before = (Entry.objects.count(), list(ServiceRequest.objects.values_list("pk", "version", "state")))
    for _, deed in deeds:
        with pytest.raises(BaileoError):
            deed()
    assert (Entry.objects.count(), list(ServiceRequest.objects.values_list("pk", "version", "state"))) == before
