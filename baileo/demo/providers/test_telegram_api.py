"""The Bot API as a bot meets it, call by call: what the real one refuses is refused here, with its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest

from baileo.demo.providers.telegram import BOT, LONGEST_TEXT, TelegramSimulator
from baileo.demo.providers.testing import Receiver, client_for

Ask = Callable[..., Any]
ONA = 700000001


@pytest.fixture
def sim() -> Iterator[TelegramSimulator]:
    with TelegramSimulator(pauses_s=(0.01,), workers=1) as running:
        yield running


@pytest.fixture
def ask(sim: TelegramSimulator) -> Iterator[Ask]:
    """`ask("sendMessage", chat_id=1)` gives the whole answer, as JSON."""
    with client_for(sim) as http:

        def call(method: str, *, token: str = sim.token, **wanted: Any) -> Any:
            reply = http.post(f"{sim.base_url}/bot{token}/{method}", json=wanted)
            answer = reply.json()
            assert answer["ok"] is reply.ok
            assert reply.ok or answer["error_code"] == reply.status
            return answer

        yield call


def refusal(answer: Any) -> tuple[int, str]:
    return answer["error_code"], answer["description"]


class TestTokens:
    def test_the_right_one_says_who_the_bot_is(self, ask: Ask) -> None:
        assert ask("getMe")["result"]["username"] == BOT["username"]

    @pytest.mark.parametrize(("token", "status"), [("123456789:AAnot-this-one", 401), ("nonsense", 404)])
    def test_any_other_is_refused_as_telegram_does(self, ask: Ask, token: str, status: int) -> None:
        assert ask("getMe", token=token)["error_code"] == status

    def test_a_method_nobody_wrote_is_not_found(self, ask: Ask) -> None:
        assert refusal(ask("launchRocket")) == (404, "Not Found: method not found")


class TestSendMessage:
    @pytest.mark.parametrize(
        ("chat", "text", "words"),
        [
            (42, "Halo", "Bad Request: chat not found"),
            ("@nobody", "Halo", "Bad Request: chat not found"),
            (ONA, "", "Bad Request: message text is empty"),
            (ONA, " \n", "Bad Request: message text is empty"),
            (ONA, "x" * (LONGEST_TEXT + 1), "Bad Request: message is too long"),
        ],
    )
    def test_what_cannot_be_sent_is_refused_in_telegram_s_words(
        self, sim: TelegramSimulator, ask: Ask, chat: int | str, text: str, words: str
    ) -> None:
        sim.citizen_sends(ONA, "Halo")
        assert refusal(ask("sendMessage", chat_id=chat, text=text)) == (400, words)
        assert sim.inbox(ONA) == []

    def test_the_longest_text_still_goes(self, sim: TelegramSimulator, ask: Ask) -> None:
        sim.citizen_sends(ONA, "Halo")
        assert ask("sendMessage", chat_id=ONA, text="x" * LONGEST_TEXT)["ok"]

    def test_a_chat_id_may_be_written_as_text(self, sim: TelegramSimulator, ask: Ask) -> None:
        sim.citizen_sends(ONA, "Halo")
        assert ask("sendMessage", chat_id=str(ONA), text="Halo")["result"]["chat"]["id"] == ONA

    def test_ids_grow_within_a_chat(self, sim: TelegramSimulator, ask: Ask) -> None:
        first = sim.citizen_sends(ONA, "Halo")
        second = ask("sendMessage", chat_id=ONA, text="Halo")["result"]["message_id"]
        assert first < second < sim.citizen_sends(ONA, "Halo lagi")

    def test_writing_again_unblocks_the_bot(self, sim: TelegramSimulator, ask: Ask) -> None:
        sim.citizen_sends(ONA, "Halo")
        sim.citizen_blocks(ONA)
        assert refusal(ask("sendMessage", chat_id=ONA, text="Halo"))[0] == 403
        sim.citizen_sends(ONA, "Halo lagi")
        assert ask("sendMessage", chat_id=ONA, text="Halo")["ok"]

    def test_too_fast_names_the_seconds_as_often_as_it_was_told_to(self, sim: TelegramSimulator, ask: Ask) -> None:
        sim.citizen_sends(ONA, "Halo")
        sim.answer_too_fast(times=2, retry_after_s=9)
        answers = [ask("sendMessage", chat_id=ONA, text="Halo") for _ in range(3)]
        assert [answer.get("parameters", {}).get("retry_after") for answer in answers] == [9, 9, None]
        assert len(sim.inbox(ONA)) == 1

    def test_a_demo_started_anew_knows_the_people_of_yesterday(self) -> None:
        with TelegramSimulator(knows_everybody=True) as later, client_for(later) as http:
            reply = http.post(f"{later.base_url}/bot{later.token}/sendMessage", json={"chat_id": 42, "text": "Halo"})
            assert reply.ok
            assert [bubble.text for bubble in later.inbox(42)] == ["Halo"]


class TestGetUpdates:
    def test_an_offset_confirms_everything_before_it(self, sim: TelegramSimulator, ask: Ask) -> None:
        for text in ("satu", "dua", "tiga"):
            sim.citizen_sends(ONA, text)
        updates = ask("getUpdates")["result"]
        rest = ask("getUpdates", offset=updates[1]["update_id"])["result"]
        assert [update["message"]["text"] for update in rest] == ["dua", "tiga"]
        assert ask("getUpdates")["result"] == rest

    def test_no_more_come_than_asked_for(self, sim: TelegramSimulator, ask: Ask) -> None:
        for text in ("satu", "dua", "tiga"):
            sim.citizen_sends(ONA, text)
        assert len(ask("getUpdates", limit=2)["result"]) == 2

    def test_nothing_new_is_an_empty_list_and_no_error(self, ask: Ask) -> None:
        assert ask("getUpdates", timeout=0)["result"] == []

    def test_waiting_ends_with_the_first_word(self, sim: TelegramSimulator, ask: Ask) -> None:
        found: list[Any] = []
        waiting = Thread(target=lambda: found.append(ask("getUpdates", timeout=8)))
        waiting.start()
        sim.citizen_sends(ONA, "akhirnya")
        waiting.join(timeout=8)
        assert found[0]["result"][0]["message"]["text"] == "akhirnya"


class TestWebhook:
    def test_its_address_and_what_waits_can_be_asked_for(self, sim: TelegramSimulator, ask: Ask) -> None:
        sim.citizen_sends(ONA, "Halo")
        assert ask("getWebhookInfo")["result"]["pending_update_count"] == 1
        with Receiver() as city:
            ask("setWebhook", url=city.base_url)
            city.wait_for(1)
            assert ask("getWebhookInfo")["result"]["url"] == city.base_url

    @pytest.mark.parametrize("secret", ["with space", "ä", "x" * 257])
    def test_a_secret_telegram_would_not_take_is_refused(self, ask: Ask, secret: str) -> None:
        assert refusal(ask("setWebhook", url="https://x.invalid", secret_token=secret))[0] == 400

    def test_only_the_kinds_asked_for_are_posted(self, sim: TelegramSimulator, ask: Ask) -> None:
        with Receiver() as city:
            ask("setWebhook", url=city.base_url, allowed_updates=["edited_message"])
            message_id = sim.citizen_sends(ONA, "Halo")
            sim.citizen_edits(ONA, message_id, "Halo lagi")
            (call,) = city.wait_for(1)
            assert sim.wait_until_quiet()
        assert "edited_message" in call.json()
        assert len(city.calls) == 1

    def test_its_last_trouble_is_told_until_the_end(self, sim: TelegramSimulator, ask: Ask) -> None:
        with Receiver(500) as city:
            ask("setWebhook", url=city.base_url)
            sim.citizen_sends(ONA, "Halo")
            city.wait_for(2)
            assert sim.wait_until_quiet()
        assert "500" in ask("getWebhookInfo")["result"]["last_error_message"]

    def test_taking_it_away_may_drop_what_waits(self, sim: TelegramSimulator, ask: Ask) -> None:
        sim.citizen_sends(ONA, "Halo")
        ask("deleteWebhook", drop_pending_updates=True)
        assert ask("getUpdates")["result"] == []

    def test_an_update_may_come_twice_on_command(self, sim: TelegramSimulator, ask: Ask) -> None:
        with Receiver() as city:
            ask("setWebhook", url=city.base_url)
            sim.duplicate_next()
            sim.citizen_sends(ONA, "Halo")
            one, other = city.wait_for(2)
        assert one.json()["update_id"] == other.json()["update_id"]


class TestFiles:
    def test_a_photo_has_a_small_and_a_large_size(self, sim: TelegramSimulator, ask: Ask) -> None:
        sim.citizen_sends(ONA, "lihat", photo=b"jpeg")
        sizes = ask("getUpdates")["result"][0]["message"]["photo"]
        assert [size["width"] for size in sizes] == [90, 960]
        assert ask("getFile", file_id=sizes[1]["file_id"])["result"]["file_size"] == 4

    def test_an_unknown_file_is_refused(self, ask: Ask) -> None:
        assert refusal(ask("getFile", file_id="x")) == (400, "Bad Request: invalid file_id")

    def test_a_file_beyond_20_mb_is_refused(self, sim: TelegramSimulator, ask: Ask) -> None:
        sim.keep_file("large", b"x" * (20 * 1024 * 1024 + 1), "image/jpeg")
        assert refusal(ask("getFile", file_id="large")) == (400, "Bad Request: file is too big")

    def test_a_place_where_nothing_lies_is_not_found(self, sim: TelegramSimulator) -> None:
        with client_for(sim) as http:
            assert http.get(f"{sim.base_url}/file/bot{sim.token}/photos/x.jpg").status == 404


class TestPeople:
    def test_a_name_is_split_as_telegram_does_and_kept(self, sim: TelegramSimulator, ask: Ask) -> None:
        sim.citizen_sends(ONA, "Halo", name="Ona van Fixture", username="ona")
        sim.citizen_sends(ONA, "lagi")
        for update in ask("getUpdates")["result"]:
            sender = update["message"]["from"]
            assert (sender["first_name"], sender["last_name"], sender["username"]) == ("Ona", "van Fixture", "ona")
            assert update["message"]["chat"]["type"] == "private"

    def test_an_answer_quotes_the_message_it_answers(self, sim: TelegramSimulator, ask: Ask) -> None:
        first = sim.citizen_sends(ONA, "Halo")
        sim.citizen_sends(ONA, "maksud saya ini", reply_to=first)
        assert ask("getUpdates")["result"][1]["message"]["reply_to_message"]["message_id"] == first

    def test_only_sent_messages_can_be_edited(self, sim: TelegramSimulator) -> None:
        with pytest.raises(KeyError):
            sim.citizen_edits(ONA, 1, "x")

    def test_whoever_waits_for_words_that_never_come_is_told(self, sim: TelegramSimulator) -> None:
        with pytest.raises(TimeoutError, match="Fewer than 1"):
            sim.wait_for(ONA, "nomor", timeout_s=0.01)

    def test_a_slow_provider_can_be_had(self, sim: TelegramSimulator, ask: Ask) -> None:
        sim.latency_s = 0.05
        assert ask("getMe")["ok"]
