"""What is WhatsApp's own; fixtures and the rules common to all channels are in `test_contract.py`."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.messages.channel import (
    Accepted,
    AccountSettings,
    AccountTrouble,
    ContactChanged,
    DeliveryStatus,
    Event,
    Ignored,
    InboundMessage,
    OutboundMessage,
)
from baileo.core.errors import DeliveryFailed, NetworkFailed, PayloadRejected, TooLarge
from baileo.core.testing import FakeHttp
from baileo.plugins.channels.whatsapp_cloud.adapter import WhatsAppCloud

FIXTURES = Path(__file__).parent / "fixtures"
OWN_ID = "100200300400500"
CLIENT_ID = UUID("0192f0c0-7000-7000-8000-000000000001")
HELLO = OutboundMessage(client_id=CLIENT_ID, address="6281200000001", text="Laporan diterima")
SENT = {"messages": [{"id": "wamid.OUT1"}]}


def line(
    http: FakeHttp | None = None, *, secret: str = "app-secret", token: str = "EAAfixture", **over: str
) -> WhatsAppCloud:
    settings = {"phone_number_id": OWN_ID} | over
    secrets = {"app_secret": secret, "access_token": token, "verify_token": "verify-me"}
    return WhatsAppCloud(AccountSettings("ambon", settings, secrets), http or FakeHttp())


def refusing(code: int, status: int = 400, title: str = "Some title") -> FakeHttp:
    error = {"code": code, "message": f"(#{code}) {title}", "type": "OAuthException", "error_data": {"details": title}}
    return FakeHttp().will(status, json={"error": error})


def fixture_body(name: str) -> bytes:
    found = json.loads((FIXTURES / "in" / f"{name}.json").read_text())
    return json.dumps(found.get("request", {}).get("body", found), separators=(",", ":")).encode()


def a_call(*messages: dict[str, Any], statuses: list[Any] | None = None, contacts: list[Any] | None = None) -> bytes:
    value = {
        "metadata": {"phone_number_id": OWN_ID},
        "contacts": contacts or [],
        "messages": list(messages),
        "statuses": statuses or [],
    }
    entry = [{"changes": [{"field": "messages", "value": value}]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def words(**over: Any) -> dict[str, Any]:
    usual = {"id": "wamid.1", "timestamp": "1795137300", "type": "text", "text": {"body": "halo"}}
    return usual | {"from": "6281200000001"} | over


def only(body: bytes) -> Event:
    (event,) = WhatsAppCloud.parse(body)
    return event


def only_message(body: bytes) -> InboundMessage:
    event = only(body)
    assert isinstance(event, InboundMessage)
    return event


# Signature and handshake


def signed(body: bytes, secret: str = "app-secret") -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def test_the_raw_bytes_are_what_is_signed() -> None:
    body = '{"text": "macet 😢"}'.encode()
    assert line().verify(signed(body), body)
    assert not line().verify(signed(body), json.dumps(json.loads(body)).encode())  # the same, written anew


@pytest.mark.parametrize("header", ["", "sha256=", "sha1=abc", "sha256=zz", "sha256=" + "0" * 64, "é"])
def test_a_call_without_the_right_signature_is_not_whatsapp(header: str) -> None:
    assert not line().verify({"x-hub-signature-256": header}, b"{}")
    assert not line().verify({}, b"{}")


def test_an_account_without_an_app_secret_trusts_nobody() -> None:
    assert not line(secret="").verify(signed(b"{}", ""), b"{}")


def test_the_signatures_of_the_fixtures_hold() -> None:
    shared = [path for path in (FIXTURES / "in").glob("*.json") if "X-Hub-Signature-256" in path.read_text()]
    assert len(shared) == 5
    for path in shared:
        request = json.loads(path.read_text())["request"]
        body = json.dumps(request["body"], separators=(",", ":")).encode()
        headers = {name.lower(): value for name, value in request["headers"].items()}
        assert line(secret="fixture-app-secret").verify(headers, body), path.name
        assert not line(secret="fixture-app-secret").verify(headers, body + b" "), path.name


def test_the_handshake_is_answered_with_the_challenge() -> None:
    fixture = json.loads((FIXTURES / "handshake" / "verification.json").read_text())
    secrets = {"verify_token": fixture["request"]["query"]["hub.verify_token"]}
    channel = WhatsAppCloud(AccountSettings("ambon", {}, secrets), FakeHttp())
    assert channel.handshake(fixture["request"]["query"]) == fixture["response"]["body"]


@pytest.mark.parametrize(
    "wrong",
    [{"hub.verify_token": "guess"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}, {"hub.challenge": ""}],
)
def test_any_other_handshake_is_refused(wrong: dict[str, str]) -> None:
    right = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "verify-me"}
    assert line().handshake(right) == "1"
    assert line().handshake(right | wrong) is None
    assert (
        WhatsAppCloud(AccountSettings("ambon", {}, {}), FakeHttp()).handshake(right | {"hub.verify_token": ""}) is None
    )


# Once only


def test_a_message_written_differently_the_second_time_is_the_same_delivery() -> None:
    body = a_call(words())
    assert line().event_key(body) == line().event_key(json.dumps(json.loads(body), indent=1).encode())
    assert line().event_key(body) == "message:wamid.1"


def test_sent_and_delivered_of_one_message_are_two_deliveries() -> None:
    keys = [
        line().event_key(a_call(statuses=[{"id": "wamid.1", "status": state, "timestamp": "1795137300"}]))
        for state in ("sent", "delivered")
    ]
    assert len(set(keys)) == 2


def test_several_at_once_have_one_key_whatever_their_order() -> None:
    one, other = words(id="wamid.1"), words(id="wamid.2")
    assert line().event_key(a_call(one, other)) == line().event_key(a_call(other, one))
    assert line().event_key(a_call(one, other)) != line().event_key(a_call(one))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"entry": 1}', b'{"entry":[{"changes":[{}]}]}', b"\xff"])
def test_without_ids_the_bytes_themselves_are_the_key(body: bytes) -> None:
    assert line().event_key(body) == hashlib.sha256(body).hexdigest()


# Who


def test_a_person_is_the_user_id_and_the_phone_number_is_remembered() -> None:
    sender = only_message(fixture_body("message-text")).sender
    assert sender.external_id == "ID.70010002000300040"
    assert sender.aliases == ("6281200000001",)
    assert (sender.address, sender.phone) == ("6281200000001", "+6281200000001")


def test_before_user_ids_the_phone_number_is_the_person() -> None:
    sender = only_message(a_call(words())).sender
    assert (sender.external_id, sender.address, sender.aliases) == ("6281200000001", "6281200000001", ())


def test_who_hides_the_number_is_known_and_answered_by_user_id() -> None:
    sender = only_message(fixture_body("message-username-only")).sender
    assert (sender.external_id, sender.address) == ("ID.70010002000300099", "ID.70010002000300099")
    assert (sender.phone, sender.username, sender.display_name) == ("", "nyong.fixture", "Nyong")


def test_a_user_id_in_place_of_the_phone_number_is_no_phone_number() -> None:
    sender = only_message(a_call(words(**{"from": "ID.123"}))).sender
    assert (sender.external_id, sender.address, sender.phone) == ("ID.123", "ID.123", "")


def test_names_stay_with_their_owners_when_several_people_write_at_once() -> None:
    contacts = [{"wa_id": "621", "profile": {"name": "Satu"}}, {"user_id": "ID.2", "profile": {"name": "Dua"}}]
    messages = [words(id="a", **{"from": "621"}), words(id="b", **{"from": "", "from_user_id": "ID.2"}), words(id="c")]
    found = list(WhatsAppCloud.parse(a_call(*messages, contacts=contacts)))
    names = [event.sender.display_name for event in found if isinstance(event, InboundMessage)]
    assert names == ["Satu", "Dua", ""]


def test_a_message_of_nobody_is_rejected() -> None:
    with pytest.raises(PayloadRejected, match="neither a phone number nor a user id"):
        WhatsAppCloud.parse(a_call(words(**{"from": ""})))


def test_a_new_number_leads_from_the_old_ids_to_the_new_ones() -> None:
    event = only(fixture_body("system-number-changed"))
    assert isinstance(event, ContactChanged)
    assert event.known_as == ("ID.70010002000300041", "6281200000003")
    assert (event.sender.external_id, event.sender.address) == ("ID.70010002000300042", "6281200000004")
    assert event.sender.aliases == ("6281200000004",)  # never the old number: somebody else may get it


# What


def test_a_message_for_another_number_of_the_city_is_set_aside() -> None:
    body = fixture_body("several-in-one-call")
    mine = line().understand(body)
    assert mine[-1] == Ignored("meant for another phone number than this account's")
    assert len(mine) == len(WhatsAppCloud.parse(body))
    assert [event.text for event in mine if isinstance(event, InboundMessage)] == [
        "Sampah di Waihaong belum diangkat",
        "Pohon tumbang di Galala, jalang tatutup",
        "",
    ]


def test_one_message_in_a_new_shape_does_not_cost_the_others() -> None:
    broken = words(id="wamid.2", type="image", image={"link": "https://x.invalid"})
    first, second = WhatsAppCloud.parse(a_call(words(), broken))
    assert isinstance(first, InboundMessage)
    assert isinstance(second, InboundMessage)
    assert (first.text, second.text) == ("halo", "")
    assert second.details == {"type": "image", "is_unreadable": True}


@pytest.mark.parametrize("kind", ["text", "image", "location", "button", "interactive", "reaction", "contacts", "edit"])
@pytest.mark.parametrize("content", [None, 1, "x", [], [1], {}, {"id": 1}, {"body": {}}])
def test_no_content_whatsoever_breaks_a_known_kind(kind: str, content: Any) -> None:
    event = only(a_call(words(type=kind, **{kind: content})))
    assert isinstance(event, InboundMessage)
    assert event.external_id == "wamid.1"


def test_a_thumb_is_an_answer_and_no_report() -> None:
    message = only_message(fixture_body("reaction"))
    assert (message.text, message.reply_to) == ("", "wamid.HBgFIXTUREOUT1")
    assert message.details == {"type": "reaction", "emoji": "👍"}


def test_a_receipt_finds_our_message_by_our_own_id() -> None:
    event = only(fixture_body("status-echoes-our-id"))
    assert isinstance(event, DeliveryStatus)
    assert (event.state, event.client_id) == ("read", UUID("0192f0c0-7000-7000-8000-0000000000aa"))


def test_a_failed_receipt_keeps_the_provider_s_code_and_words() -> None:
    event = WhatsAppCloud.parse(fixture_body("status"))[-1]
    assert isinstance(event, DeliveryStatus)
    assert (event.state, event.code) == ("failed", "131047")
    assert event.words == "Re-engagement message: fixture: customer service window closed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"object": "page"},
        {"entry": []},
        {"entry": [{"changes": [{"field": "messages", "value": {}}]}]},
        {"entry": [{"changes": [{"field": "messages", "value": {"metadata": {"phone_number_id": ""}}}]}]},
    ],
)
def test_what_meta_does_not_document_is_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(PayloadRejected, match="WhatsApp: 1 field"):
        WhatsAppCloud.parse(json.dumps(json.loads(a_call(words())) | wrong).encode())


@pytest.mark.parametrize("wrong", [{"timestamp": "later"}, {"timestamp": "-1"}, {"id": ""}, {"type": None}])
def test_a_head_that_is_unsound_is_rejected_without_quoting_the_words(wrong: dict[str, Any]) -> None:
    with pytest.raises(PayloadRejected) as caught:
        WhatsAppCloud.parse(a_call(words(text={"body": "nomor saya 0812"}, **wrong)))
    assert "0812" not in str(caught.value)


_NAMES = [
    "entry",
    "changes",
    "value",
    "field",
    "messages",
    "statuses",
    "metadata",
    "phone_number_id",
    "id",
    "type",
    "text",
]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.dictionaries(
    st.sampled_from(_NAMES), inner) | st.lists(inner), max_leaves=12))  # fmt: skip
def test_no_json_whatsoever_breaks_the_parser(body: Any) -> None:
    for raw in (json.dumps(body).encode(), a_call(words(text=body)), a_call(words(context=body))):
        with contextlib.suppress(PayloadRejected):
            WhatsAppCloud.parse(raw)
        line().event_key(raw)


# Going out


def test_our_id_travels_along_and_accepted_is_not_yet_sent() -> None:
    http = FakeHttp().will(json=SENT)
    assert line(http).send(HELLO) == Accepted("wamid.OUT1", is_sent=False)
    call = http.calls[0]
    assert call.url == f"https://graph.facebook.com/v25.0/{OWN_ID}/messages"
    assert call.headers["authorization"] == "Bearer EAAfixture"
    assert call.json["biz_opaque_callback_data"] == str(CLIENT_ID)
    assert (call.json["to"], call.json["text"]["body"]) == ("6281200000001", "Laporan diterima")


def test_a_user_id_goes_into_the_field_that_reaches_somebody() -> None:
    http = FakeHttp().will(json=SENT)
    line(http).send(OutboundMessage(CLIENT_ID, "ID.70010002000300099", "Halo", reply_to="wamid.IN1"))
    assert http.calls[0].json["recipient"] == "ID.70010002000300099"
    assert "to" not in http.calls[0].json
    assert http.calls[0].json["context"] == {"message_id": "wamid.IN1"}


@pytest.mark.parametrize("code", [131047, 131026, 131051, 100, 131008, 131009])
def test_what_waiting_cannot_mend_is_given_up_with_code_and_words(code: int) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        line(refusing(code)).send(HELLO)
    assert caught.value.permanent
    assert (caught.value.provider_code, "Some title" in caught.value.provider_words) == (str(code), True)


def test_a_closed_window_says_so_in_words() -> None:
    with pytest.raises(DeliveryFailed, match="24 hours to answer freely are over"):
        line(refusing(131047, title="Re-engagement message")).send(HELLO)


@pytest.mark.parametrize("code", [130429, 80007, 4, 131048, 368])
def test_too_fast_waits(code: int) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        line(refusing(code)).send(HELLO)
    assert not caught.value.permanent
    assert caught.value.retry_after_s is not None
    assert caught.value.retry_after_s > 0


def test_writing_one_person_too_often_makes_nobody_else_wait() -> None:
    with pytest.raises(DeliveryFailed) as caught:
        line(refusing(131056)).send(HELLO)
    assert (caught.value.permanent, caught.value.retry_after_s) == (False, None)


@pytest.mark.parametrize(("code", "status"), [(131000, 500), (2, 503), (131016, 400), (131057, 400), (99999, 500)])
def test_an_outage_is_worth_another_try(code: int, status: int) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        line(refusing(code, status)).send(HELLO)
    assert not caught.value.permanent
    assert not isinstance(caught.value, AccountTrouble)


@pytest.mark.parametrize(
    ("code", "status"), [(190, 401), (10, 403), (200, 403), (131031, 403), (131042, 400), (0, 401)]
)
def test_a_refused_key_blames_the_account_not_the_message(code: int, status: int) -> None:
    with pytest.raises(AccountTrouble, match="account ambon") as caught:
        line(refusing(code, status)).send(HELLO)
    assert (caught.value.permanent, caught.value.provider_code) == (False, str(code))


@pytest.mark.parametrize(("status", "permanent"), [(400, True), (404, True), (429, False), (500, False), (503, False)])
def test_a_refusal_without_words_goes_by_its_status(status: int, *, permanent: bool) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        line(FakeHttp().will(status, content=b"<html>")).send(HELLO)
    assert caught.value.permanent is permanent


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_at_the_door_blames_the_account(status: int) -> None:
    with pytest.raises(AccountTrouble):
        line(FakeHttp().will(status, content=b"<html>")).send(HELLO)


@pytest.mark.parametrize(
    "http",
    [
        FakeHttp().will(504, content=b"late"),
        FakeHttp().will(json={"messages": []}),
        FakeHttp().will(200, content=b"<html>"),
        FakeHttp().will_fail(NetworkFailed("graph.facebook.com did not answer", maybe_sent=True)),
    ],
)
def test_what_may_have_been_sent_says_so(http: FakeHttp) -> None:
    with pytest.raises(NetworkFailed) as caught:
        line(http).send(HELLO)
    assert caught.value.maybe_sent


@pytest.mark.parametrize(
    "over",
    [
        {"phone_number_id": ""},
        {"phone_number_id": "62911/../1"},
        {"api_version": "25"},
        {"token": ""},
        {"token": "a\nb"},
    ],
)
def test_unusable_settings_are_named_before_anything_is_sent(over: dict[str, str]) -> None:
    http = FakeHttp()
    with pytest.raises(AccountTrouble, match=r"^Account ambon"):
        line(http, **over).send(HELLO)
    assert http.calls == []


# Files


def place(**over: Any) -> dict[str, Any]:
    sha256 = hashlib.sha256(b"jpeg").hexdigest()
    usual = {"url": "https://lookaside.fbsbx.com/x?mid=1", "mime_type": "image/jpeg", "sha256": sha256, "file_size": 4}
    return usual | over


def test_a_file_is_found_and_then_fetched_with_our_token() -> None:
    http = FakeHttp().will(json=place()).will(content=b"jpeg")
    fetched = line(http).fetch("1400140014001400")
    assert (fetched.data, fetched.media_type) == (b"jpeg", "image/jpeg")
    assert http.calls[0].params == {"phone_number_id": OWN_ID}
    assert http.calls[1].headers["authorization"] == "Bearer EAAfixture"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "http://lookaside.fbsbx.com/x",
        "https://fbsbx.com.evil.example/",
        "",
        "https://evilfbsbx.com",
    ],
)
def test_our_token_is_never_shown_to_a_stranger(url: str) -> None:
    http = FakeHttp().will(json=place(url=url))
    with pytest.raises(DeliveryFailed, match="not Meta's") as caught:
        line(http).fetch("1400")
    assert caught.value.permanent
    assert len(http.calls) == 1


def test_damaged_bytes_are_fetched_again() -> None:
    with pytest.raises(DeliveryFailed, match="damaged") as caught:
        line(FakeHttp().will(json=place()).will(content=b"jpeg?")).fetch("1400")
    assert not caught.value.permanent


def test_a_file_meta_no_longer_has_is_gone_for_good() -> None:
    with pytest.raises(DeliveryFailed) as caught:
        line(refusing(100, title="Unsupported get request")).fetch("1400")
    assert caught.value.permanent


def test_a_file_beyond_our_limit_is_not_even_fetched() -> None:
    http = FakeHttp().will(json=place(file_size=26 * 1024 * 1024))
    with pytest.raises(DeliveryFailed, match="25 MB") as caught:
        line(http).fetch("1400")
    assert caught.value.permanent
    assert len(http.calls) == 1
    with pytest.raises(DeliveryFailed, match="25 MB"):
        line(FakeHttp().will(json=place()).will_fail(TooLarge("too much"))).fetch("1400")


def test_a_broken_link_while_fetching_is_worth_another_try() -> None:
    gone = NetworkFailed("gone", maybe_sent=True)
    for http in (
        FakeHttp().will_fail(gone),
        FakeHttp().will(504),
        FakeHttp().will(json=place()).will_fail(gone),
        FakeHttp().will(json=place()).will(404),
    ):
        with pytest.raises(DeliveryFailed) as caught:
            line(http).fetch("1400")
        assert not caught.value.permanent


@pytest.mark.parametrize("ref", ["", "../me", "1/2", "a?b"])
def test_what_is_no_media_id_never_becomes_part_of_an_address(ref: str) -> None:
    http = FakeHttp()
    with pytest.raises(DeliveryFailed):
        line(http).fetch(ref)
    assert http.calls == []


# Setting up


def test_the_test_button_says_which_number_answers() -> None:
    phone = {"display_phone_number": "+62 911-0000", "verified_name": "Kota Ambon", "quality_rating": "GREEN"}
    assert (
        line(FakeHttp().will(json=phone)).check() == "WhatsApp number +62 911-0000 (Kota Ambon) answers; quality GREEN."
    )


def test_the_test_button_names_a_refused_key() -> None:
    with pytest.raises(AccountTrouble, match="access token"):
        line(refusing(190, 401)).check()


def test_no_error_and_no_print_shows_a_key() -> None:
    channel = line(refusing(190, 401), token="EAAvery-secret", secret="app-very-secret")
    with pytest.raises(DeliveryFailed) as caught:
        channel.send(HELLO)
    assert "very-secret" not in f"{caught.value!r} {caught.value.__dict__} {channel.account!r}"
