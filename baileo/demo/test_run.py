"""The pretend city's process: up with everything, down at once."""

from __future__ import annotations

import socket
from dataclasses import replace
from threading import Event, Thread

import pytest
from pytest_django import Settings

from baileo.city.messages.models import ChannelAccount
from baileo.city.messages.registry import channel_for
from baileo.demo import run as demo_run
from baileo.demo.run import run
from baileo.demo.staff import staff_ensure
from baileo.demo.town import make_town, site_address


def test_it_ends_soon_after_it_is_told_and_frees_its_port(demo_city_for_threads: int) -> None:
    stop = Event()
    running = Thread(target=run, args=(stop,))
    running.start()
    stop.set()
    running.join(timeout=20)
    assert not running.is_alive()
    with socket.create_server(("127.0.0.1", demo_city_for_threads)):
        pass


def test_accounts_point_at_this_start_s_simulators(demo_city_for_threads: int) -> None:
    staff_ensure()
    stop = Event()
    stop.set()
    run(stop)
    with make_town(demo_city_for_threads):
        for account in ChannelAccount.objects.exclude(channel="web_form"):
            assert "DEMO" in channel_for(account).check() or "ambon_demo_bot" in channel_for(account).check()


def test_whatsapp_is_connected_as_soon_as_the_site_answers(demo_city: int) -> None:
    with make_town(demo_city) as town:
        assert not town.connect_whatsapp()
        town.whatsapp.citizen_sends("6281200010001", "Halo")
        assert town.whatsapp.webhook_url == ""
        assert len(town.whatsapp.take_bodies()) == 1


@pytest.mark.parametrize(
    ("public_url", "address"),
    [
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("http://kota.example.invalid:8000", "http://127.0.0.1:8000"),
        ("https://demo.example.invalid", "https://demo.example.invalid"),
    ],
)
def test_the_site_is_reached_without_leaving_this_machine(public_url: str, address: str, settings: Settings) -> None:
    settings.BAILEO = replace(settings.BAILEO, public_url=public_url)
    assert site_address() == address


class Stumbling:
    """Work that fails the first times, as when the database is away."""

    def __init__(self, times: int, stop: Event) -> None:
        self.calls = 0
        self._times, self._stop = times, stop

    def __call__(self) -> None:
        self.calls += 1
        if self.calls <= self._times:
            raise ConnectionError("the database is away")
        self._stop.set()


@pytest.mark.django_db
def test_whoever_stumbles_gets_up_again(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(demo_run, "AFTER_TROUBLE_S", 0.01)
    stop = Event()
    work = Stumbling(3, stop)
    thread = demo_run._thread("citizens", stop, work)
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert work.calls == 4
    assert caplog.text.count("The pretend citizens stumbled") == 3


@pytest.mark.django_db
def test_work_that_ends_by_itself_begins_again_until_it_is_told_to_stop() -> None:
    stop = Event()
    counted = []

    def work() -> None:
        counted.append(1)
        if len(counted) == 5:
            stop.set()

    demo_run._thread("officers", stop, work).join(timeout=10)
    assert len(counted) == 5


def test_waiting_for_a_site_that_never_comes_ends_with_the_stop(demo_city: int) -> None:
    stop = Event()
    with make_town(demo_city) as town:
        waiting = Thread(target=demo_run._connect, args=(town, stop))
        waiting.start()
        stop.set()
        waiting.join(timeout=10)
    assert not waiting.is_alive()
