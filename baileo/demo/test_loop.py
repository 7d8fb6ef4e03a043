"""The whole way, without a browser: a citizen writes, officers act, the citizen's phone shows it.

Simulators over real HTTP, the real adapters, messages and service requests; `chores` plays worker and watch.
"""

from __future__ import annotations

import json
import random
from io import BytesIO
from uuid import UUID

import pytest
from PIL import Image

from baileo.city.messages.files import store
from baileo.city.messages.models import Attachment, ContactIdentity, Conversation, InboundPayload, Message
from baileo.city.messages.registry import channel_for
from baileo.city.messages.services import message_retry, payload_reopen, payload_store
from baileo.city.service_requests import services
from baileo.city.service_requests.models import ServiceRequest
from baileo.core.clock import clock, now
from baileo.core.errors import BaileoError
from baileo.demo.chores import answer, hear
from baileo.demo.providers.pictures import CAMERA, picture
from baileo.demo.providers.whatsapp_bodies import Receipt, status
from baileo.demo.town import Town, demo_account
from baileo.ground.people.models import User

NONA = "6281200000001"
ONA = 700000001
CLIENT_ID = UUID("0192f0c0-7000-7000-8000-00000000c0de")
LAMP = "Lampu jalan di Batu Merah mati sudah tiga hari, tolong diperbaiki"


def heard_and_answered(town: Town) -> None:
    hear(town)
    answer(town)


def only_request() -> ServiceRequest:
    return ServiceRequest.objects.get()


def resolve(request: ServiceRequest, staff: dict[str, User], words: str) -> ServiceRequest:
    """Every step from the desk to the answer."""
    desk, officer = staff["koordinator"], staff["petugas-perkim"]
    number = request.number
    request = services.request_verify(
        number=number, seen_version=request.version, actor=desk, service_code="street_light"
    )
    request = services.request_assign(number=number, agency_code="perkim", seen_version=request.version, actor=desk)
    request = services.request_accept(number=number, seen_version=request.version, actor=officer)
    request = services.request_start(number=number, seen_version=request.version, actor=officer)
    return services.request_resolve(number=number, seen_version=request.version, actor=officer, answer=words)


