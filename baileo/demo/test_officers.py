"""Pretend officers take every step a real one could, and keep their hands off what a real one has touched."""

from __future__ import annotations

from datetime import timedelta

import pytest

from baileo.city.service_requests.models import ServiceRequest, StateChange
from baileo.city.service_requests.services import request_create, request_verify
from baileo.core.clock import now
from baileo.demo.officers import Officers
from baileo.demo.staff import staff_ensure
from baileo.ground.people.models import User
from baileo.ground.people.services import membership_give, user_save


@pytest.fixture
def officers(demo_city: int) -> Officers:
    return Officers(staff_ensure())


def a_report(
    text: str = "Lampu jalan di Soya mati sudah tiga hari, kalau malam gelap sekali.", *, minutes: int = 60
) -> ServiceRequest:
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
