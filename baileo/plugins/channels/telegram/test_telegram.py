"""What is Telegram's own; fixtures and the rules common to all channels are in `test_contract.py`."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.messages.channel import (
    Accepted,
    AccountSettings,
    AccountTrouble,
    Event,
    Ignored,
    InboundMessage,
    OutboundMessage,
)
from baileo.core.errors import DeliveryFailed, NetworkFailed, PayloadRejected, TooLarge
from baileo.core.testing import FakeHttp
from baileo.plugins.channels.telegram.adapter import Telegram

TOKEN = "123456789:AAfixture-token-of-nobody"
HELLO = OutboundMessage(
    client_id=UUID("0192f0c0-7000-7000-8000-000000000001"), address="700000001", text="Laporan diterima"
)
SENT = {"ok": True, "result": {"message_id": 77, "chat": {"id": 700000001}, "date": 1795137300, "text": "x"}}


def bot(http: FakeHttp | None = None, *, token: str = TOKEN, secret: str = "s3cret", **settings: str) -> Telegram:
    account = AccountSettings("ambon", settings, {"bot_token": token, "webhook_secret": secret})
    return Telegram(account, http or FakeHttp())


def refusing(status: int, words: str = "no", **more: Any) -> FakeHttp:
    return FakeHttp().will(status, json={"ok": False, "error_code": status, "description": words, **more})


def an_update(**message: Any) -> bytes:
    usual = {
        "message_id": 1,
        "date": 1795137300,
        "from": {"id": 7, "is_bot": False, "first_name": "Ona"},
        "chat": {"id": 7, "type": "private"},
    }
    return json.dumps({"update_id": 5, "message": usual | message}).encode()


def parsed(body: bytes) -> Event:
    (event,) = Telegram.parse(body)
    return event


def a_message(**message: Any) -> InboundMessage:
    event = parsed(an_update(**message))
    assert isinstance(event, InboundMessage)
    return event


# Coming in


@pytest.mark.parametrize("given_secret", ["", "S3CRET", "s3cret ", "guess"])
def test_a_call_with_another_secret_is_not_telegram(given_secret: str) -> None:
    assert not bot().verify({"x-telegram-bot-api-secret-token": given_secret}, b"{}")


def test_an_account_without_a_secret_trusts_nobody() -> None:
    assert not bot(secret="").verify({"x-telegram-bot-api-secret-token": ""}, b"{}")
    assert not bot(secret="").verify({}, b"{}")


def test_the_update_id_makes_a_delivery_unique_whatever_else_is_in_it() -> None:
    one, other = an_update(text="a"), an_update(text="b")
    assert bot().event_key(one) == bot().event_key(other) == "update:5"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"update_id": "5"}', b'{"update_id": true}', b"\xff", b"[" * 99_999])
def test_without_an_update_id_the_bytes_themselves_are_the_key(body: bytes) -> None:
    assert len(bot().event_key(body)) == 64


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_what_is_said_outside_a_private_chat_is_set_aside_with_the_reason(kind: str) -> None:
    event = parsed(an_update(text="halo", chat={"id": -100, "type": kind}))
    assert event == Ignored(f"a message in a {kind}, not in a private chat")


def test_bots_and_nameless_posts_are_set_aside() -> None:
    assert isinstance(parsed(an_update(text="x", **{"from": {"id": 8, "is_bot": True}})), Ignored)
    assert isinstance(parsed(an_update(text="x", **{"from": None})), Ignored)


def test_the_largest_size_of_a_photo_is_taken_wherever_it_stands() -> None:
    sizes = [(90, 67, "small"), (1280, 960, "large"), (320, 240, "middle")]
    photo = [{"file_id": name, "width": width, "height": height} for width, height, name in sizes]
    assert [ref.ref for ref in a_message(photo=photo).attachments] == ["large"]


def test_a_shared_phone_number_is_the_sender_s_own_only_when_telegram_says_so() -> None:
    card = {"phone_number": "6281200000001", "first_name": "Ona"}
    assert a_message(contact=card | {"user_id": 7}).sender.phone == "+6281200000001"
    for somebody_else in (card | {"user_id": 8}, card):
        message = a_message(contact=somebody_else)
        assert message.sender.phone == ""
        assert message.details["contact"]["phone"] == "+6281200000001"


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("/start", {"command": "start"}),
        ("/start dari_spanduk", {"command": "start", "argument": "dari_spanduk"}),
        ("/bantuan@ambon_demo_bot", {"command": "bantuan"}),
        ("tolong /start", {}),
    ],
)
def test_a_command_is_noted_and_the_words_stay(text: str, details: dict[str, str]) -> None:
    message = a_message(text=text)
    assert (message.text, message.details) == (text, details)


def test_a_kind_nobody_knows_yet_still_arrives() -> None:
    message = a_message(hologram={"depth": 3})
    assert (message.text, message.details) == ("", {"type": "unknown"})


@pytest.mark.parametrize("notice", ["pinned_message", "message_auto_delete_timer_changed", "write_access_allowed"])
def test_telegram_s_own_notices_are_nobody_s_words(notice: str) -> None:
    assert parsed(an_update(**{notice: {}})) == Ignored("a notice of Telegram itself")


@pytest.mark.parametrize(
    "wrong",
    [
        {"date": -1},
        {"date": 99_999_999_999_999},
        {"location": {"latitude": 91, "longitude": 0}},
        {"location": {"latitude": 0, "longitude": 181}},
        {"chat": {"id": "seven", "type": "private"}},
        {"photo": [{"file_id": "", "width": 1, "height": 1}]},
    ],
)
def test_what_telegram_does_not_document_is_rejected_naming_the_field(wrong: dict[str, Any]) -> None:
    with pytest.raises(PayloadRejected, match=f"first: message.{next(iter(wrong))}"):
        Telegram.parse(an_update(text="x", **wrong))


def test_a_rejection_never_quotes_what_the_person_wrote() -> None:
    with pytest.raises(PayloadRejected) as caught:
        Telegram.parse(an_update(text="nomor saya 081200000001", date="kemarin"))
    assert "0812" not in str(caught.value)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.dictionaries(
    st.sampled_from(["message", "from", "chat", "id", "text", "photo", "location", "date", "update_id", "type"]), inner
) | st.lists(inner), max_leaves=12))  # fmt: skip
def test_no_json_whatsoever_breaks_the_parser(body: Any) -> None:
    with contextlib.suppress(PayloadRejected):
        Telegram.parse(json.dumps(body).encode())
    bot().event_key(json.dumps(body).encode())


# Going out


def test_words_go_out_as_they_are_and_come_back_with_telegram_s_id() -> None:
    http = FakeHttp().will(json=SENT)
    assert bot(http).send(HELLO) == Accepted("700000001:77", is_sent=True)
    sent = http.calls[0].json
    assert (sent["chat_id"], sent["text"]) == (700000001, "Laporan diterima")
    assert "parse_mode" not in sent  # a citizen's "*" or "_" is no formatting


def test_an_answer_quotes_the_message_it_answers_only_within_the_same_chat() -> None:
    http = FakeHttp().will(json=SENT)
    for reply_to in ("700000001:41", "9:41", "wamid.X", ""):
        bot(http).send(OutboundMessage(HELLO.client_id, HELLO.address, HELLO.text, reply_to=reply_to))
    quoted = [call.json.get("reply_parameters", {}).get("message_id") for call in http.calls]
    assert quoted == [41, None, None, None]


@pytest.mark.parametrize("status", [400, 403])
def test_a_person_who_cannot_be_reached_is_not_tried_again(status: int) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        bot(refusing(status, "Forbidden: bot was blocked by the user")).send(HELLO)
    assert caught.value.permanent
    assert (caught.value.provider_code, caught.value.provider_words) == (
        str(status),
        "Forbidden: bot was blocked by the user",
    )


def test_too_fast_waits_as_long_as_telegram_asks() -> None:
    with pytest.raises(DeliveryFailed) as caught:
        bot(refusing(429, parameters={"retry_after": 7})).send(HELLO)
    assert (caught.value.permanent, caught.value.retry_after_s) == (False, 7.0)


def test_too_fast_without_a_time_waits_a_minute() -> None:
    with pytest.raises(DeliveryFailed) as caught:
        bot(refusing(429)).send(HELLO)
    assert (caught.value.permanent, caught.value.retry_after_s) == (False, 60.0)


@pytest.mark.parametrize("status", [401, 404])
def test_a_refused_token_blames_the_account_not_the_message(status: int) -> None:
    with pytest.raises(AccountTrouble, match="account ambon") as caught:
        bot(refusing(status, "Unauthorized")).send(HELLO)
    assert (caught.value.permanent, caught.value.provider_code) == (False, "401")


@pytest.mark.parametrize("token", ["", "abc", "123456789:AA/../../etc", "123456789:AAfixture token", "1:x"])
def test_what_is_no_token_never_becomes_part_of_an_address(token: str) -> None:
    http = FakeHttp()
    with pytest.raises(AccountTrouble, match="no usable bot token"):
        bot(http, token=token).send(HELLO)
    assert http.calls == []


def test_a_page_of_some_proxy_is_an_outage_not_the_person_s_fault() -> None:
    with pytest.raises(DeliveryFailed) as caught:
        bot(FakeHttp().will(502, content=b"<html>Bad Gateway</html>")).send(HELLO)
    assert not caught.value.permanent


@pytest.mark.parametrize(
    "http",
    [
        FakeHttp().will(504, content=b"late"),
        FakeHttp().will(json={"ok": True, "result": {}}),
        FakeHttp().will_fail(NetworkFailed("api.telegram.org did not answer", maybe_sent=True)),
    ],
)
def test_what_may_have_been_sent_says_so(http: FakeHttp) -> None:
    with pytest.raises(NetworkFailed) as caught:
        bot(http).send(HELLO)
    assert caught.value.maybe_sent


# Files


def test_a_file_is_found_and_then_fetched_from_where_telegram_put_it() -> None:
    http = FakeHttp().will(json={"ok": True, "result": {"file_path": "photos/file_1.jpg"}})
    http.will(content=b"jpeg", headers={"Content-Type": "application/octet-stream"})
    fetched = bot(http).fetch("AgAC")
    assert (fetched.data, fetched.media_type) == (b"jpeg", "")
    assert http.calls[1].url == f"https://api.telegram.org/file/bot{TOKEN}/photos/file_1.jpg"


@pytest.mark.parametrize("path", ["../../bot/getMe", "/etc/passwd", "https://evil.example/x", "a//b", "", "a b"])
def test_a_place_outside_telegram_s_files_is_not_followed(path: str) -> None:
    http = FakeHttp().will(json={"ok": True, "result": {"file_path": path}})
    with pytest.raises(DeliveryFailed, match="no usable place"):
        bot(http).fetch("AgAC")
    assert len(http.calls) == 1


def test_a_file_too_big_for_bots_is_given_up() -> None:
    for http in (
        refusing(400, "Bad Request: file is too big"),
        FakeHttp().will(json={"ok": True, "result": {"file_path": "a.jpg"}}).will_fail(TooLarge("too much")),
    ):
        with pytest.raises(DeliveryFailed) as caught:
            bot(http).fetch("AgAC")
        assert caught.value.permanent


@pytest.mark.parametrize("error", [NetworkFailed("gone", maybe_sent=True), NetworkFailed("gone", maybe_sent=False)])
def test_a_broken_link_while_fetching_is_worth_another_try(error: NetworkFailed) -> None:
    found = {"ok": True, "result": {"file_path": "a.jpg"}}
    for http in (FakeHttp().will_fail(error), FakeHttp().will(json=found).will_fail(error)):
        with pytest.raises(DeliveryFailed) as caught:
            bot(http).fetch("AgAC")
        assert not caught.value.permanent


def test_an_address_that_expired_is_worth_another_try() -> None:
    http = FakeHttp().will(json={"ok": True, "result": {"file_path": "a.jpg"}}).will(404)
    with pytest.raises(DeliveryFailed) as caught:
        bot(http).fetch("AgAC")
    assert not caught.value.permanent


# Polling


def test_polling_confirms_what_it_has_and_waits_for_the_rest() -> None:
    updates = [{"update_id": 41, "message": {}}, {"update_id": 43}]
    http = FakeHttp().will(json={"ok": True, "result": updates})
    polled = bot(http).poll("40", 25)
    assert polled.cursor == "44"
    assert [json.loads(body) for body in polled.bodies] == updates
    assert (http.calls[0].json["offset"], http.calls[0].json["timeout"]) == (40, 25)


def test_nothing_new_leaves_the_cursor_where_it_was() -> None:
    http = FakeHttp().will(json={"ok": True, "result": []})
    assert bot(http).poll("40", 0).cursor == "40"
    assert bot(http).poll("", 0).cursor == ""
    assert "offset" not in http.calls[1].json


def test_polling_beside_a_webhook_says_what_to_do() -> None:
    with pytest.raises(AccountTrouble, match="Remove the webhook") as caught:
        bot(refusing(409, "Conflict: can't use getUpdates method while webhook is active")).poll("", 0)
    assert caught.value.provider_code == "409"


@pytest.mark.parametrize("result", [None, {}, "x"])
def test_a_list_of_updates_that_is_none_is_tried_again(result: Any) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        bot(FakeHttp().will(json={"ok": True, "result": result})).poll("", 0)
    assert not caught.value.permanent


# Setting up


def test_registering_tells_telegram_address_and_secret() -> None:
    http = FakeHttp().will(json={"ok": True, "result": True})
    said = bot(http, mode="webhook").register("https://lapor.example.invalid/")
    assert http.calls[0].json["url"] == "https://lapor.example.invalid/hooks/telegram/ambon"
    assert http.calls[0].json["secret_token"] == "s3cret"
    assert "s3cret" not in said


def test_registering_without_a_secret_is_refused_before_anything_is_sent() -> None:
    http = FakeHttp()
    with pytest.raises(AccountTrouble, match="no webhook secret"):
        bot(http, secret="").register("https://lapor.example.invalid")
    assert http.calls == []


def test_the_test_button_repeats_what_telegram_has_to_complain_about() -> None:
    hook = {"url": "https://x.invalid", "pending_update_count": 3, "last_error_message": "Connection timed out"}
    http = FakeHttp().will(json={"ok": True, "result": {"username": "ambon_lapor_bot"}})
    http.will(json={"ok": True, "result": hook})
    words = bot(http, mode="webhook").check()
    assert words.startswith("Bot @ambon_lapor_bot answers; webhook is set up, 3 update(s) wait.")
    assert words.endswith("Connection timed out")


@pytest.mark.parametrize("status", [400, 401, 403, 409, 429, 500, 504])
def test_no_error_ever_shows_the_token(status: int) -> None:
    calls: list[Callable[[Telegram], object]] = [
        lambda one: one.send(HELLO),
        lambda one: one.fetch("x"),
        lambda one: one.check(),
    ]
    for call in calls:
        with pytest.raises((DeliveryFailed, NetworkFailed)) as caught:
            call(bot(refusing(status)))
        assert TOKEN not in f"{caught.value!r} {caught.value.__dict__}"
    assert TOKEN not in repr(bot().account)