class TestWhatsApp:
    def test_a_report_gets_its_number_at_once_and_the_answer_at_the_end(
        self, town: Town, staff: dict[str, User]
    ) -> None:
        town.whatsapp.citizen_sends(NONA, LAMP, name="Nona Fixture")
        heard_and_answered(town)
        request = only_request()
        (receipt,) = town.whatsapp.inbox(NONA)
        assert request.number in receipt.text
        assert request.track_code in receipt.text
        resolve(request, staff, "Lampu sudah diganti.")
        answer(town)
        last = town.whatsapp.inbox(NONA)[-1]
        assert "Lampu sudah diganti." in last.text
        assert set(Message.objects.filter(direction="out").values_list("delivery", flat=True)) == {"read"}

    def test_the_citizen_answers_into_the_same_request(self, town: Town, staff: dict[str, User]) -> None:
        with clock.stopped_at(now()) as stopped:
            town.whatsapp.citizen_sends(NONA, LAMP)
            heard_and_answered(town)
            request = resolve(only_request(), staff, "Lampu sudah diganti.")
            answer(town)
            stopped.tick(minutes=5)
            town.whatsapp.citizen_sends(NONA, "Ya, sudah. Makasih")
            hear(town)
        assert only_request().pk == request.pk
        assert only_request().state == "closed"

    def test_one_delivery_five_times_is_one_message(self, town: Town) -> None:
        town.whatsapp.citizen_sends(NONA, LAMP)
        (body,) = town.whatsapp.take_bodies()
        account = demo_account("whatsapp_cloud")
        channel = channel_for(account)
        for _ in range(5):
            payload_store(account, [(channel.event_key(body), body, {})])
            hear(town)
        assert (Message.objects.filter(direction="in").count(), ServiceRequest.objects.count()) == (1, 1)

    def test_understanding_again_changes_nothing(self, town: Town) -> None:
        town.whatsapp.citizen_sends(NONA, LAMP)
        hear(town)
        before = list(Message.objects.order_by("pk").values_list("pk", "text", "external_id"))
        for payload in InboundPayload.objects.all():
            payload_reopen(payload.pk, actor="system:test")
        hear(town)
        assert list(Message.objects.filter(direction="in").order_by("pk").values_list("pk", "text", "external_id")) == [
            row for row in before if row[1] == LAMP
        ]
        assert ServiceRequest.objects.count() == 1

    def test_receipts_in_any_order_end_at_the_furthest(self, town: Town) -> None:
        town.whatsapp.is_out_of_order = True
        town.whatsapp.citizen_sends(NONA, LAMP)
        heard_and_answered(town)
        message = Message.objects.get(direction="out")
        assert (message.delivery, bool(message.delivered_at), bool(message.sent_at)) == ("read", True, True)

    def test_a_crash_between_sending_and_recording_is_settled_by_the_echo_of_our_id(self, town: Town) -> None:
        town.whatsapp.citizen_sends(NONA, LAMP)
        hear(town)
        Message.objects.filter(direction="out").update(delivery="sending", sending_since=now())  # and then we died
        message = Message.objects.get(direction="out")
        receipt = Receipt("wamid.EARLY", town.whatsapp.person(NONA), str(message.client_id))
        body = json.dumps(status(town.whatsapp.phone_number_id, receipt, "delivered")).encode()
        payload_store(demo_account("whatsapp_cloud"), [("a receipt", body, {})])
        heard_and_answered(town)
        message.refresh_from_db()
        assert (message.delivery, message.external_id, message.is_unconfirmed) == ("delivered", "wamid.EARLY", False)
        assert town.whatsapp.inbox(NONA) == []  # not sent a second time

    def test_after_24_hours_the_desk_is_told_and_nothing_is_sent(self, town: Town, staff: dict[str, User]) -> None:
        with clock.stopped_at(now()) as stopped:
            town.whatsapp.citizen_sends(NONA, LAMP)
            heard_and_answered(town)
            stopped.tick(hours=25)
            with pytest.raises(BaileoError, match="WhatsApp"):
                services.request_reply(
                    number=only_request().number, actor=staff["koordinator"], text="Halo", client_id=CLIENT_ID
                )
        assert len(town.whatsapp.inbox(NONA)) == 1

    def test_whatsapp_s_own_refusal_reaches_the_desk_with_code_and_words(
        self, town: Town, staff: dict[str, User]
    ) -> None:
        town.whatsapp.citizen_sends(NONA, LAMP)
        heard_and_answered(town)
        town.whatsapp.close_window(NONA)
        services.request_reply(
            number=only_request().number, actor=staff["koordinator"], text="Halo", client_id=CLIENT_ID
        )
        answer(town)
        message = Message.objects.get(client_id=CLIENT_ID)
        assert (message.delivery, message.provider_code) == ("failed", "131047")
        assert "Re-engagement" in message.provider_words

    def test_too_fast_is_tried_again_and_arrives_once(self, town: Town, staff: dict[str, User]) -> None:
        with clock.stopped_at(now()) as stopped:
            town.whatsapp.citizen_sends(NONA, LAMP)
            town.whatsapp.refuse_next(130429, "Rate limit hit")
            heard_and_answered(town)
            assert town.whatsapp.inbox(NONA) == []
            stopped.tick(minutes=30)
            answer(town)
        assert len(town.whatsapp.inbox(NONA)) == 1

    def test_an_expired_token_is_the_account_s_trouble_and_the_message_waits(self, town: Town) -> None:
        with clock.stopped_at(now()) as stopped:
            town.whatsapp.citizen_sends(NONA, LAMP)
            town.whatsapp.refuse_next(190, "Error validating access token", status=401)
            heard_and_answered(town)
            assert "access token" in demo_account("whatsapp_cloud").trouble
            assert Message.objects.get(direction="out").delivery == "queued"
            stopped.tick(minutes=30)
            answer(town)
        assert len(town.whatsapp.inbox(NONA)) == 1
        assert demo_account("whatsapp_cloud").trouble == ""

    def test_somebody_who_begins_to_hide_the_number_stays_the_same_contact(self, town: Town) -> None:
        town.whatsapp.citizen_sends(NONA, LAMP, name="Nona Fixture")
        hear(town)
        person = town.whatsapp.person(NONA)
        person.username = "nona.fixture"
        town.whatsapp.citizen_sends(person.user_id, "Masih mati")
        hear(town)
        contact = ContactIdentity.objects.get()
        assert (contact.external_id, contact.username) == (person.user_id, "nona.fixture")
        assert Conversation.objects.count() == 1

    def test_who_never_showed_a_number_is_answered_all_the_same(self, town: Town) -> None:
        town.whatsapp.citizen_sends("nyong.fixture", LAMP)
        heard_and_answered(town)
        assert only_request().number in town.whatsapp.inbox("nyong.fixture")[0].text
        assert ContactIdentity.objects.get().phone == ""

    def test_a_deleted_word_stays_for_the_officer_and_says_so(self, town: Town) -> None:
        wamid = town.whatsapp.citizen_sends(NONA, LAMP)
        hear(town)
        town.whatsapp.citizen_deletes(NONA, wamid)
        hear(town)
        message = Message.objects.get(external_id=wamid)
        assert (message.text, message.deleted_at is not None) == (LAMP, True)

    def test_a_thumb_makes_no_request(self, town: Town) -> None:
        town.whatsapp.citizen_reacts(NONA, "wamid.UNKNOWN")
        hear(town)
        assert not ServiceRequest.objects.exists()
        assert Message.objects.get().details["emoji"] == "👍"


