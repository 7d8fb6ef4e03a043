"""Pretend citizens speak over all channels, and answer when the city asks."""

from __future__ import annotations

import json
from collections import Counter
from io import BytesIO
from threading import Event

import pytest
from PIL import Image

from baileo.city.messages.channel import Event as ChannelEvent
from baileo.city.messages.channel import InboundMessage
from baileo.city.messages.models import InboundPayload
from baileo.core.clock import now
from baileo.core.errors import NotFound
from baileo.core.net import HttpClient
from baileo.demo.citizens import Citizens
from baileo.demo.people import Person, Spot
from baileo.demo.providers.phones import Bubble
from baileo.demo.providers.pictures import picture
from baileo.demo.town import Town, web_submit
from baileo.demo.voices import service_of, talk
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


def test_with_the_city_silent_people_add_words_of_their_own(town: Town, citizens: Citizens) -> None:
    someone = Person("Ona Fixture", "whatsapp", "6281200010099")
    citizens._talking = [someone]
    citizens.answer()
    (added,) = messages(heard_by_whatsapp(town))
    assert added.text in {*talk().further, *talk().thanks}


def test_before_anybody_has_reported_adding_is_reporting(town: Town, citizens: Citizens) -> None:
    for _ in range(5):
        citizens._talking = []
        citizens.answer()
        citizens._talking = []
        citizens._correct()
    spoken = messages(heard_by_whatsapp(town)) + messages(heard_by_telegram(town)) + messages(heard_by_web())
    assert len([message for message in spoken if service_of(message.text)]) >= 8


def test_greetings_and_chatter_come_from_people_with_a_phone(town: Town, citizens: Citizens) -> None:
    for _ in range(30):
        citizens._greet()
        citizens._chat()
    assert heard_by_web() == []
    said = {message.text for message in messages(heard_by_whatsapp(town)) + messages(heard_by_telegram(town))}
    assert said <= {*talk().greetings, *talk().chatter}


def test_a_correction_names_a_place(town: Town, citizens: Citizens) -> None:
    citizens._talking = [Person("Ona Fixture", "telegram", "700100001")]
    citizens._correct()
    (corrected,) = messages(heard_by_telegram(town))
    assert "{di}" not in corrected.text
    assert any(corrected.text.startswith(line.partition("{di}")[0]) for line in talk().corrections)


def test_photos_show_what_is_reported_and_where(town: Town, citizens: Citizens) -> None:
    for _ in range(60):
        citizens.report()
    photos = [data for data, _ in [*town.whatsapp.files.values(), *town.telegram.files.values()]]
    assert len(photos) > 5
    for data in photos:
        gps = Image.open(BytesIO(data)).getexif().get_ifd(0x8825)
        assert (gps[1], gps[3]) == ("S", "E")
        assert 3 <= gps[2][0] < 4
        assert 128 <= gps[4][0] < 129


def test_a_site_that_stops_meanwhile_silences_nobody_for_good(
    town: Town, citizens: Citizens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> str:
        raise NotFound("the account is gone")

    with monkeypatch.context() as broken:
        broken.setattr(town, "send", away)
        for _ in range(10):
            citizens.speak_once()
    for _ in range(10):
        citizens.speak_once()
    assert heard_by_whatsapp(town)


def test_people_speak_about_as_often_as_asked(town: Town, citizens: Citizens, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    class Impatient(Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0.0)
            return len(waits) > 2000

    monkeypatch.setattr(citizens, "speak_once", lambda: None)
    citizens.run(Impatient(), 30.0)
    assert 1.8 < sum(waits) / len(waits) < 2.2  # thirty a minute: one every two seconds
