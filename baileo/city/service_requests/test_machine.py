"""A city at random: people of all roles do whatever their buttons allow, citizens write, time passes.

After each step the same things must hold, whatever happened before.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from baileo.city.messages.models import Message
from baileo.city.service_requests import selectors, services
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.public import public_list, public_view
from baileo.city.service_requests.testing import SPOKEN_AT, a_request, a_rule, says, step, take_new_in
from baileo.city.service_requests.workflow import FOLDED_CLOSED, WITH_AGENCY, State
from baileo.core.clock import clock
from baileo.core.errors import BaileoError
from baileo.ground.ledger.models import Entry
from baileo.ground.people.models import User
from baileo.ground.people.testing import Cast, cast

pytestmark = pytest.mark.django_db
WORDS = [
    "Tolong, lampu jalan mati di depan pasar",
    "Mohon sampah menumpuk di TPS Waiheru diangkut",
    "Belum",
    "Sudah, terima kasih",
    "di samping kios ijo",
    "Selamat pagi",
    "Rumah tabakar, tolong capat",
]
NAME, PHONE = "Oca Pattimura", "+6281234567808"
ACTS = st.tuples(st.integers(0, 11), st.integers(0, 50), st.integers(0, 50))


class City:
    """One small city and what can happen in it."""

    def __init__(self, people: Cast, start: Any) -> None:
        self.people, self.clock = people, start
        self.staff: list[User] = [people.cora, people.tara, people.opi, people.odi, people.supi, people.edi, people.lea]
        self.acts: list[Callable[[int, int], None]] = [
            self.citizen_writes,
            self.citizen_writes,
            self.takes_a_step,
            self.takes_a_step,
            self.takes_a_step,
            self.takes_a_step,
            self.edits,
            self.replies,
            self.publishes,
            self.time_passes,
            self.sweeps,
            self.answers_on_the_page,
        ]

    def act(self, which: int, one: int, other: int) -> None:
        """Refusals are part of a day; anything else that escapes is a bug."""
        with suppress(BaileoError):
            self.acts[which](one, other)

    def any_request(self, one: int) -> ServiceRequest | None:
        numbers = list(ServiceRequest.objects.order_by("id"))
        return numbers[one % len(numbers)] if numbers else None

    def person(self, other: int) -> User:
        return self.staff[other % len(self.staff)]

    def citizen_writes(self, one: int, other: int) -> None:
        says(
            WORDS[one % len(WORDS)],
            sender=f"citizen-{other % 3}",
            name=NAME,
            phone=PHONE,
            at=self.clock.now().isoformat(),
        )
        take_new_in()

    def takes_a_step(self, one: int, other: int) -> None:
        request, person = self.any_request(one), self.person(other)
        if request is None or not selectors.visible_requests(person).filter(pk=request.pk).exists():
            return
        steps = selectors.request_detail(person, request.number).steps
        if steps:
            edge = steps[(one + other) % len(steps)]
            original = ServiceRequest.objects.exclude(pk=request.pk).order_by("id").first()
            more = {"original": original.number if original else ""} if edge.needs_original else {}
            step(request, edge.to_state, agency=["pupr", "dlhp"][one % 2], actor=person, **more)

    def edits(self, one: int, other: int) -> None:
        request = self.any_request(one)
        if request is None:
            return
        choices: list[dict[str, Any]] = [
            {"is_confidential": True},
            {"is_confidential": False},
            {"is_anonymous": True},
            {"kind": "information"},
            {"title": "Judul baru"},
        ]
        flags = choices[other % 5]
        services.request_edit(number=request.number, seen_version=request.version, actor=self.person(other), **flags)

    def replies(self, one: int, other: int) -> None:
        if request := self.any_request(one):
            services.request_reply(
                number=request.number, actor=self.person(other), text="Kami cek dulu", client_id=uuid4()
            )

    def publishes(self, one: int, other: int) -> None:
        if request := self.any_request(one):
            services.request_publish(
                number=request.number,
                seen_version=request.version,
                actor=self.person(other),
                public_text="Laporan tentang kebersihan kota",
            )

    def time_passes(self, one: int, other: int) -> None:
        self.clock.tick(hours=one)

    def sweeps(self, one: int, other: int) -> None:
        services.overdue_sweep()
        services.closing_sweep()

    def answers_on_the_page(self, one: int, other: int) -> None:
        if request := self.any_request(one):
            services.tracking_answer(number=request.number, code=request.track_code, is_solved=other % 2 == 0)


def check(city: City) -> None:
    for request in ServiceRequest.objects.select_related("agency", "duplicate_of"):
        check_shape(request)
        check_trail(request)
        check_secrets(request, city.people)
    check_ledger()


def check_shape(request: ServiceRequest) -> None:
    assert (request.state in WITH_AGENCY) <= (request.agency_id is not None)
    assert (request.state == State.DUPLICATE) == (request.duplicate_of_id is not None)
    assert request.duplicate_of is None or request.duplicate_of.duplicate_of_id is None  # never a chain
    assert (request.state == State.NEEDS_INFORMATION) == bool(request.resume_state)
    assert (request.state == State.RESOLVED) <= (request.resolved_at is not None)
    assert (request.state in FOLDED_CLOSED or request.state == State.NEEDS_INFORMATION) <= (request.next_by is None)
    assert len(set(request.overdue_told)) == len(request.overdue_told)
    assert request.description
    assert request.title


def check_trail(request: ServiceRequest) -> None:
    changes = list(request.changes.order_by("id"))
    assert changes[0].from_state == ""
    assert changes[-1].to_state == request.state
    assert all(one.to_state == other.from_state for one, other in pairwise(changes))
    history = Entry.objects.filter(subject=request.number)
    assert history.filter(kind="service_request.created").count() == 1
    steps = history.filter(kind__in=["service_request.state_changed", "service_request.assigned"])
    assert steps.exclude(data__step="hand_over").count() == len(changes) - 1
    versions = [entry.data["version"] for entry in history.filter(kind__startswith="service_request").order_by("id")]
    assert versions == sorted(versions)


def check_secrets(request: ServiceRequest, people: Cast) -> None:
    view = public_view(request)
    assert (view is not None) == (request.visibility == "public")
    assert not (request.is_confidential and request.visibility == "public")
    told = str(view) + str(selectors.tracking(request.number, request.track_code))
    assert NAME not in told
    assert PHONE not in told
    seen = {name for name in ("tara", "opi", "odi", "lea") if _sees(getattr(people, name), request)}
    agency = {"pupr": {"opi"}, "dlhp": {"odi"}}.get(request.agency.code if request.agency else "", set())
    assert seen == agency | (set() if request.is_confidential else {"tara", "lea"})


def _sees(person: User, request: ServiceRequest) -> bool:
    return selectors.visible_requests(person).filter(pk=request.pk).exists()


def check_ledger() -> None:
    told = str(list(Entry.objects.values_list("subject", "data")))
    assert NAME not in told
    assert PHONE not in told
    assert not any(words in told for words in WORDS if len(words) > 10)
    overdue = list(Entry.objects.filter(kind="service_request.became_overdue").values_list("subject", "data__promise"))
    reopened = Entry.objects.filter(data__state="reopened").values_list("subject", flat=True)
    assert all(overdue.count(one) == 1 for one in overdue if one[0] not in set(reopened))


@hypothesis_settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(acts=st.lists(ACTS, min_size=5, max_size=25))
def test_whatever_people_do_the_rules_of_the_room_hold(acts: list[tuple[int, int, int]]) -> None:
    people = cast()
    with clock.stopped_at(SPOKEN_AT) as stopped:
        city = City(people, stopped)
        for which, one, other in acts:
            city.act(which, one, other)
        check(city)


def test_a_long_and_busy_day() -> None:
    """The same city for two hundred acts in one fixed order; a long memory finds what short runs do not."""
    a_rule("verify_by", amount=2)
    a_rule("respond_by", start_event="assigned", amount=2)
    a_rule("resolve_by", amount=5)
    a_rule("close_by", start_event="resolved", amount=3)
    with clock.stopped_at(SPOKEN_AT) as stopped:
        city = City(cast(), stopped)
        for n in range(200):
            city.act((n * 7) % 12, n * 13 % 51, n * 29 % 51)
        check(city)
    assert ServiceRequest.objects.count() > 3
    assert ServiceRequest.objects.exclude(state=State.NEW).exists()
    assert Message.objects.filter(template="receipt").count() <= ServiceRequest.objects.count()
    assert {view.number for view in public_list()} == set(
        ServiceRequest.objects.filter(visibility="public").values_list("number", flat=True)
    )


@pytest.mark.parametrize("days", [0, 1, 40])
def test_sweeping_twice_is_sweeping_once(days: int) -> None:
    a_rule("verify_by", amount=2)
    for state in State:
        a_request(state)
    with clock.stopped_at(SPOKEN_AT + timedelta(days=days)):
        services.overdue_sweep()
        services.closing_sweep()
        before = Entry.objects.count()
        services.overdue_sweep()
        services.closing_sweep()
        assert Entry.objects.count() == before
