"""Filters and queues against a second opinion: plain Python over the same rows must agree with the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from baileo.city.service_requests import selectors
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.selectors import QUEUES, RequestFilter
from baileo.city.service_requests.selectors.filtering import day_end, day_start, search_condition
from baileo.city.service_requests.testing import SPOKEN_AT, a_request, a_service
from baileo.city.service_requests.workflow import LIVE_STATES, State
from baileo.core.clock import clock, local
from baileo.core.errors import InvalidInput
from baileo.ground.people.models import User
from baileo.ground.people.testing import Cast, cast

pytestmark = pytest.mark.django_db
NOW = SPOKEN_AT + timedelta(days=10)
AREAS = ("", "81.71.01.1001", "81.71.02.1003", "81.71.02.2003")
Rows = list[ServiceRequest]


def local_day(instant: datetime) -> date:
    return local(instant, "Asia/Jayapura").date()


def a_varied_city(people: Cast, count: int = 24) -> Rows:
    """Rows of every state, kind, agency, area and promise, written straight to the table for speed."""
    services = [a_service("street_light", group="roads"), a_service("blocked_drain", group="water"), None]
    states, kinds, priorities = State.values, ServiceRequest.Kind.values, ServiceRequest.Priority.values
    original = a_request(requested_at=SPOKEN_AT - timedelta(days=60))
    rows = []
    for n in range(count):
        state = states[n % len(states)]
        agency = [people.pupr, people.dlhp, None][n % 3]
        if state in ("assigned", "accepted", "in_progress"):
            agency = agency or people.pupr
        rows.append(
            ServiceRequest(
                number=f"2025-{n:06d}",
                track_code="K7QM2XWD",
                title=f"Judul {n}",
                description="Lampu jalan mati" if n % 2 else "Got tersumbat",
                channel=["telegram", "whatsapp_cloud", "desk"][n % 3],
                state=state,
                kind=kinds[n % len(kinds)],
                priority=priorities[n % len(priorities)],
                service=services[n % 3],
                agency=agency,
                assignee=[people.cora, people.opi, None][n % 3],
                area_code=AREAS[n % len(AREAS)],
                tags=[["pasar"], ["pasar", "malam"], []][n % 3],
                is_confidential=n % 5 == 0,
                resume_state="new" if state == "needs_information" else "",
                duplicate_of=original if state == "duplicate_of" else None,
                requested_at=NOW - timedelta(days=n, hours=n),
                next_by=NOW + timedelta(hours=(n - 8) * 3) if state in LIVE_STATES and n % 4 else None,
                unanswered_since=NOW if n % 6 == 0 else None,
                similar_count=n % 3,
                closed_at=NOW if state in ("closed", "rejected", "duplicate_of") else None,
            )
        )
    ServiceRequest.objects.bulk_create(rows)
    return list(ServiceRequest.objects.select_related("service__group", "agency"))


def asked(user: User, **fields: Any) -> set[str]:
    chosen = RequestFilter.parse(fields)
    return {row.number for row in selectors.request_list(user, chosen, limit=200).rows}


@pytest.fixture
def people() -> Cast:
    return cast()


OPINIONS: dict[str, tuple[list[str], Callable[[ServiceRequest, str], bool]]] = {
    "state": (list(State.values), lambda row, value: row.state == value),
    "kind": (list(ServiceRequest.Kind.values), lambda row, value: row.kind == value),
    "priority": (["normal", "high", "urgent"], lambda row, value: row.priority == value),
    "channel": (["telegram", "desk", "fax"], lambda row, value: row.channel == value),
    "agency": (
        ["pupr", "dlhp", "none", "nobody"],
        lambda row, value: (row.agency is None) if value == "none" else bool(row.agency and row.agency.code == value),
    ),
    "area": (
        ["81.71", "81.71.02", "81.71.02.1003", "81.71.0"],
        lambda row, value: row.area_code == value or row.area_code.startswith(f"{value}."),
    ),
    "service_code": (
        ["street_light", "x"],
        lambda row, value: bool(row.service and row.service.service_code == value),
    ),
    "group": (["roads", "water"], lambda row, value: bool(row.service and row.service.group.code == value)),
    "tag": (["pasar", "Malam", "siang"], lambda row, value: value.lower() in row.tags),
    "since": (
        ["2026-11-20", "2026-11-30"],
        lambda row, value: local_day(row.requested_at) >= date.fromisoformat(value),
    ),
    "until": (
        ["2026-11-20", "2026-11-01"],
        lambda row, value: local_day(row.requested_at) <= date.fromisoformat(value),
    ),
}


@pytest.mark.parametrize("field", OPINIONS)
def test_a_field_filters_as_it_says(people: Cast, field: str) -> None:
    rows = a_varied_city(people)
    values, opinion = OPINIONS[field]
    for value in values:
        assert asked(people.cora, **{field: value}) == {row.number for row in rows if opinion(row, value)}, value


@pytest.mark.parametrize("first", ["state", "agency", "area"])
@pytest.mark.parametrize("second", ["kind", "tag", "since", "priority"])
def test_two_fields_filter_together(people: Cast, first: str, second: str) -> None:
    rows = a_varied_city(people)
    one, other = OPINIONS[first], OPINIONS[second]
    for value in one[0]:
        for more in other[0][:2]:
            expected = {row.number for row in rows if one[1](row, value) and other[1](row, more)}
            assert asked(people.cora, **{first: value, second: more}) == expected


def in_queue(row: ServiceRequest, queue: str, user: User) -> bool:
    live = row.state in LIVE_STATES
    return {
        "new": row.state == State.NEW,
        "overdue": live and row.next_by is not None and row.next_by < NOW,
        "due_today": live and row.next_by is not None and NOW <= row.next_by < day_end(NOW),
        "citizen_replied": row.unanswered_since is not None,
        "failed_delivery": False,
        "possible_duplicate": row.state in (State.NEW, State.VERIFIED) and row.similar_count > 0,
        "mine": live and row.assignee_id == user.pk,
        "confidential": live and row.is_confidential,
        "open": live,
        "all": True,
    }[queue]


@pytest.mark.parametrize("queue", [key for key, _ in QUEUES])
@pytest.mark.parametrize("name", ["cora", "tara", "opi"])
def test_a_queue_holds_what_a_second_opinion_finds(people: Cast, queue: str, name: str) -> None:
    a_varied_city(people)
    user: User = getattr(people, name)
    visible = list(selectors.visible_requests(user))
    with clock.stopped_at(NOW):
        assert asked(user, queue=queue) == {row.number for row in visible if in_queue(row, queue, user)}


@pytest.mark.parametrize("name", ["cora", "tara", "opi", "odi", "lea", "audi", "wall", "nobody"])
def test_the_counts_beside_the_queues_are_the_lengths_of_their_lists(people: Cast, name: str) -> None:
    a_varied_city(people)
    user: User = getattr(people, name)
    with clock.stopped_at(NOW):
        counts = selectors.queue_counts(user)
        for queue, count in counts.items():
            assert count == len(asked(user, queue=queue)), queue


@pytest.mark.parametrize("sort", ["deadline", "newest", "oldest", "nonsense"])
@pytest.mark.parametrize("limit", [1, 5, 100])
def test_pages_of_any_size_show_every_row_once_in_order(people: Cast, sort: str, limit: int) -> None:
    a_varied_city(people)
    seen: list[ServiceRequest] = []
    after = ""
    while True:
        page = selectors.request_list(people.cora, sort=sort, after=after, limit=limit)
        seen += page.rows
        assert len(page.rows) <= limit
        if not page.after:
            break
        after = page.after
    assert len(seen) == len({row.pk for row in seen}) == ServiceRequest.objects.count()
    keys = {
        "newest": [(-row.requested_at.timestamp(), -row.pk) for row in seen],
        "oldest": [(row.requested_at.timestamp(), row.pk) for row in seen],
    }.get(sort, [(row.next_by.timestamp() if row.next_by else float("inf"), row.pk) for row in seen])
    assert keys == sorted(keys)


@pytest.mark.parametrize("sort", ["deadline", "newest", "oldest"])
def test_rows_that_change_between_two_pages_are_neither_lost_nor_shown_to_strangers(people: Cast, sort: str) -> None:
    rows = a_varied_city(people)
    first = selectors.request_list(people.cora, sort=sort, limit=5)
    hidden = next(row for row in rows if row not in first.rows)
    ServiceRequest.objects.filter(pk=hidden.pk).update(is_confidential=True, visibility="secret")
    seen = {row.pk for row in selectors.request_list(people.tara, sort=sort, after=first.after, limit=200).rows}
    assert hidden.pk not in seen


# --- the filter as foreign data ---


@given(
    st.dictionaries(
        st.sampled_from(["queue", "q", "state", "agency", "assignee", "since", "until", "area", "page", "x"]),
        st.text(max_size=30),
        max_size=5,
    )
)
def test_whatever_stands_in_an_address_is_read_or_refused(fields: dict[str, str]) -> None:
    try:
        chosen = RequestFilter.parse(fields)
    except InvalidInput:
        return
    assert RequestFilter.parse(chosen.as_query()) == chosen


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60) | st.from_regex(r"[#0-9 ./-]{1,20}", fullmatch=True))
def test_no_search_in_the_world_breaks_the_list(typed: str) -> None:
    text = typed.replace("\x00", "")
    list(ServiceRequest.objects.filter(search_condition(text))[:1])


@pytest.mark.parametrize(
    ("instant", "start"),
    [
        (datetime(2026, 11, 20, 14, 59, tzinfo=UTC), datetime(2026, 11, 19, 15, tzinfo=UTC)),  # 23.59 in Ambon
        (datetime(2026, 11, 20, 15, 0, tzinfo=UTC), datetime(2026, 11, 20, 15, tzinfo=UTC)),  # midnight
    ],
)
def test_a_day_is_the_citys_day(instant: datetime, start: datetime) -> None:
    assert day_start(local_day(instant)) == start
    assert day_end(instant) == start + timedelta(days=1)
