"""Lists, queues, search, one request's page: right, quick, and in a fixed number of queries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from baileo.city.messages.models import Message
from baileo.city.service_requests import selectors, services
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.selectors import RequestFilter
from baileo.city.service_requests.testing import (
    HERE,
    POINT,
    SPOKEN_AT,
    a_request,
    a_rule,
    a_service,
    a_talk,
    says,
    step,
    take_new_in,
)
from baileo.city.service_requests.workflow import LIVE_STATES, State
from baileo.core.clock import clock
from baileo.core.errors import InvalidInput, NotFound
from baileo.ground.people.testing import Cast, cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def numbers(page: selectors.RequestPage) -> list[str]:
    return [row.number for row in page.rows]


def asked(people: Cast, **fields: Any) -> set[str]:
    return set(numbers(selectors.request_list(people.cora, RequestFilter.parse(fields))))


def spread(count: int = 7) -> list[ServiceRequest]:
    """Requests an hour apart, with promises but for the last."""
    a_rule("verify_by", amount=3)
    made = [a_request(requested_at=SPOKEN_AT + timedelta(hours=n)) for n in range(count)]
    ServiceRequest.objects.filter(pk=made[-1].pk).update(next_by=None)
    return made


# --- pages ---


@pytest.mark.parametrize(
    ("sort", "order"),
    [("deadline", [0, 1, 2, 3, 4, 5, 6]), ("oldest", [0, 1, 2, 3, 4, 5, 6]), ("newest", [6, 5, 4, 3, 2, 1, 0])],
)
def test_pages_follow_each_other_without_gap_or_repetition(people: Cast, sort: str, order: list[int]) -> None:
    made = spread()
    seen: list[str] = []
    after = ""
    while True:
        page = selectors.request_list(people.cora, sort=sort, after=after, limit=3)
        seen += numbers(page)
        after = page.after
        if not after:
            break
    assert seen == [made[position].number for position in order]


def test_a_new_request_does_not_shift_the_next_page(people: Cast) -> None:
    made = spread()
    first = selectors.request_list(people.cora, sort="newest", limit=3)
    a_request(requested_at=SPOKEN_AT + timedelta(days=1))
    second = selectors.request_list(people.cora, sort="newest", limit=3, after=first.after)
    assert numbers(second) == [made[3].number, made[2].number, made[1].number]


@pytest.mark.parametrize("after", ["x", "!!!", "bnVsbA", "W10", "WyJ4IiwgMV0", "😀"])
def test_a_page_nobody_gave_out_is_refused(people: Cast, after: str) -> None:
    with pytest.raises(InvalidInput):
        selectors.request_list(people.cora, after=after)


def test_a_list_is_one_query_whatever_its_length(people: Cast, django_assert_num_queries: Any) -> None:
    for n in range(12):
        a_request(State.ASSIGNED if n % 2 else State.NEW, service_code=a_service().service_code)
    selectors.request_list(people.cora)  # who may what is asked once per person
    with django_assert_num_queries(1):
        rows = selectors.request_list(people.cora).rows
        shown = [f"{row.agency} {row.service} {row.assignee} {row.area_name} {row.title}" for row in rows]
        assert len(shown) == 12


def test_rows_that_left_the_list_are_left_out(people: Cast) -> None:
    new, assigned = a_request(), a_request(State.ASSIGNED)
    rows = selectors.request_rows(people.cora, RequestFilter(queue="new"), [new.number, assigned.number, "2026-9"])
    assert [row.number for row in rows] == [new.number]


# --- filters ---


def test_each_field_of_the_filter_filters(people: Cast) -> None:
    lamp = a_service("street_light", group="roads")
    one = a_request(
        State.ASSIGNED,
        service_code=lamp.service_code,
        kind="information",
        priority="high",
        requested_at=datetime(2026, 11, 1, 20, tzinfo=UTC),  # the 2nd in Ambon
    )
    ServiceRequest.objects.filter(pk=one.pk).update(area_code="81.71.02.1003", tags=["pasar"], assignee=people.opi)
    a_request()
    for fields in (
        {"state": "assigned"},
        {"kind": "information"},
        {"service_code": "street_light"},
        {"group": "roads"},
        {"agency": "pupr"},
        {"area": "81.71.02"},
        {"area": "81.71.02.1003"},
        {"priority": "high"},
        {"channel": "desk", "state": "assigned"},
        {"tag": "Pasar"},
        {"assignee": str(people.opi.pk)},
        {"since": "2026-11-02", "until": "2026-11-02"},
    ):
        assert asked(people, **fields) == {one.number}, fields
    assert one.number not in asked(people, agency="none")
    assert one.number not in asked(people, assignee="none")
    assert asked(people, area="81.71.0") == set()  # half a code is no area


def test_an_agencys_officer_asks_for_mine(people: Cast) -> None:
    mine = a_request(State.ASSIGNED)
    a_request(State.ASSIGNED)
    ServiceRequest.objects.filter(pk=mine.pk).update(assignee=people.opi)
    assert numbers(selectors.request_list(people.opi, RequestFilter(assignee="me"))) == [mine.number]
    assert numbers(selectors.request_list(people.opi, RequestFilter(queue="mine"))) == [mine.number]


@pytest.mark.parametrize("fields", [{"queue": "x"}, {"since": "tomorrow"}, {"assignee": "1 or 1"}, {"q": "x" * 300}])
def test_a_filter_that_makes_no_sense_is_named(fields: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(fields))):
        RequestFilter.parse(fields)


def test_a_filter_goes_into_an_address_and_comes_back() -> None:
    chosen = RequestFilter.parse({"queue": "new", "q": " got ", "since": "2026-11-01", "until": "", "page": "7"})
    assert chosen.as_query() == {"queue": "new", "q": "got", "since": "2026-11-01"}
    assert RequestFilter.parse(chosen.as_query()) == chosen


# --- queues ---


def test_each_queue_holds_what_its_name_says_and_the_count_agrees(people: Cast) -> None:
    a_rule("verify_by", amount=3)
    at = SPOKEN_AT + timedelta(days=5)  # Wednesday 25 November, 10.15 WIT
    with clock.stopped_at(at):
        by_queue = {
            "new": a_request(requested_at=at),
            "overdue": a_request(requested_at=at - timedelta(days=20)),
            "due_today": a_request(requested_at=SPOKEN_AT + timedelta(hours=1)),
            "mine": a_request(State.ASSIGNED, requested_at=at),
            "confidential": a_request(requested_at=at, is_confidential=True),
        }
        ServiceRequest.objects.filter(pk=by_queue["mine"].pk).update(assignee=people.cora)
        counts = selectors.queue_counts(people.cora)
        for queue, request in by_queue.items():
            page = selectors.request_list(people.cora, RequestFilter.parse({"queue": queue}))
            assert request.number in numbers(page), queue
            assert len(page.rows) == counts[queue], queue
        assert (counts["overdue"], counts["due_today"], counts["mine"], counts["confidential"]) == (1, 1, 1, 1)
        assert counts["open"] == 5


def test_an_answer_that_did_not_arrive_is_a_queue_of_its_own(people: Cast) -> None:
    request = a_request(conversation_id=a_talk().pk)
    message = services.request_reply(number=request.number, actor=people.cora, text="Kami cek", client_id=uuid4())
    assert selectors.queue_counts(people.cora)["failed_delivery"] == 0
    Message.objects.filter(pk=message.pk).update(delivery="failed", provider_code="131053")
    assert selectors.queue_counts(people.cora)["failed_delivery"] == 1
    assert asked(people, queue="failed_delivery") == {request.number}
    Message.objects.filter(pk=message.pk).update(provider_code="given-up")
    assert selectors.queue_counts(people.cora)["failed_delivery"] == 0


def test_all_queues_are_counted_in_one_query(people: Cast, django_assert_num_queries: Any) -> None:
    for state in State:
        a_request(state)
    selectors.queue_counts(people.cora)
    with django_assert_num_queries(1):
        counts = selectors.queue_counts(people.cora)
    assert set(counts) == {key for key, _ in selectors.QUEUES} - {"all"}


def test_counts_are_counts_of_what_the_person_may_see(people: Cast) -> None:
    a_request(State.ASSIGNED, is_confidential=True)
    a_request()
    assert selectors.queue_counts(people.cora)["open"] == 2
    assert selectors.queue_counts(people.tara)["open"] == 1
    assert selectors.queue_counts(people.opi)["open"] == 1
    assert selectors.queue_counts(people.odi)["open"] == 0


# --- search ---


@pytest.mark.parametrize(
    "typed",
    [
        "perbaikan",  # the text says "diperbaiki": stems meet
        "memperbaiki jembatan",
        "jembatan soya",
        '"jembatan kecil"',
        "jembatan -sampah",
        "2026-000001",
        "2026000001",
        "#2026-000001",
        "000001",
        "1",
        "soy",  # short: as written
    ],
)
def test_a_request_is_found_by_words_in_any_form_or_by_number(people: Cast, typed: str) -> None:
    request = a_request(description="Jembatan kecil di Soya harus diperbaiki")
    assert asked(people, q=typed) == {request.number}


@pytest.mark.parametrize("typed", ["jembatan -soya", "trotoar", "2027-000001", "'; DROP TABLE x; --", "&|!():*", "%"])
def test_what_is_not_there_is_not_found_and_breaks_nothing(people: Cast, typed: str) -> None:
    a_request(description="Jembatan kecil di Soya harus diperbaiki")
    assert asked(people, q=typed) == set()


def test_title_place_tags_and_service_are_searched_too(people: Cast) -> None:
    request = a_request(
        description="Tolong",
        title="Lampu padam",
        service_code=a_service(name="Penerangan umum").service_code,
        place=services.Place(landmark_text="depan gereja Rehoboth"),
    )
    services.request_set_tags(number=request.number, seen_version=1, actor=people.cora, tags=["langganan"])
    for word in ("padam", "rehoboth", "langganan", "penerangan"):
        assert asked(people, q=word) == {request.number}, word


# --- one request's page ---


def test_a_page_takes_a_fixed_number_of_queries(people: Cast, django_assert_max_num_queries: Any) -> None:
    services.catalogue_load()
    for n in range(6):
        says(f"Lampu jalan mati di pasar, tolong {n}", sender="oca")
    take_new_in()
    request = step(ServiceRequest.objects.get(), State.ASSIGNED)
    for n in range(5):
        services.request_add_note(number=request.number, actor=people.cora, text=f"catatan {n}")
        a_request(place=HERE)
    selectors.request_list(people.cora)
    with django_assert_max_num_queries(19):
        detail = selectors.request_detail(people.cora, request.number)
    assert len(detail.notes) == 5
    assert len([item for item in detail.thread if item.is_linked]) >= 6


def test_the_timeline_tells_everything_once_and_in_order(people: Cast) -> None:
    a_rule("verify_by", amount=1, unit="hours")
    with clock.stopped_at(SPOKEN_AT) as stopped:
        request = a_request(conversation_id=a_talk().pk)
        stopped.tick(hours=2)
        services.overdue_sweep()
        services.request_add_note(number=request.number, actor=people.cora, text="Dicek dulu")
        stopped.tick(hours=1)
        request = services.request_assign(
            number=request.number, agency_code="pupr", seen_version=1, actor=people.cora, reason="Lampu jalan"
        )
        stopped.tick(hours=1)
        services.request_reply(number=request.number, actor=people.opi, text="Kami datang besok", client_id=uuid4())
        services.request_set_priority(
            number=request.number, seen_version=request.version, actor=people.cora, priority="high"
        )
        detail = selectors.request_detail(people.cora, request.number)
    kinds = [item.kind for item in detail.timeline]
    assert kinds.count("state") == 2
    assert kinds.count("note") == 1
    assert "message_out" in kinds
    assigned = next(item for item in detail.timeline if item.detail.get("to") == State.ASSIGNED)
    assert (assigned.actor, assigned.detail["reason"], assigned.detail["told"]) == ("Cora", "Lampu jalan", "queued")
    assert "PUPR" in assigned.text
    assert all(item.text for item in detail.timeline)
    times = [item.at for item in detail.timeline if item.kind != "entry"]
    assert times == sorted(times)


def test_a_closed_window_is_seen_in_the_trail(people: Cast) -> None:
    talk = a_talk("oca", "windowed")  # its window closed long ago
    request = a_request(State.VERIFIED, conversation_id=talk.pk)
    lines = [item for item in selectors.request_detail(people.cora, request.number).timeline if item.kind == "state"]
    assert {line.detail["told"] for line in lines} == {"window_closed"}
    assert all(str(line.detail["told_label"]) in line.text for line in lines)


def test_what_may_not_be_seen_has_no_page(people: Cast) -> None:
    request = a_request(is_confidential=True)
    for person, number in ((people.tara, request.number), (people.cora, "2026-999999"), (people.cora, "")):
        with pytest.raises(NotFound):
            selectors.request_detail(person, number)


def test_promises_say_how_they_stand(people: Cast) -> None:
    a_rule("verify_by", amount=10, unit="hours")
    a_rule("respond_by", start_event="assigned", amount=10, unit="hours")
    request = a_request(requested_at=SPOKEN_AT)

    def state(hours: float) -> str:
        return selectors.promises_of(request, SPOKEN_AT + timedelta(hours=hours))[0].state

    assert [state(1), state(9), state(11)] == ["running", "soon", "overdue"]
    promises = selectors.promises_of(request, SPOKEN_AT + timedelta(hours=5))
    assert (promises[0].share_used, promises[0].kept) == (0.5, None)
    assert (promises[1].state, promises[2].state) == ("not_started", "not_started")
    with clock.stopped_at(SPOKEN_AT + timedelta(hours=11)):
        late = step(request, State.VERIFIED)
    assert (selectors.promises_of(late)[0].state, selectors.promises_of(late)[0].kept) == ("missed", False)
    waiting = step(a_request(), State.NEEDS_INFORMATION)
    assert selectors.promises_of(waiting)[0].state == "paused"
    assert selectors.promise_of(waiting) is None


# --- the same thing told by others ---


def near(metres_north: float = 0, **over: Any) -> ServiceRequest:
    place = services.Place(lon_deg=POINT[0], lat_deg=POINT[1] + metres_north / 111_195)
    return a_request(**{"description": "Got tersumbat di muka kios ijo, air naik", "place": place, **over})


def test_near_requests_in_the_same_words_are_shown_with_their_distance(people: Cast) -> None:
    request = near()
    close = near(40, description="Got pampat, air naik ke jalan muka kios")
    near(500)  # too far
    near(20, description="Musik keras sekali tiap malam")  # something else
    near(30, requested_at=SPOKEN_AT - timedelta(days=31))  # too long ago
    found = selectors.similar_requests(request, people.cora)
    assert [one.request.number for one in found] == [close.number]
    assert found[0].distance_m == pytest.approx(40, abs=1)
    assert found[0].is_open
    assert 0 < found[0].share_words <= 1


def test_closed_ones_are_shown_behind_the_open_ones(people: Cast) -> None:
    request = near()
    closed, open_ = near(10), near(200)
    step(closed, State.REJECTED)
    found = selectors.similar_requests(request, people.cora)
    assert [(one.request.number, one.is_open) for one in found] == [(open_.number, True), (closed.number, False)]


def test_without_a_point_the_village_must_be_the_same(people: Cast) -> None:
    request, same, other = (a_request(description="Got tersumbat air naik") for _ in range(3))
    ServiceRequest.objects.filter(pk__in=[request.pk, same.pk]).update(area_code="81.71.02.1003")
    ServiceRequest.objects.filter(pk=other.pk).update(area_code="81.71.01.1001")
    request.refresh_from_db()
    assert [one.request.pk for one in selectors.similar_requests(request, people.cora)] == [same.pk]
    request.area_code = ""
    assert selectors.similar_requests(request, people.cora) == []


def test_a_confidential_twin_is_not_betrayed(people: Cast) -> None:
    request = near()
    near(10, is_confidential=True)
    assert selectors.similar_requests(request, people.tara) == []
    assert selectors.similar_requests(request) == []
    assert len(selectors.similar_requests(request, people.cora)) == 1


def test_the_list_knows_how_many_told_the_same(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baileo.city.service_requests.placing.area_in_words", lambda text: "81.71.02.1003")
    made = [a_request(description="Got tersumbat, air naik ke jalan") for _ in range(3)]
    a_request(description="Musik keras tiap malam")
    counts = [ServiceRequest.objects.get(pk=one.pk).similar_count for one in made]
    assert counts == [2, 2, 2]
    assert selectors.queue_counts(people.cora)["possible_duplicate"] == 3


# --- people without a request ---


def test_who_waits_without_a_request_is_listed_until_somebody_answers(people: Cast) -> None:
    says("Selamat pagi", sender="ona", name="Ona Pattimura", at=SPOKEN_AT.isoformat())
    second = says("Ada orang?", sender="ona", at=(SPOKEN_AT + timedelta(minutes=30)).isoformat())
    says("Halo", sender="oca", at=(SPOKEN_AT + timedelta(minutes=5)).isoformat())
    take_new_in()
    rows = selectors.conversations_without_request(people.cora)
    assert (rows[0].contact_name, rows[0].count, rows[0].last_message.text) == ("Ona Pattimura", 2, "Ada orang?")
    assert rows[0].waiting_since == SPOKEN_AT
    assert selectors.loose_count(people.cora) == 2
    assert selectors.conversations_without_request(people.opi) == []
    assert selectors.loose_count(people.opi) == 0
    Message.objects.create(
        conversation=second.conversation,
        account=second.account,
        direction="out",
        delivery="queued",
        author=people.cora,
        text="Ada apa?",
        happened_at=SPOKEN_AT + timedelta(hours=1),
    )
    assert selectors.loose_count(people.cora) == 1
    services.conversation_let_be(conversation_id=rows[1].conversation.pk, actor=people.cora)
    assert selectors.loose_count(people.cora) == 0


# --- the wall ---


def test_the_wall_counts_the_citys_day(people: Cast) -> None:
    midnight = datetime(2026, 11, 19, 15, tzinfo=UTC)  # 00.00 of the 20th in Ambon
    with clock.stopped_at(midnight + timedelta(hours=10)):
        a_request(requested_at=midnight - timedelta(seconds=1))
        a_request(requested_at=midnight)
        a_request(State.ASSIGNED, requested_at=midnight + timedelta(hours=9))
        assert selectors.today_by_state() == {"new": 1, "assigned": 1}
        figures = selectors.day_figures()
        assert (figures.came_in, figures.answered, figures.overdue) == (2, 0, 0)


def test_the_wall_knows_the_oldest_the_newest_and_the_urgent(people: Cast) -> None:
    made = [a_request(requested_at=SPOKEN_AT + timedelta(hours=n)) for n in range(3)]
    urgent = a_request(State.ASSIGNED, kind="emergency", requested_at=SPOKEN_AT - timedelta(days=1))
    a_request(State.CLOSED)
    assert selectors.oldest_waiting(limit=1) == [made[0]]  # the urgent one was verified already
    assert selectors.newest_open(limit=2) == [made[2], made[1]]
    assert (selectors.open_count(), selectors.urgent_count()) == (4, 1)
    assert selectors.overdue_count() == 0
    ServiceRequest.objects.filter(pk=urgent.pk).update(next_by=SPOKEN_AT)
    assert selectors.overdue_count() == 1


def test_no_confidential_place_or_step_is_on_the_wall(people: Cast) -> None:
    place = HERE
    open_ = a_request(place=place)
    a_request(place=place, is_confidential=True)
    a_request(State.CLOSED, place=place)
    assert [point.number for point in selectors.open_points()] == [open_.number]
    hidden = a_request(State.VERIFIED, is_confidential=True)
    assert hidden.number not in {change.number for change in selectors.latest_changes(limit=50)}


def test_each_figure_of_the_wall_is_one_query(django_assert_num_queries: Any) -> None:
    for state in LIVE_STATES:
        a_request(state, place=HERE)
    for figure in (
        selectors.today_by_state,
        selectors.open_count,
        selectors.overdue_count,
        selectors.urgent_count,
        selectors.oldest_waiting,
        selectors.newest_open,
        selectors.latest_changes,
        selectors.day_figures,
    ):
        with django_assert_num_queries(1):
            figure()


def test_saved_filters_are_ones_own_and_the_shared_ones(people: Cast) -> None:
    services.saved_filter_save(actor=people.cora, name="Got", query={"q": "got"})
    services.saved_filter_save(actor=people.supi, name="Banjir", query={"q": "banjir"}, is_shared=True)
    services.saved_filter_save(actor=people.supi, name="Rahasia", query={})
    assert [kept.name for kept in selectors.saved_filters(people.cora)] == ["Banjir", "Got"]
