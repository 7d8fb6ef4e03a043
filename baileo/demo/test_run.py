"""The pretend city's process: up with everything, down at once."""

from __future__ import annotations

import socket
from dataclasses import replace
from threading import Event, Thread

import pytest
from pytest_django import Settings

from baileo.city.messages.models import ChannelAccount
from baileo.city.messages.registry import channel_for
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
