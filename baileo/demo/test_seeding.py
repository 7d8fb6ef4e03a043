"""Moving the pretend city in: once, completely, and never into a real one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from stat import S_IMODE

import pytest
from pytest_django import Settings

from baileo.city.messages.models import ChannelAccount, InboundPayload, Message
from baileo.city.messages.services import account_save
from baileo.city.service_requests.models import ServiceRequest, StateChange
from baileo.core.clock import now
from baileo.demo.conftest import free_port
from baileo.demo.seeding import demo_load
from baileo.demo.staff import demo_password, logins, password_path
from baileo.demo.town import DemoRefused
from baileo.ground.people.models import User

REPORTS = 24


@pytest.fixture
def lived(demo_city: int, capsys: pytest.CaptureFixture[str]) -> str:
    """Ten days made; what was printed."""
    assert demo_load(reports=REPORTS)
    return capsys.readouterr().out


def test_ten_days_leave_a_city_with_a_history_in_which_everything_has_its_time(lived: str, settings: Settings) -> None:
    requests = ServiceRequest.objects.all()
    assert REPORTS * 0.5 < requests.count() <= REPORTS * 1.2
    ages = [now() - request.requested_at for request in requests]
    assert all(timedelta(0) <= age < timedelta(days=10, hours=1) for age in ages)
    assert max(ages) > timedelta(days=8)
    assert len(set(requests.values_list("channel", flat=True))) == 3
    assert Counter(InboundPayload.objects.values_list("state", flat=True)).keys() == {"understood"}
    assert not Message.objects.filter(delivery__in=["queued", "sending"]).exists()
    assert {"read", "sent"} <= set(Message.objects.filter(direction="out").values_list("delivery", flat=True))
    changes = StateChange.objects.select_related("request")
    assert all(change.request.requested_at - timedelta(hours=6) <= change.at <= now() for change in changes)
    assert len({change.at.date() for change in changes}) >= 6
    _a_second_start_only_moves_the_port(settings)


def _a_second_start_only_moves_the_port(settings: Settings) -> None:
    before = (ServiceRequest.objects.count(), User.objects.count(), demo_password())
    port = free_port()
    settings.BAILEO = replace(settings.BAILEO, demo_port=port)
    assert not demo_load(reports=REPORTS)
    assert (ServiceRequest.objects.count(), User.objects.count(), demo_password()) == before
    bases = set(ChannelAccount.objects.exclude(channel="web_form").values_list("settings__api_base", flat=True))
    assert bases == {f"http://127.0.0.1:{port}/telegram", f"http://127.0.0.1:{port}/whatsapp"}


@pytest.fixture
def moved_in(demo_city: int, capsys: pytest.CaptureFixture[str]) -> str:
    """Everything but the history; what was printed."""
    demo_load(reports=0)
    return capsys.readouterr().out


def test_the_logins_are_shown_and_work(moved_in: str) -> None:
    password = demo_password()
    assert password in moved_in
    assert S_IMODE(password_path().stat().st_mode) == 0o600
    assert User.objects.get(username="koordinator").check_password(password)
    assert {login.username for login in logins()} <= set(User.objects.values_list("username", flat=True))
    role = User.objects.get(username="petugas-pupr").memberships.get()
    assert role.agency is not None
    assert (role.role, role.agency.code) == ("agency_officer", "pupr")


def test_everything_pretend_says_so(moved_in: str) -> None:
    staff = User.objects.filter(username__in=[one.username for one in logins()])
    assert "DEMO" in moved_in
    assert all("DEMO" in account.name for account in ChannelAccount.objects.all())
    assert all("DEMO" in name for name in staff.values_list("full_name", flat=True))


def test_a_real_city_is_not_moved_into(demo_city: int) -> None:
    account_save(
        account=None,
        channel="web_form",
        slug="web",
        name="Web",
        is_enabled=True,
        settings={},
        secrets={},
        actor="system:x",
    )
    with pytest.raises(DemoRefused, match="real city"):
        demo_load(reports=1)
    assert not ServiceRequest.objects.exists()
    assert not User.objects.exists()


def test_a_real_installation_gets_nothing_pretend(demo_city: int, settings: Settings) -> None:
    settings.BAILEO = replace(settings.BAILEO, demo=False)
    assert not demo_load(reports=1)
    assert not ChannelAccount.objects.exists()
    assert not User.objects.exists()
