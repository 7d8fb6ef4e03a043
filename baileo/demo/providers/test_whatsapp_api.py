"""The Cloud API as a business meets it, call by call: what the real one refuses is refused here, with its codes."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from baileo.demo.providers.testing import Receiver, client_for
from baileo.demo.providers.whatsapp import ACCESS_TOKEN, LONGEST_TEXT, PHONE_NUMBER_ID, VERIFY_TOKEN, WhatsAppSimulator

Call = Callable[..., tuple[int, Any]]
NONA = "6281200000001"
WORDS = {"messaging_product": "whatsapp", "to": NONA, "type": "text", "text": {"body": "Halo"}}


@pytest.fixture
def sim() -> Iterator[WhatsAppSimulator]:
    with WhatsAppSimulator(delays_s=(0.0, 0.0, 0.0), pauses_s=(0.01,), workers=1) as running:
        yield running


@pytest.fixture
def send(sim: WhatsAppSimulator) -> Iterator[Call]:
    """`send(**changes)` posts a text, changed so; gives status and JSON."""
    with client_for(sim) as http:

        def call(*, token: str = ACCESS_TOKEN, phone_number_id: str = PHONE_NUMBER_ID, **over: Any) -> tuple[int, Any]:
            body = json.dumps(WORDS | over).encode()
            headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            url = f"{sim.base_url}/v25.0/{phone_number_id}/messages"
            reply = http.post(url, content=body, headers=headers)
            return reply.status, reply.json()

        yield call


@pytest.fixture
def get(sim: WhatsAppSimulator) -> Iterator[Call]:
    with client_for(sim) as http:

        def call(path: str, *, token: str = ACCESS_TOKEN) -> tuple[int, Any]:
            reply = http.get(f"{sim.base_url}{path}", headers={"authorization": f"Bearer {token}"})
            return reply.status, reply.json() if "json" in reply.headers["content-type"] else reply.content

        yield call


def values(sim: WhatsAppSimulator) -> list[dict[str, Any]]:
    """What would have been posted, without the envelope."""
    bodies = [json.loads(raw) for raw in sim.take_bodies()]
    return [change["value"] for body in bodies for entry in body["entry"] for change in entry["changes"]]


class TestAuthorisation:
    @pytest.mark.parametrize("token", ["x", "EAAexpired", ACCESS_TOKEN + "x"])
    def test_any_other_token_is_refused_with_190(self, send: Call, get: Call, token: str) -> None:
        for status, answer in (send(token=token), get(f"/v25.0/{PHONE_NUMBER_ID}", token=token)):
            assert (status, answer["error"]["code"], answer["error"]["type"]) == (401, 190, "OAuthException")

    def test_media_need_the_token_too(self, sim: WhatsAppSimulator, get: Call) -> None:
        sim.citizen_sends(NONA, photo=b"jpeg")
        (media_id,) = sim.files
        assert get(f"/media/{media_id}", token="x")[0] == 401
        assert get(f"/media/{media_id}") == (200, b"jpeg")


class TestSending:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"messaging_product": "telegram"},
            {"type": "template"},
            {"text": {"body": ""}},
            {"text": {"body": " "}},
            {"text": None},
            {"text": {"body": "x" * (LONGEST_TEXT + 1)}},
        ],
    )
    def test_what_meta_would_not_take_is_refused_with_100(
        self, sim: WhatsAppSimulator, send: Call, wrong: dict[str, Any]
    ) -> None:
        sim.citizen_sends(NONA, "Halo")
        status, answer = send(**wrong)
        assert (status, answer["error"]["code"]) == (400, 100)
        assert sim.inbox(NONA) == []

    def test_another_phone_number_id_is_nobody_s(self, send: Call) -> None:
        status, answer = send(phone_number_id="999")
        assert (status, answer["error"]["error_subcode"]) == (400, 33)

    def test_an_accepted_text_has_an_id_and_then_three_receipts(self, sim: WhatsAppSimulator, send: Call) -> None:
        sim.citizen_sends(NONA, "Halo")
        sim.take_bodies()
        status, answer = send(biz_opaque_callback_data="ours")
        wamid = answer["messages"][0]["id"]
        receipts = [receipt for value in values(sim) for receipt in value["statuses"]]
        assert status == 200
        assert [(receipt["id"], receipt["status"]) for receipt in receipts] == [
            (wamid, "sent"),
            (wamid, "delivered"),
            (wamid, "read"),
        ]
        assert {receipt["biz_opaque_callback_data"] for receipt in receipts} == {"ours"}

    def test_some_people_do_not_tell_that_they_read(self, sim: WhatsAppSimulator, send: Call) -> None:
        sim.citizen_sends(NONA, "Halo")
        sim.take_bodies()
        sim.are_receipts_read = False
        send()
        assert [value["statuses"][0]["status"] for value in values(sim)] == ["sent", "delivered"]

    @pytest.mark.parametrize(("trouble", "code"), [("close_window", 131047), ("make_unreachable", 131026)])
    def test_what_fails_later_is_accepted_first(
        self, sim: WhatsAppSimulator, send: Call, trouble: str, code: int
    ) -> None:
        sim.citizen_sends(NONA, "Halo")
        sim.take_bodies()
        getattr(sim, trouble)(NONA)
        assert send()[0] == 200
        (value,) = values(sim)
        receipt = value["statuses"][0]
        assert (receipt["status"], receipt["errors"][0]["code"]) == ("failed", code)
        assert "pricing" not in receipt

    def test_writing_again_opens_the_window(self, sim: WhatsAppSimulator, send: Call) -> None:
        sim.citizen_sends(NONA, "Halo")
        sim.close_window(NONA)
        sim.citizen_sends(NONA, "Masih di sana?")
        send()
        assert len(sim.inbox(NONA)) == 1

    def test_refusals_come_as_often_as_they_were_asked_for(self, sim: WhatsAppSimulator, send: Call) -> None:
        sim.citizen_sends(NONA, "Halo")
        sim.refuse_next(131056, "Pair rate limit hit", times=2)
        assert [send()[1].get("error", {}).get("code") for _ in range(3)] == [131056, 131056, None]

    def test_a_number_nobody_has_fails_and_in_a_demo_started_anew_it_does_not(self, send: Call) -> None:
        with WhatsAppSimulator(knows_everybody=True) as later, client_for(later) as http:
            headers = {"authorization": f"Bearer {ACCESS_TOKEN}", "content-type": "application/json"}
            url = f"{later.base_url}/v25.0/{PHONE_NUMBER_ID}/messages"
            http.post(url, content=json.dumps(WORDS).encode(), headers=headers)
            assert len(later.inbox(NONA)) == 1


class TestMedia:
    def test_an_id_leads_to_an_address_and_what_lies_there(self, sim: WhatsAppSimulator, get: Call) -> None:
        sim.citizen_sends(NONA, photo=b"jpeg")
        (media_id,) = sim.files
        status, place = get(f"/v25.0/{media_id}")
        assert (status, place["mime_type"], place["file_size"]) == (200, "image/jpeg", 4)
        assert place["url"] == f"{sim.base_url}/media/{media_id}"
        assert place["sha256"] == hashlib.sha256(b"jpeg").hexdigest()

    def test_the_webhook_gives_the_hash_in_base64(self, sim: WhatsAppSimulator) -> None:
        sim.citizen_sends(NONA, "lihat", photo=b"jpeg")
        image = values(sim)[0]["messages"][0]["image"]
        assert image["sha256"] == b64encode(hashlib.sha256(b"jpeg").digest()).decode()
        assert image["caption"] == "lihat"

    def test_what_was_forgotten_is_gone(self, sim: WhatsAppSimulator, get: Call) -> None:
        sim.citizen_sends(NONA, photo=b"jpeg")
        (media_id,) = sim.files
        sim.forget_media(media_id)
        assert get(f"/v25.0/{media_id}")[1]["error"]["error_subcode"] == 33
        assert get(f"/media/{media_id}")[0] == 404


class TestPeople:
    def test_a_phone_number_comes_with_a_user_id_that_stays(self, sim: WhatsAppSimulator) -> None:
        sim.citizen_sends(NONA, "satu", name="Nona Fixture")
        sim.citizen_sends(NONA, "dua")
        first, second = values(sim)
        assert first["contacts"] == second["contacts"]
        assert first["contacts"][0]["wa_id"] == first["messages"][0]["from"] == NONA
        assert first["contacts"][0]["user_id"] == second["messages"][0]["from_user_id"]

    def test_with_a_user_name_the_number_is_nowhere(self, sim: WhatsAppSimulator) -> None:
        sim.citizen_sends("nyong.fixture", "Halo")
        person = sim.person("nyong.fixture")
        raw = json.dumps(values(sim))
        assert person.phone not in raw
        assert person.user_id in raw
        assert '"username": "nyong.fixture"' in raw

    def test_two_people_are_two_people(self, sim: WhatsAppSimulator) -> None:
        one, other = sim.person(NONA), sim.person("6281200000002")
        assert one.user_id != other.user_id
        assert sim.person(one.user_id) is one

    def test_ids_never_repeat(self, sim: WhatsAppSimulator) -> None:
        ids = [sim.citizen_sends(NONA, str(number)) for number in range(200)]
        assert len(set(ids)) == 200


class TestWebhook:
    def test_it_is_signed_over_what_is_sent(self, sim: WhatsAppSimulator) -> None:
        with Receiver() as city:
            city.challenge_token = VERIFY_TOKEN
            assert sim.deliver_to(city.base_url)
            sim.citizen_sends(NONA, "macet 😢")
            (call,) = city.wait_for(1)
        assert call.headers["x-hub-signature-256"].startswith("sha256=")
        assert call.headers["content-type"] == "application/json"

    def test_another_verify_token_is_no_handshake(self, sim: WhatsAppSimulator) -> None:
        with Receiver() as city:
            city.challenge_token = "another"
            assert not sim.deliver_to(city.base_url)
        assert sim.webhook_url == ""

    def test_until_there_is_one_nothing_is_lost(self, sim: WhatsAppSimulator) -> None:
        for number in range(3):
            sim.citizen_sends(NONA, str(number))
        assert [value["messages"][0]["text"]["body"] for value in values(sim)] == ["0", "1", "2"]
        assert sim.take_bodies() == []
