"""Both simulators behind one port, as the demo runs them."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from baileo.city.messages.channel import AccountSettings, InboundMessage, OutboundMessage
from baileo.core.net import HttpClient
from baileo.demo.providers.front import Front
from baileo.demo.providers.phones import LONGEST_TALK
from baileo.demo.providers.simulator import MOST_FILES
from baileo.demo.providers.telegram import TelegramSimulator
from baileo.demo.providers.testing import Receiver, client_for
from baileo.demo.providers.whatsapp import ACCESS_TOKEN, PHONE_NUMBER_ID, VERIFY_TOKEN, WhatsAppSimulator
from baileo.plugins.channels.telegram.adapter import Telegram
from baileo.plugins.channels.whatsapp_cloud.adapter import WhatsAppCloud

HELLO = "Terima kasih"
CLIENT_ID = UUID("0192f0c0-7000-7000-8000-000000000001")


@pytest.fixture
def telegram() -> TelegramSimulator:
    return TelegramSimulator(port=None)


@pytest.fixture
def whatsapp() -> WhatsAppSimulator:
    return WhatsAppSimulator(port=None, delays_s=(0.0, 0.0, 0.0))


@pytest.fixture
def front(telegram: TelegramSimulator, whatsapp: WhatsAppSimulator) -> Iterator[Front]:
    with Front(telegram=telegram, whatsapp=whatsapp) as running:
        yield running


@pytest.fixture
def http(front: Front) -> Iterator[HttpClient]:
    with client_for(front) as client:
        yield client


def test_a_bot_works_below_its_name(telegram: TelegramSimulator, http: HttpClient) -> None:
    bot = Telegram(AccountSettings("demo", {"api_base": telegram.base_url}, {"bot_token": telegram.token}), http)
    telegram.citizen_sends(7, "Halo", photo=b"photo")
    (event,) = Telegram.parse(bot.poll("", 0).bodies[0])
    assert isinstance(event, InboundMessage)
    assert bot.fetch(event.attachments[0].ref).data == b"photo"
    bot.send(OutboundMessage(CLIENT_ID, "7", HELLO))
    assert [bubble.text for bubble in telegram.inbox(7)] == [HELLO]


def test_whatsapp_works_below_its_name_media_included(whatsapp: WhatsAppSimulator, http: HttpClient) -> None:
    settings = {"api_base": whatsapp.base_url, "phone_number_id": PHONE_NUMBER_ID}
    line = WhatsAppCloud(AccountSettings("demo", settings, {"access_token": ACCESS_TOKEN}), http)
    with Receiver() as city:
        city.challenge_token = VERIFY_TOKEN
        whatsapp.deliver_to(city.base_url)
        whatsapp.citizen_sends("6281200000001", photo=b"photo")
        (event,) = WhatsAppCloud.parse(city.wait_for(1)[0].body)
        assert isinstance(event, InboundMessage)
        assert line.fetch(event.attachments[0].ref).data == b"photo"
        line.send(OutboundMessage(CLIENT_ID, "6281200000001", HELLO))
        city.wait_for(4)
    assert [bubble.text for bubble in whatsapp.inbox("6281200000001")] == [HELLO]


def test_the_pages_lead_to_each_other(front: Front, telegram: TelegramSimulator, http: HttpClient) -> None:
    telegram.citizen_sends(7, "Halo", photo=b"photo")
    assert 'href="/telegram/phone/"' in http.get(f"{front.base_url}/").text
    assert 'href="/telegram/phone/7"' in http.get(f"{telegram.base_url}/phone/").text
    assert 'src="/telegram/phone/7/talk#end"' in http.get(f"{telegram.base_url}/phone/7").text
    talk = http.get(f"{telegram.base_url}/phone/7/talk").text
    picture = talk.partition('img src="')[2].partition('"')[0]
    assert http.get(f"{front.base_url}{picture}").content == b"photo"
    typed = http.post(f"{telegram.base_url}/phone/7", data={"text": "dari halaman"})
    assert (typed.status, typed.headers["location"]) == (303, "/telegram/phone/7")


def test_nothing_else_is_there(front: Front, http: HttpClient) -> None:
    assert http.get(f"{front.base_url}/elsewhere/x").status == 404


def test_a_demo_that_runs_for_weeks_keeps_only_the_newest(telegram: TelegramSimulator) -> None:
    for number in range(MOST_FILES + 5):
        telegram.citizen_sends(7, f"foto {number}", photo=b"photo")
    talk = telegram.transcript(7)
    assert len(telegram.files) == MOST_FILES
    assert len(talk) == LONGEST_TALK
    assert talk[-1].text == f"foto {MOST_FILES + 4}"
    assert talk[-1].media_id in telegram.files
