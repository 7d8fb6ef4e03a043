"""Pretend citizens speak over all channels, and answer when the city asks."""

from __future__ import annotations

import json
from collections import Counter
from threading import Event

import pytest

from baileo.city.messages.channel import Event as ChannelEvent
from baileo.city.messages.channel import InboundMessage
from baileo.city.messages.models import InboundPayload
from baileo.core.clock import now
from baileo.core.net import HttpClient
from baileo.demo.citizens import Citizens
from baileo.demo.people import Person, Spot
from baileo.demo.providers.phones import Bubble
from baileo.demo.providers.pictures import picture
from baileo.demo.town import Town, web_submit
from baileo.plugins.channels.telegram.adapter import Telegram
from baileo.plugins.channels.web_form.adapter import WebForm
from baileo.plugins.channels.whatsapp_cloud.adapter import WhatsAppCloud


@pytest.fixture
def citizens(town: Town, places: None) -> Citizens:
    return Citizens(town, seed=5)


def heard_by_telegram(town: Town) -> list[ChannelEvent]:
    """Everything that waits, as the adapter would parse it."""
    with HttpClient(allow=(town.front.host_port,)) as http:
        reply = http.post(f"{town.telegram.base_url}/bot{town.telegram.token}/getUpdates", json={"limit": 10_000})
    return [event for update in reply.json()["result"] for event in Telegram.parse(json.dumps(update).encode())]


def heard_by_whatsapp(town: Town) -> list[ChannelEvent]:
    return [event for body in town.whatsapp.take_bodies() for event in WhatsAppCloud.parse(body)]


def heard_by_web() -> list[ChannelEvent]:
    return [event for payload in InboundPayload.objects.all() for event in WebForm.parse(bytes(payload.body))]


def messages(events: list[ChannelEvent]) -> list[InboundMessage]:
    return [event for event in events if isinstance(event, InboundMessage)]


def test_all_channels_are_used_and_every_word_can_be_understood(town: Town, citizens: Citizens) -> None:
    for _ in range(150):
        citizens.speak_once()
    said = {
        "telegram": messages(heard_by_telegram(town)),
        "whatsapp": messages(heard_by_whatsapp(town)),
        "web": messages(heard_by_web()),
    }
    assert all(len(found) >= 5 for found in said.values()), {name: len(found) for name, found in said.items()}
    everything = [message for found in said.values() for message in found]
    assert not [message.text for message in everything if "{" in message.text]
    assert any(message.attachments for message in everything)
    assert any(message.lon_deg is not None for message in everything)
    assert any(message.sender.username and not message.sender.phone for message in said["whatsapp"])


def test_the_same_seed_says_the_same(town: Town, places: None) -> None:
    first, second = Citizens(town, seed=9), Citizens(town, seed=9)
    assert [first.report().name for _ in range(20)] == [second.report().name for _ in range(20)]


def test_reports_come_from_many_people_about_many_things(citizens: Citizens) -> None:
    topics = Counter(citizens.report().name for _ in range(120))
    assert len(topics) > 15
    assert max(topics.values()) < 40


def test_whoever_is_asked_whether_it_is_solved_answers(town: Town, citizens: Citizens) -> None:
    someone = Person("Ona Fixture", "whatsapp", "6281200010099")
    citizens._talking = [someone]
    town.phone_of(someone).add(someone.contact, Bubble("city", "Sudah selesai?\n\nBalas YA atau BELUM.", "wamid.1"))
    for _ in range(20):
        if not town.last_word(someone):
            break
        citizens.answer()
    (answer,) = messages(heard_by_whatsapp(town))
    assert answer.text
    assert town.last_word(someone) == ""  # nobody answers twice


def test_a_receipt_alone_is_not_answered(town: Town, citizens: Citizens) -> None:
    someone = Person("Ona Fixture", "whatsapp", "6281200010099")
    citizens._talking = [someone]
    town.phone_of(someone).add(someone.contact, Bubble("city", "Nomor: 1\nAda tambahan? Balas saja.", "w.1"))
    assert not any(citizens._answer_the_city() for _ in range(20))


def test_at_rate_nought_nobody_speaks(town: Town, citizens: Citizens) -> None:
    stop = Event()
    stop.set()
    citizens.run(stop, 0.0)
    assert heard_by_whatsapp(town) == []


def test_a_web_report_brings_its_photos_along(town: Town) -> None:
    photo = picture("rubbish", seed=1, taken_at=now())
    submission = web_submit("Lampu mati", photos=[photo], spot=Spot("Soya", 128.22, -3.71), at=now())
    (message,) = messages(heard_by_web())
    assert message.external_id == submission
    assert (message.lon_deg, message.lat_deg) == (128.22, -3.71)
    assert message.attachments[0].ref.startswith("upload:")


def test_people_of_an_earlier_start_are_known_by_name(town: Town, citizens: Citizens) -> None:
    for person in [one for one in citizens.people if one.channel != "web"][:20]:
        assert town.phone_of(person).name_of(person.contact) == person.name
    assert town.whatsapp.phones.contacts() == []  # but nobody has said anything yet
