"""Pretend officers take every step a real one could, and keep their hands off what a real one has touched."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

import pytest

from baileo.city.service_requests.models import ServiceRequest, StateChange
from baileo.city.service_requests.services import request_create, request_verify
from baileo.city.service_requests.testing import bring_to
from baileo.core.clock import now
from baileo.core.errors import StaleVersion
from baileo.demo.officers import Officers
from baileo.ground.people.models import User
from baileo.ground.people.services import membership_give, user_save


@pytest.fixture
def officers(staff: dict[str, User]) -> Officers:
    return Officers(staff)


LAMP = "Lampu jalan di Soya mati sudah tiga hari, kalau malam gelap sekali."


def a_report(text: str = LAMP, *, minutes: int = 60) -> ServiceRequest:
    return request_create(
        actor="system:test", description=text, channel="whatsapp_cloud", requested_at=now() - timedelta(minutes=minutes)
    )


def states(request: ServiceRequest) -> list[str]:
    return list(StateChange.objects.filter(request=request).values_list("to_state", flat=True))


def test_requests_reach_an_end_in_the_right_agency_s_hands(officers: Officers) -> None:
    requests = [a_report() for _ in range(6)]
    for _ in range(150):
        officers.work_once()
    ended = ServiceRequest.objects.exclude(state__in=["new", "verified", "assigned", "accepted", "in_progress"])
    assert ended.count() >= 4
    worked = [request for request in ended if "resolved" in states(request)]
    assert worked
    for request in worked:
        assert request.service is not None
        assert request.service.service_code == "street_light"
    assert {change.actor for change in StateChange.objects.filter(to_state="resolved")} <= {
        f"user:{user.pk}" for user in User.objects.filter(username__startswith="petugas-")
    }
    assert len(requests) == ServiceRequest.objects.count()


def test_fresh_requests_are_left_to_whoever_presents(officers: Officers) -> None:
    a_report(minutes=0)
    assert not officers.work_once()


def test_what_a_real_person_touched_is_theirs(officers: Officers) -> None:
    ana = user_save(user=User(username="ana"), password="Ambon-manise-2026", actor="system:test")
    membership_give(user=ana, role="coordinator", actor="system:test")
    request = a_report()
    request_verify(number=request.number, seen_version=request.version, actor=ana)
    assert not officers.work_once()


def test_nothing_to_do_is_no_trouble(officers: Officers) -> None:
    assert not officers.work_once()


def brought_to(state: str) -> ServiceRequest:
    request = ServiceRequest.objects.get(pk=bring_to(a_report(), state).pk)
    StateChange.objects.filter(request=request).update(actor="system:test")
    return request


STEPS = (
    ("_verify", "new", "verified"),
    ("_verify", "reopened", "verified"),
    ("_assign", "verified", "assigned"),
    ("_ask", "new", "needs_information"),
    ("_ask", "verified", "needs_information"),
    ("_reject", "new", "rejected"),
    ("_reject", "verified", "rejected"),
    ("_accept", "assigned", "accepted"),
    ("_give_back", "assigned", "verified"),
    ("_start", "accepted", "in_progress"),
    ("_note", "in_progress", "in_progress"),
    ("_prove", "in_progress", "in_progress"),
    ("_resolve", "in_progress", "resolved"),
    ("_go_on", "needs_information", "new"),
    ("_close", "resolved", "closed"),
)


def test_every_step_a_pretend_officer_knows_is_allowed(officers: Officers) -> None:
    for step, start, end in STEPS:
        request = brought_to(start)
        getattr(officers, step)(request)
        assert ServiceRequest.objects.get(pk=request.pk).state == end, (step, start)


def test_every_state_that_waits_for_the_desk_has_a_step(officers: Officers) -> None:
    ended = {"closed", "rejected", "duplicate_of"}
    assert set(officers._steps) == set(ServiceRequest.State.values) - ended


GOES_TO = {
    "Listrik padam di Soya sejak magrib, sampai sekarang belum menyala.": "pln",
    "Air PDAM di Soya tidak mengalir sejak kemarin pagi, tidak ada pemberitahuan.": "pdam",
    LAMP: "perkim",
    "Mau tanya syarat akta kelahiran untuk anak yang lahir di luar kota.": "diskominfo",
    "Kata-kata yang tidak dikenal siapa pun": "diskominfo",
}


def test_each_thing_goes_to_whoever_can_help(officers: Officers) -> None:
    for text, agency in GOES_TO.items():
        request = a_report(text)
        officers._verify(request)
        officers._assign(ServiceRequest.objects.select_related("service__default_agency").get(pk=request.pk))
        assigned = ServiceRequest.objects.select_related("agency").get(pk=request.pk)
        assert assigned.agency is not None
        assert assigned.agency.code == agency, text


def test_somebody_who_was_slower_shrugs(officers: Officers) -> None:
    request = a_report()
    ServiceRequest.objects.filter(pk=request.pk).update(version=99)  # somebody writes while the officer reads
    with pytest.raises(StaleVersion):
        officers._verify(request)
    assert officers.work_once()  # and the loop goes on


def test_at_rate_nought_nobody_works(officers: Officers) -> None:
    a_report()
    stop = Event()
    stop.set()
    officers.run(stop, 0.0)
    assert states(ServiceRequest.objects.get()) == ["new"]


def test_danger_does_not_wait_behind_a_hundred_lamps(officers: Officers) -> None:
    fire = request_create(
        actor="system:test",
        description="Kebakaran di Soya! Api dari dapur rumah warga, tolong kirim pemadam.",
        kind="emergency",
        requested_at=now() - timedelta(hours=1),
    )
    for _ in range(25):
        a_report()
    for _ in range(12):
        officers.work_once()
    assert len(states(fire)) > 2
