"""The simulated WhatsApp and the real adapter, over real HTTP on loopback."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from uuid import UUID

import pytest

from baileo.city.messages.channel import (
    AccountSettings,
    AccountTrouble,
    DeliveryStatus,
    Event,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    OutboundMessage,
)
from baileo.core.errors import DeliveryFailed
from baileo.demo.providers.server import Call
from baileo.demo.providers.testing import Receiver, client_for
from baileo.demo.providers.whatsapp import ACCESS_TOKEN, APP_SECRET, PHONE_NUMBER_ID, VERIFY_TOKEN, WhatsAppSimulator
from baileo.plugins.channels.whatsapp_cloud.adapter import WhatsAppCloud

NONA = "6281200000001"
CLIENT_ID = UUID("0192f0c0-7000-7000-8000-000000000001")


@pytest.fixture
def sim() -> Iterator[WhatsAppSimulator]:
    with WhatsAppSimulator(delays_s=(0.0, 0.0, 0.0), pauses_s=(0.01, 0.01, 0.01), workers=1) as running:
        yield running


@pytest.fixture
def city(sim: WhatsAppSimulator) -> Iterator[Receiver]:
    with Receiver() as receiver:
        receiver.challenge_token = VERIFY_TOKEN
        assert sim.deliver_to(f"{receiver.base_url}/hooks/whatsapp_cloud/ambon")
        yield receiver


@pytest.fixture
def line(sim: WhatsAppSimulator) -> Iterator[WhatsAppCloud]:
    with client_for(sim) as http:
        yield WhatsAppCloud(account(sim), http)


def account(sim: WhatsAppSimulator, token: str = ACCESS_TOKEN) -> AccountSettings:
    return AccountSettings(
        slug="ambon",
        settings={"api_base": sim.base_url, "phone_number_id": PHONE_NUMBER_ID},
        secrets={"access_token": token, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN},
    )


def words(text: str = "Laporan diterima", to: str = NONA) -> OutboundMessage:
    return OutboundMessage(client_id=CLIENT_ID, address=to, text=text)


def heard(calls: list[Call]) -> list[Event]:
    return [event for call in calls for event in WhatsAppCloud.parse(call.body)]


def receipts(calls: list[Call]) -> list[DeliveryStatus]:
    return [event for event in heard(calls) if isinstance(event, DeliveryStatus)]


def first_message(city: Receiver) -> InboundMessage:
    event = heard(city.wait_for(1))[0]
    assert isinstance(event, InboundMessage)
    return event


def test_the_webhook_is_only_set_when_the_handshake_is_answered(sim: WhatsAppSimulator) -> None:
    with Receiver() as stranger:
        assert not sim.deliver_to(f"{stranger.base_url}/hooks/whatsapp_cloud/ambon")
    assert sim.webhook_url == ""


def test_what_happened_before_the_webhook_was_set_is_delivered(sim: WhatsAppSimulator) -> None:
    sim.citizen_sends(NONA, "Dari tadi pagi")
    with Receiver() as city:
        city.challenge_token = VERIFY_TOKEN
        sim.deliver_to(city.base_url)
        assert first_message(city).text == "Dari tadi pagi"
    assert sim.take_bodies() == []


def test_words_arrive_signed_and_one_changed_byte_is_noticed(
    sim: WhatsAppSimulator, city: Receiver, line: WhatsAppCloud
) -> None:
    wamid = sim.citizen_sends(NONA, "Lampu jalan mati 😢", name="Nona Fixture")
    (call,) = city.wait_for(1)
    message = first_message(city)
    assert (message.external_id, message.text) == (wamid, "Lampu jalan mati 😢")
    assert (message.sender.phone, message.sender.display_name) == ("+6281200000001", "Nona Fixture")
    assert line.verify(call.headers, call.body)
    assert not line.verify(call.headers, call.body.replace(b"Lampu", b"lampu"))


def test_an_answer_reaches_the_phone_and_receipts_name_our_id(
    sim: WhatsAppSimulator, city: Receiver, line: WhatsAppCloud
) -> None:
    sim.citizen_sends(NONA, "Halo")
    accepted = line.send(words("Nomor laporan 2026-000001"))
    assert not accepted.is_sent  # only the receipt is WhatsApp's word
    (bubble,) = sim.wait_for(NONA, "2026-000001")
    assert (bubble.external_id, bubble.client_id) == (accepted.external_id, str(CLIENT_ID))
    found = receipts(city.wait_for(4))
    assert {status.state for status in found} == {"sent", "delivered", "read"}
    assert {(status.external_id, status.client_id) for status in found} == {(accepted.external_id, CLIENT_ID)}


def test_receipts_can_come_in_the_wrong_order(sim: WhatsAppSimulator, city: Receiver, line: WhatsAppCloud) -> None:
    sim.is_out_of_order = True
    sim.citizen_sends(NONA, "Halo")
    city.wait_for(1)
    line.send(words())
    assert [status.state for status in receipts(city.wait_for(4))] == ["read", "delivered", "sent"]


def test_who_hides_the_phone_number_is_answered_by_user_id(
    sim: WhatsAppSimulator, city: Receiver, line: WhatsAppCloud
) -> None:
    sim.citizen_sends("nyong.fixture", "Sampah su manumpu di Passo")
    message = first_message(city)
    assert (message.sender.phone, message.sender.username) == ("", "nyong.fixture")
    line.send(words("Terima kasih", to=message.sender.address))
    assert [bubble.text for bubble in sim.wait_for("nyong.fixture")] == ["Terima kasih"]


def test_after_24_hours_the_refusal_comes_as_a_receipt(
    sim: WhatsAppSimulator, city: Receiver, line: WhatsAppCloud
) -> None:
    sim.citizen_sends(NONA, "Halo")
    city.wait_for(1)
    sim.close_window(NONA)
    line.send(words())
    (status,) = receipts(city.wait_for(2))
    assert (status.state, status.code) == ("failed", "131047")
    assert sim.inbox(NONA) == []


def test_a_number_without_whatsapp_fails_with_the_provider_s_code(
    sim: WhatsAppSimulator, city: Receiver, line: WhatsAppCloud
) -> None:
    line.send(words(to="6281299999999"))
    (status,) = receipts(city.wait_for(1))
    assert (status.state, status.code, status.client_id) == ("failed", "131026", CLIENT_ID)


def test_too_fast_waits_and_then_goes_through(sim: WhatsAppSimulator, line: WhatsAppCloud) -> None:
    sim.citizen_sends(NONA, "Halo")
    sim.refuse_next(130429, "Rate limit hit")
    with pytest.raises(DeliveryFailed) as caught:
        line.send(words())
    assert (caught.value.permanent, caught.value.provider_code) == (False, "130429")
    assert caught.value.retry_after_s is not None
    line.send(words())
    assert len(sim.inbox(NONA)) == 1


def test_an_expired_token_is_the_account_s_trouble(sim: WhatsAppSimulator) -> None:
    with client_for(sim) as http:
        line = WhatsAppCloud(account(sim, token="EAAexpired"), http)
        with pytest.raises(AccountTrouble, match="refuses account ambon") as caught:
            line.send(words())
    assert caught.value.provider_code == "190"


def test_a_photo_is_fetched_with_the_token_and_matches_its_hash(
    sim: WhatsAppSimulator, city: Receiver, line: WhatsAppCloud
) -> None:
    sim.citizen_sends(NONA, "ini dia pung gambar", photo=b"a picture")
    (ref,) = first_message(city).attachments
    fetched = line.fetch(ref.ref)
    assert (fetched.data, fetched.media_type) == (b"a picture", "image/jpeg")
    assert hashlib.sha256(fetched.data).hexdigest() == ref.sha256


def test_a_photo_whatsapp_no_longer_has_is_gone_for_good(
    sim: WhatsAppSimulator, city: Receiver, line: WhatsAppCloud
) -> None:
    sim.citizen_sends(NONA, photo=b"a picture")
    (ref,) = first_message(city).attachments
    sim.forget_media(ref.ref)
    with pytest.raises(DeliveryFailed) as caught:
        line.fetch(ref.ref)
    assert caught.value.permanent


def test_a_place_comes_as_a_message_of_its_own(sim: WhatsAppSimulator, city: Receiver) -> None:
    sim.citizen_sends(NONA, location=(128.1968, -3.6889), place="Batu Merah")
    message = first_message(city)
    assert (message.lon_deg, message.lat_deg, message.place_text) == (128.1968, -3.6889, "Batu Merah")


def test_edits_deletions_and_thumbs_name_their_message(sim: WhatsAppSimulator, city: Receiver) -> None:
    wamid = sim.citizen_sends(NONA, "Lampu mati")
    city.wait_for(1)
    sim.citizen_edits(NONA, wamid, "Lampu jalan mati")
    city.wait_for(2)
    sim.citizen_deletes(NONA, wamid)
    city.wait_for(3)
    sim.citizen_reacts(NONA, "wamid.OURS")
    _said, edited, deleted, thumb = heard(city.wait_for(4))
    assert isinstance(edited, MessageEdited)
    assert isinstance(deleted, MessageDeleted)
    assert isinstance(thumb, InboundMessage)
    assert (edited.external_id, edited.text, deleted.external_id) == (wamid, "Lampu jalan mati", wamid)
    assert (thumb.text, thumb.reply_to, thumb.details["emoji"]) == ("", "wamid.OURS", "👍")


def test_a_webhook_that_fails_is_called_again_with_the_same_bytes(sim: WhatsAppSimulator, line: WhatsAppCloud) -> None:
    with Receiver(500, 429, 503) as city:
        city.challenge_token = VERIFY_TOKEN
        sim.deliver_to(f"{city.base_url}/hooks/whatsapp_cloud/ambon")
        sim.citizen_sends(NONA, "Halo")
        calls = city.wait_for(4)
        assert sim.wait_until_quiet()
    assert len({call.body for call in calls}) == 1
    assert len({line.event_key(call.body) for call in calls}) == 1


def test_a_delivery_can_come_twice_on_command(sim: WhatsAppSimulator, city: Receiver, line: WhatsAppCloud) -> None:
    sim.duplicate_next()
    sim.citizen_sends(NONA, "Halo")
    one, other = city.wait_for(2)
    assert line.event_key(one.body) == line.event_key(other.body)


def test_the_test_button_names_the_number(line: WhatsAppCloud) -> None:
    assert line.check() == "WhatsApp number +62 911-0000-00 (Kota Ambon (DEMO)) answers; quality GREEN."


def test_a_user_id_in_the_wrong_field_would_reach_nobody(sim: WhatsAppSimulator, city: Receiver) -> None:
    """Meta answers 200 to it; the adapter never does it, and this simulator would show if it did."""
    sim.citizen_sends("nyong.fixture", "Halo")
    user_id = first_message(city).sender.address
    wanted = {"messaging_product": "whatsapp", "to": user_id, "type": "text", "text": {"body": "Halo"}}
    with client_for(sim) as http:
        reply = http.post(
            f"{sim.base_url}/v25.0/{PHONE_NUMBER_ID}/messages",
            content=json.dumps(wanted).encode(),
            headers={"authorization": f"Bearer {ACCESS_TOKEN}", "content-type": "application/json"},
        )
    assert reply.status == 200
    assert sim.inbox("nyong.fixture") == []