class TestTelegram:
    def test_a_report_gets_its_number_at_once(self, town: Town) -> None:
        town.telegram.citizen_sends(ONA, LAMP, name="Ona Fixture")
        heard_and_answered(town)
        (receipt,) = town.telegram.inbox(ONA)
        assert only_request().number in receipt.text
        assert Message.objects.get(direction="out").delivery == "sent"  # Telegram never says more

    def test_polling_twice_hears_once(self, town: Town) -> None:
        town.telegram.citizen_sends(ONA, LAMP)
        hear(town)
        hear(town)
        assert (Message.objects.filter(direction="in").count(), ServiceRequest.objects.count()) == (1, 1)

    def test_a_lost_cursor_repeats_nothing(self, town: Town) -> None:
        town.telegram.citizen_sends(ONA, LAMP)
        account = demo_account("telegram")
        channel = channel_for(account)
        body = channel.poll("", 0).bodies[0]
        payload_store(account, [(channel.event_key(body), body, {})])  # stored, then we died before confirming
        hear(town)
        assert Message.objects.filter(direction="in").count() == 1

    def test_an_edit_changes_the_words_and_keeps_the_old_ones(self, town: Town) -> None:
        message_id = town.telegram.citizen_sends(ONA, LAMP)
        hear(town)
        town.telegram.citizen_edits(ONA, message_id, LAMP + " secepatnya")
        hear(town)
        message = Message.objects.get(direction="in")
        assert message.text.endswith("secepatnya")
        assert [edit.text_before for edit in message.edits.all()] == [LAMP]

    def test_an_album_is_one_report_with_all_its_photos(self, town: Town) -> None:
        photos = [picture("rubbish", seed=seed, taken_at=now()) for seed in range(3)]
        town.telegram.citizen_sends_album(ONA, photos, "Sampah menumpuk di Passo, sudah empat hari tidak diangkut")
        hear(town)
        request = only_request()
        assert Attachment.objects.filter(message__in=request.links.values("message"), state="stored").count() == 3

    def test_somebody_who_blocked_the_bot_is_seen_at_the_desk(self, town: Town) -> None:
        town.telegram.citizen_sends(ONA, LAMP)
        hear(town)
        town.telegram.citizen_blocks(ONA)
        answer(town)
        message = Message.objects.get(direction="out")
        assert (message.delivery, message.provider_code) == ("failed", "403")
        town.telegram.citizen_blocks(ONA, is_blocked=False)
        message_retry(message.pk, actor="system:test")
        answer(town)
        assert len(town.telegram.inbox(ONA)) == 1

    def test_start_alone_makes_no_request(self, town: Town) -> None:
        town.telegram.citizen_sends(ONA, "/start")
        hear(town)
        assert not ServiceRequest.objects.exists()


