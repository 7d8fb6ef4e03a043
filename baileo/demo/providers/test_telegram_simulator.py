"""The simulated Telegram and the real adapter, over real HTTP on loopback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from baileo.city.messages.channel import (
    AccountSettings,
    AccountTrouble,
    Event,
    InboundMessage,
    MessageEdited,
    OutboundMessage,
)
from baileo.core.errors import DeliveryFailed
from baileo.demo.providers.pictures import CAMERA, picture
from baileo.demo.providers.telegram import TOKEN, TelegramSimulator
from baileo.demo.providers.testing import Receiver, client_for
from baileo.plugins.channels.telegram.adapter import Telegram

ONA = 700000001
CLIENT_ID = UUID("0192f0c0-7000-7000-8000-000000000001")
PHOTO_TAKEN_AT = datetime(2026, 11, 20, 19, 30, tzinfo=UTC)


@pytest.fixture
def sim() -> Iterator[TelegramSimulator]:
    with TelegramSimulator(pauses_s=(0.01, 0.01, 0.01)) as running:
        yield running


@pytest.fixture
def bot(sim: TelegramSimulator) -> Iterator[Telegram]:
    with client_for(sim) as http:
        yield Telegram(account(sim), http)


def account(sim: TelegramSimulator, **settings: str) -> AccountSettings:
    return AccountSettings(
        slug="ambon",
        settings={"api_base": sim.base_url, "mode": "polling", **settings},
        secrets={"bot_token": sim.token, "webhook_secret": "s3cret-of-the-webhook"},
    )


def words(text: str = "Laporan diterima", to: int = ONA, reply_to: str = "") -> OutboundMessage:
    return OutboundMessage(client_id=CLIENT_ID, address=str(to), text=text, reply_to=reply_to)


def heard(bodies: tuple[bytes, ...]) -> list[Event]:
    return [event for body in bodies for event in Telegram.parse(body)]


def only_message(bodies: tuple[bytes, ...]) -> InboundMessage:
    (event,) = heard(bodies)
    assert isinstance(event, InboundMessage)
    return event


def test_words_of_a_citizen_come_by_polling_once(sim: TelegramSimulator, bot: Telegram) -> None:
    sim.citizen_sends(ONA, "Lampu jalan mati", name="Ona Fixture", username="ona_fixture")
    first = bot.poll("", 0)
    message = only_message(first.bodies)
    assert (message.text, message.sender.display_name) == ("Lampu jalan mati", "Ona Fixture")
    assert (message.sender.username, message.sender.address) == ("ona_fixture", str(ONA))
    assert bot.poll(first.cursor, 0).bodies == ()


def test_without_a_confirmed_cursor_the_same_update_comes_again(sim: TelegramSimulator, bot: Telegram) -> None:
    sim.citizen_sends(ONA, "Sampah menumpuk")
    assert bot.poll("", 0).bodies == bot.poll("", 0).bodies


def test_polling_waits_for_words_that_are_not_there_yet(sim: TelegramSimulator, bot: Telegram) -> None:
    found: list[Any] = []
    waiting = Thread(target=lambda: found.append(bot.poll("", 10)))
    waiting.start()
    sim.citizen_sends(ONA, "Air mati")
    waiting.join(timeout=10)
    assert only_message(found[0].bodies).text == "Air mati"


def test_an_answer_reaches_the_phone_and_counts_as_sent(sim: TelegramSimulator, bot: Telegram) -> None:
    asked = sim.citizen_sends(ONA, "Halo")
    accepted = bot.send(words("Nomor laporan 2026-000001", reply_to=f"{ONA}:{asked}"))
    (bubble,) = sim.inbox(ONA)
    assert (bubble.text, bubble.external_id) == ("Nomor laporan 2026-000001", accepted.external_id)
    assert accepted.is_sent


def test_a_bot_cannot_begin_a_talk(bot: Telegram) -> None:
    with pytest.raises(DeliveryFailed, match="chat not found") as caught:
        bot.send(words(to=42))
    assert caught.value.permanent


def test_somebody_who_blocked_the_bot_is_not_tried_again(sim: TelegramSimulator, bot: Telegram) -> None:
    sim.citizen_sends(ONA, "Halo")
    sim.citizen_blocks(ONA)
    with pytest.raises(DeliveryFailed) as caught:
        bot.send(words())
    assert (caught.value.permanent, caught.value.provider_code) == (True, "403")
    assert sim.inbox(ONA) == []


def test_too_fast_waits_as_long_as_telegram_asks_and_then_goes_through(sim: TelegramSimulator, bot: Telegram) -> None:
    sim.citizen_sends(ONA, "Halo")
    sim.answer_too_fast(times=1, retry_after_s=7)
    with pytest.raises(DeliveryFailed) as caught:
        bot.send(words())
    assert (caught.value.permanent, caught.value.retry_after_s) == (False, 7.0)
    bot.send(words())
    assert len(sim.inbox(ONA)) == 1


def test_an_outage_is_worth_trying_again(sim: TelegramSimulator, bot: Telegram) -> None:
    sim.citizen_sends(ONA, "Halo")
    sim.fail_next(502, "Bad Gateway")
    with pytest.raises(DeliveryFailed) as caught:
        bot.send(words())
    assert not caught.value.permanent


def test_a_wrong_token_is_the_account_s_trouble(sim: TelegramSimulator) -> None:
    with client_for(sim) as http:
        wrong = AccountSettings("ambon", {"api_base": sim.base_url}, {"bot_token": "123456789:AAwrong-token-here"})
        with pytest.raises(AccountTrouble, match="bot token of account ambon"):
            Telegram(wrong, http).send(words())


def test_a_photo_is_fetched_whole_and_still_tells_where_it_was_taken(sim: TelegramSimulator, bot: Telegram) -> None:
    photo = picture("street_lamp", lon_deg=128.2, lat_deg=-3.7, taken_at=PHOTO_TAKEN_AT)
    sim.citizen_sends(ONA, "gelap sekali", photo=photo)
    message = only_message(bot.poll("", 0).bodies)
    fetched = bot.fetch(message.attachments[0].ref)
    assert (message.text, fetched.data) == ("gelap sekali", photo)
    exif = Image.open(BytesIO(fetched.data)).getexif()
    assert exif[0x0110] == CAMERA
    assert exif.get_ifd(0x8825)[1] == "S"  # the danger that messages has to remove


def test_a_file_telegram_no_longer_knows_is_gone_for_good(sim: TelegramSimulator, bot: Telegram) -> None:
    sim.citizen_sends(ONA, photo=b"x")
    ref = only_message(bot.poll("", 0).bodies).attachments[0].ref
    sim.forget_file(ref)
    with pytest.raises(DeliveryFailed) as caught:
        bot.fetch(ref)
    assert caught.value.permanent


def test_an_album_comes_as_several_messages_of_one_group(sim: TelegramSimulator, bot: Telegram) -> None:
    sim.citizen_sends_album(ONA, [b"one", b"two", b"three"], "bocor besar")
    found = [event for event in heard(bot.poll("", 0).bodies) if isinstance(event, InboundMessage)]
    assert len({message.group_key for message in found}) == 1
    assert [message.text for message in found] == ["bocor besar", "", ""]
    assert all(message.group_key and message.attachments for message in found)


def test_a_place_and_an_own_phone_number_arrive(sim: TelegramSimulator, bot: Telegram) -> None:
    sim.citizen_sends(ONA, location=(128.1807, -3.6961))
    sim.citizen_sends(ONA, phone="6281200000001")
    place, card = [event for event in heard(bot.poll("", 0).bodies) if isinstance(event, InboundMessage)]
    assert (place.lon_deg, place.lat_deg, place.details["accuracy_m"]) == (128.1807, -3.6961, 15.0)
    assert card.sender.phone == "+6281200000001"


def test_an_edit_names_the_message_it_changes(sim: TelegramSimulator, bot: Telegram) -> None:
    message_id = sim.citizen_sends(ONA, "Lampu mati di Batu Mera")
    sim.citizen_edits(ONA, message_id, "Lampu mati di Batu Merah")
    said, edited = heard(bot.poll("", 0).bodies)
    assert isinstance(said, InboundMessage)
    assert isinstance(edited, MessageEdited)
    assert (edited.external_id, edited.text) == (said.external_id, "Lampu mati di Batu Merah")


def test_with_a_webhook_polling_is_refused_in_clear_words(sim: TelegramSimulator, bot: Telegram) -> None:
    with Receiver() as city:
        bot.register(city.base_url)
        with pytest.raises(AccountTrouble, match="still has a webhook") as caught:
            bot.poll("", 0)
        assert caught.value.provider_code == "409"
        with pytest.raises(AccountTrouble, match="still has a webhook"):
            bot.check()
        bot.unregister()
    assert bot.poll("", 0).bodies == ()


def test_webhook_calls_carry_the_secret_and_can_be_verified(sim: TelegramSimulator, bot: Telegram) -> None:
    with Receiver() as city:
        bot.register(city.base_url)
        sim.citizen_sends(ONA, "Pohon tumbang di Galala")
        (call,) = city.wait_for(1)
    assert call.path == "/hooks/telegram/ambon"
    assert bot.verify(call.headers, call.body)
    assert not bot.verify({**call.headers, "x-telegram-bot-api-secret-token": "guessed"}, call.body)
    assert only_message((call.body,)).text == "Pohon tumbang di Galala"


def test_what_waited_before_the_webhook_was_set_is_delivered(sim: TelegramSimulator, bot: Telegram) -> None:
    sim.citizen_sends(ONA, "Dari tadi pagi")
    with Receiver() as city:
        bot.register(city.base_url)
        (call,) = city.wait_for(1)
    assert only_message((call.body,)).text == "Dari tadi pagi"


def test_a_webhook_that_fails_is_called_again_until_it_says_200(sim: TelegramSimulator, bot: Telegram) -> None:
    with Receiver(500, 503) as city:
        bot.register(city.base_url)
        sim.citizen_sends(ONA, "Jalan berlubang")
        calls = city.wait_for(3)
        assert sim.wait_until_quiet()
    assert len({bot.event_key(call.body) for call in calls}) == 1
    assert "503" in sim.last_trouble


def test_the_test_button_says_who_answers_and_what_waits(sim: TelegramSimulator, bot: Telegram) -> None:
    sim.citizen_sends(ONA, "Halo")
    assert bot.check() == "Bot @ambon_demo_bot answers; polling is set up, 1 update(s) wait."
    with client_for(sim) as http, pytest.raises(AccountTrouble, match="no webhook is set"):
        Telegram(account(sim, mode="webhook"), http).check()


def test_a_second_poller_ends_the_first(sim: TelegramSimulator, bot: Telegram) -> None:
    trouble: list[AccountTrouble] = []

    def first() -> None:
        try:
            bot.poll("", 20)
        except AccountTrouble as error:
            trouble.append(error)

    waiting = Thread(target=first)
    waiting.start()
    while waiting.is_alive():  # the second may come before the first has begun to wait
        bot.poll("", 0)
        waiting.join(timeout=0.02)
    assert [error.provider_code for error in trouble] == ["409"]


def test_the_token_never_reaches_the_log(
    sim: TelegramSimulator, bot: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        sim.citizen_sends(ONA, photo=b"x")
        bot.fetch(only_message(bot.poll("", 0).bodies).attachments[0].ref)
        bot.send(words())
        sim.stop()
        with pytest.raises(DeliveryFailed) as caught:
            bot.poll("", 0)
    assert TOKEN not in caplog.text
    assert TOKEN not in str(caught.value)


def test_the_phone_page_shows_the_talk_and_takes_words_without_running_them(
    sim: TelegramSimulator, bot: Telegram
) -> None:
    sim.citizen_sends(ONA, "<script>alert(1)</script>", name="Ona <b>")
    with client_for(sim) as http:
        talk = http.get(f"{sim.base_url}/phone/{ONA}/talk").text
        assert "&lt;script&gt;" in talk
        assert "<script>" not in talk
        assert "DEMO" in http.get(f"{sim.base_url}/phone/{ONA}").text
        assert "Ona &lt;b&gt;" in http.get(f"{sim.base_url}/phone/").text
        http.post(f"{sim.base_url}/phone/{ONA}", data={"text": "Diketik di halaman"})
    assert "Diketik di halaman" in [
        event.text for event in heard(bot.poll("", 0).bodies) if isinstance(event, InboundMessage)
    ]
