"""Ten days lived with a stopped clock: everything in its order, nothing in the future, the desk asleep at night."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from baileo.city.messages.models import InboundPayload, Message
from baileo.city.service_requests.models import ServiceRequest, StateChange
from baileo.core.clock import clock, local, now
from baileo.demo import backlog
from baileo.demo.backlog import ROUNDS_A_DAY, STEPS_BY_HOUR, backlog_make
from baileo.demo.citizens import Citizens
from baileo.demo.officers import Officers
from baileo.demo.town import Town
from baileo.ground.people.models import User


@pytest.fixture(autouse=True)
def two_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole ten are lived in `test_seeding`."""
    monkeypatch.setattr(backlog, "DAYS", 2)


@pytest.fixture
def citizens(town: Town, places: None) -> Citizens:
    return Citizens(town, seed=11)


@pytest.fixture
def officers(staff: dict[str, User]) -> Officers:
    return Officers(staff, seed=11)


def test_the_share_done_grows_to_one(town: Town, citizens: Citizens, officers: Officers) -> None:
    shares = list(backlog_make(town, citizens, officers, reports=3))
    assert len(shares) == 2 * ROUNDS_A_DAY
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_afterwards_the_clock_goes_again(town: Town, citizens: Citizens, officers: Officers) -> None:
    list(backlog_make(town, citizens, officers, reports=1))
    first = now()
    assert now() >= first
    assert ServiceRequest.objects.filter(requested_at__gt=first).count() == 0


def test_nothing_happens_before_its_cause(town: Town, citizens: Citizens, officers: Officers) -> None:
    list(backlog_make(town, citizens, officers, reports=15))
    for payload in InboundPayload.objects.all():
        assert payload.understood_at is not None
        assert payload.understood_at >= payload.received_at
    for message in Message.objects.filter(direction="out", sent_at__isnull=False):
        assert message.sent_at is not None
        assert message.sent_at >= message.happened_at - timedelta(seconds=1)
    for request in ServiceRequest.objects.all():
        moments = list(StateChange.objects.filter(request=request).order_by("pk").values_list("at", flat=True))
        assert moments == sorted(moments)


def test_phones_show_the_times_of_those_days(town: Town, citizens: Citizens, officers: Officers) -> None:
    began_at = now()
    list(backlog_make(town, citizens, officers, reports=8))
    talks = [
        bubble.at
        for simulator in (town.whatsapp, town.telegram)
        for contact, _, _ in simulator.phones.contacts()
        for bubble in simulator.transcript(contact)
    ]
    assert talks
    assert min(talks) < began_at - timedelta(days=1)
    assert max(talks) <= now()


def test_the_desk_is_thin_at_night(officers: Officers, monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[int] = []
    monkeypatch.setattr(officers, "work_once", lambda before: worked.append(local(now(), "Asia/Jayapura").hour))
    midnight = local(now(), "Asia/Jayapura").replace(hour=0, minute=0, second=0) - timedelta(days=1)
    for quarter in range(4):
        start = midnight + timedelta(hours=6 * quarter)
        with clock.stopped_at(start):
            backlog._desk_works(officers, Random(1), start + timedelta(hours=6), effort=1.0)
    counted = [sum(1 for hour in worked if hour // 6 == quarter) for quarter in range(4)]
    assert counted == list(STEPS_BY_HOUR)
    assert counted[0] < counted[1] / 4


def test_people_speak_within_their_round_and_in_order(citizens: Citizens, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = []
    monkeypatch.setattr(citizens, "report", lambda: moments.append(now()))
    monkeypatch.setattr(citizens, "answer", lambda: None)
    start = now() - timedelta(days=1)
    until = start + timedelta(hours=6)
    with clock.stopped_at(start):
        backlog._people_speak(citizens, Random(2), 30, until)
    assert len(moments) == 30
    assert moments == sorted(moments)
    assert start <= moments[0]
    assert moments[-1] < until


def test_the_clock_never_goes_back() -> None:
    start = now()
    with clock.stopped_at(start):
        backlog._clock_to(start + timedelta(hours=1))
        backlog._clock_to(start)
        assert now() == start + timedelta(hours=1)