class TestPhotos:
    @pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
    def test_the_place_where_a_photo_was_taken_is_not_kept_in_it(self, town: Town, channel: str) -> None:
        photo = picture("street_lamp", lon_deg=128.2, lat_deg=-3.7, taken_at=now())
        assert CAMERA.encode() in photo
        if channel == "telegram":
            town.telegram.citizen_sends(ONA, LAMP, photo=photo)
        else:
            town.whatsapp.citizen_sends(NONA, LAMP, photo=photo)
        hear(town)
        attachment = Attachment.objects.get()
        kept = store().read(attachment.sha256)
        exif = Image.open(BytesIO(kept)).getexif()
        assert attachment.state == "stored"
        assert dict(exif) == {}
        assert not exif.get_ifd(0x8825)
        assert CAMERA.encode() not in kept

    def test_a_photo_that_cannot_be_fetched_costs_no_words_and_comes_later(self, town: Town) -> None:
        photo = picture("rubbish", taken_at=now())
        with clock.stopped_at(now()) as stopped:
            town.whatsapp.citizen_sends(NONA, LAMP, photo=photo)
            taken = dict(town.whatsapp.files)
            town.whatsapp.access_token = "changed for a while"
            hear(town)
            assert only_request().description == LAMP
            assert Attachment.objects.get().state == "waiting"
            town.whatsapp.access_token = demo_token(town)
            assert town.whatsapp.files == taken
            stopped.tick(hours=1)
            hear(town)
        assert Attachment.objects.get().state == "stored"
        assert ServiceRequest.objects.count() == 1

    def test_a_photo_the_provider_no_longer_has_is_refused_with_the_reason(self, town: Town) -> None:
        town.whatsapp.citizen_sends(NONA, LAMP, photo=picture("rubbish", taken_at=now()))
        town.whatsapp.files.clear()
        hear(town)
        attachment = Attachment.objects.get()
        assert (attachment.state, bool(attachment.reason)) == ("refused", True)

    def test_what_is_no_picture_is_refused_whatever_it_calls_itself(self, town: Town) -> None:
        town.whatsapp.citizen_sends(NONA, LAMP, photo=b"MZ\x90\x00 not a picture at all")
        hear(town)
        assert Attachment.objects.get().state == "refused"
        assert only_request().description == LAMP


def demo_token(town: Town) -> str:
    """The token the city's account holds."""
    channel = channel_for(demo_account("whatsapp_cloud"))
    return channel.account.secrets["access_token"]


def test_the_same_talks_shuffled_and_repeated_make_the_same_requests(town: Town) -> None:
    """After hours without a link everything comes at once, in any order, some of it twice."""
    for number in range(6):
        town.whatsapp.citizen_sends(f"62812000000{number:02d}", f"{LAMP} nomor {number}")
        town.whatsapp.citizen_sends(f"62812000000{number:02d}", location=(128.19 + number / 100, -3.69))
    bodies = town.whatsapp.take_bodies()
    shuffled = random.Random(4).sample(bodies, len(bodies)) + random.Random(5).sample(bodies, 6)
    account = demo_account("whatsapp_cloud")
    channel = channel_for(account)
    for body in shuffled:
        payload_store(account, [(channel.event_key(body), body, {})])
        hear(town)
    assert ServiceRequest.objects.count() == 6
    assert Message.objects.filter(direction="in").count() == 12
    for request in ServiceRequest.objects.all():
        assert request.links.count() == 3  # words, place, receipt
