from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import OperationalError, connection

from baileo.city.messages import services
from baileo.city.messages.channel import Accepted, AccountTrouble, DeliveryStatus, OutboundMessage
from baileo.city.messages.models import ChannelAccount, Conversation, Message
from baileo.city.messages.registry import PluginBroken
from baileo.city.messages.selectors import failed_messages
from baileo.city.messages.services import sending
from baileo.city.messages.testing import (
    SPOKEN_AT,
    Provider,
    a_conversation,
    an_account,
    at_once,
    hear,
    words,
)
from baileo.city.messages.workflow import SEND_ATTEMPTS
from baileo.core.clock import clock, now
from baileo.core.errors import DeliveryFailed, NetworkFailed, NetworkRefused, PayloadRejected
from baileo.ground.ledger.models import Entry

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)  # where other threads or processes must see what was written


def queued(conversation: Conversation | None = None, text: str = "Baik", **over: Any) -> Message:
    conversation = conversation or a_conversation()
    return services.message_queue(conversation_id=conversation.pk, text=text, actor="user:1", **over)


def send_all() -> int:
    return sum(iter(services.outbox_send, 0))


def failing(error: BaseException) -> Callable[[OutboundMessage], Accepted]:
    def answer(message: OutboundMessage) -> Accepted:
        raise error

    return answer


def entries(kind: str) -> list[dict[str, Any]]:
    return list(Entry.objects.filter(kind=kind).order_by("id").values_list("data", flat=True))


class TestSending:
    def test_what_the_provider_calls_sent_is_sent(self, provider: Provider) -> None:
        message = queued()
        assert send_all() == 1
        message.refresh_from_db()
        assert (message.delivery, message.external_id) == ("sent", f"out-{message.client_id}")
        assert message.sent_at is not None
        assert provider.sent == [OutboundMessage(message.client_id, "ona", "Baik")]  # type: ignore[arg-type]
        assert [data["delivery"] for data in entries("message.delivery_changed")] == ["sent"]

    def test_what_it_only_accepts_waits_for_its_word(self, provider: Provider) -> None:
        provider.answer = lambda message: Accepted("w1", is_sent=False)
        message = queued()
        send_all()
        message.refresh_from_db()
        assert (message.delivery, message.external_id, message.sent_at) == ("sending", "w1", None)
        assert entries("message.delivery_changed") == []
        services.outbox_sweep()
        with clock.stopped_at(now() + timedelta(hours=5)):
            services.outbox_sweep()
        message.refresh_from_db()
        assert not message.is_unconfirmed  # the provider has it: nothing is in doubt

    @committed
    def test_a_status_faster_than_the_answer_is_not_undone(self, provider: Provider) -> None:
        def answer(outbound: OutboundMessage) -> Accepted:
            status = DeliveryStatus("w1", "delivered", now(), client_id=outbound.client_id)
            at_once(lambda: services.delivery_record(message.account, status))
            return Accepted("w1", is_sent=True)

        provider.answer = answer
        message = queued()
        send_all()
        message.refresh_from_db()
        assert (message.delivery, message.external_id) == ("delivered", "w1")

    def test_the_account_shows_when_it_last_spoke(self) -> None:
        message = queued()
        send_all()
        assert ChannelAccount.objects.get(pk=message.account_id).last_outbound_at is not None

    def test_nothing_leaves_through_an_account_that_is_switched_off(self, provider: Provider) -> None:
        message = queued()
        ChannelAccount.objects.update(is_enabled=False)
        assert send_all() == 0
        message.refresh_from_db()
        assert (message.delivery, provider.sent) == ("queued", [])

    def test_a_provider_that_names_two_texts_alike_breaks_nothing(self, provider: Provider) -> None:
        provider.answer = lambda message: Accepted("always-the-same", is_sent=True)
        conversation = a_conversation()
        for n in range(2):
            queued(conversation, str(n))
        send_all()
        assert set(Message.objects.filter(direction="out").values_list("delivery", flat=True)) == {"sent"}


class TestOrder:
    def test_texts_of_one_conversation_leave_one_after_the_other(self, provider: Provider) -> None:
        conversation = a_conversation()
        for n in range(6):
            queued(conversation, str(n))
        send_all()
        assert [message.text for message in provider.sent] == [str(n) for n in range(6)]

    def test_a_text_that_must_wait_is_not_overtaken(self, provider: Provider) -> None:
        conversation = a_conversation()
        provider.answer = failing(DeliveryFailed("busy", permanent=False))
        queued(conversation, "first")
        send_all()
        provider.answer = Provider().answer
        queued(conversation, "second")
        send_all()
        assert [message.text for message in provider.sent] == ["first"]
        with clock.stopped_at(now() + timedelta(minutes=1)):
            send_all()
        assert [message.text for message in provider.sent] == ["first", "first", "second"]

    def test_a_text_that_failed_for_good_holds_up_nobody(self, provider: Provider) -> None:
        conversation = a_conversation()
        provider.answer = _refuse_first
        queued(conversation, "first")
        queued(conversation, "second")
        send_all()
        assert list(Message.objects.filter(direction="out").order_by("pk").values_list("delivery", flat=True)) == [
            "failed",
            "sent",
        ]

    def test_a_text_in_doubt_holds_up_nobody(self, provider: Provider) -> None:
        conversation = a_conversation()
        provider.answer = failing(NetworkFailed("silence", maybe_sent=True))
        queued(conversation, "first")
        send_all()
        provider.answer = Provider().answer
        queued(conversation, "second")
        send_all()
        assert [message.text for message in provider.sent] == ["first", "second"]

    def test_different_conversations_are_sent_at_the_same_time(self, provider: Provider) -> None:
        meeting = threading.Barrier(4)

        def answer(message: OutboundMessage) -> Accepted:
            meeting.wait(5)  # passes only when four calls are under way together
            return Accepted(f"out-{message.client_id}", is_sent=True)

        provider.answer = answer
        account = an_account()
        for n in range(4):
            queued(a_conversation(account, **{"from": f"p{n}"}))
        assert send_all() == 4

    @committed
    def test_two_workers_never_send_one_text_twice(self, provider: Provider) -> None:
        account = an_account()
        for n in range(30):
            queued(a_conversation(account, **{"from": f"p{n}"}), str(n))
        at_once(send_all, send_all, send_all)
        assert sorted(message.text for message in provider.sent) == sorted(str(n) for n in range(30))


def _refuse_first(message: OutboundMessage) -> Accepted:
    if message.text == "first":
        raise DeliveryFailed("no", permanent=True, provider_code="403", provider_words="bot was blocked by the user")
    return Accepted(f"out-{message.client_id}", is_sent=True)


class TestFailures:
    def test_a_permanent_one_keeps_the_providers_code_and_words(self, provider: Provider) -> None:
        provider.answer = failing(
            DeliveryFailed("no", permanent=True, provider_code="403", provider_words="bot was blocked by the user")
        )
        message = queued()
        send_all()
        message.refresh_from_db()
        assert (message.delivery, message.provider_code) == ("failed", "403")
        assert message.provider_words == "bot was blocked by the user"
        assert message.failed_at is not None
        assert entries("message.delivery_changed")[0]["delivery"] == "failed"
        assert failed_messages([message.conversation_id]) == [message]

    def test_a_passing_one_is_tried_again_with_growing_waits(self, provider: Provider) -> None:
        provider.answer = failing(DeliveryFailed("busy", permanent=False))
        message = queued()
        waits = []
        with clock.stopped_at(now()) as stopped:
            for _ in range(6):
                assert send_all() == 1
                message.refresh_from_db()
                assert message.attempt_after
                waits.append((message.attempt_after - stopped.now()).total_seconds())
                assert send_all() == 0
                stopped.tick(seconds=waits[-1])
        assert all(later > earlier for earlier, later in pairwise(waits))
        assert 8 <= waits[0] <= 12
        assert message.delivery == "queued"
        assert entries("message.delivery_changed") == []  # nothing has changed for anybody to look at

    def test_after_a_day_of_trying_it_has_failed(self, provider: Provider) -> None:
        provider.answer = failing(DeliveryFailed("busy", permanent=False, provider_words="overloaded"))
        message = queued()
        began = now()
        with clock.stopped_at(began) as stopped:
            while message.delivery == "queued":
                stopped.tick(hours=1)
                send_all()
                message.refresh_from_db()
            assert timedelta(hours=20) < stopped.now() - began < timedelta(hours=36)
        assert (message.delivery, message.provider_code) == ("failed", "gave-up")
        assert message.provider_words == "overloaded"
        assert message.attempts == SEND_ATTEMPTS

    def test_an_account_told_to_wait_waits_as_long_as_asked_with_all_its_texts(self, provider: Provider) -> None:
        account = an_account()
        first, second = (a_conversation(account, **{"from": name}) for name in ("a", "b"))
        with clock.stopped_at(now()) as stopped:
            provider.answer = failing(DeliveryFailed("too fast", permanent=False, retry_after_s=37))
            queued(first)
            send_all()
            provider.answer = Provider().answer
            queued(second)
            stopped.tick(seconds=36)
            assert send_all() == 0
            stopped.tick(seconds=1)
            assert send_all() == 2

    def test_another_account_is_not_held_up_by_it(self, provider: Provider) -> None:
        provider.answer = failing(DeliveryFailed("too fast", permanent=False, retry_after_s=600))
        queued(a_conversation(an_account(slug="one")))
        send_all()
        provider.answer = Provider().answer
        queued(a_conversation(an_account(slug="two")))
        assert send_all() == 1

    def test_a_provider_that_was_never_reached_is_tried_again(self, provider: Provider) -> None:
        provider.answer = failing(NetworkFailed("cannot be reached", maybe_sent=False))
        message = queued()
        send_all()
        message.refresh_from_db()
        assert (message.delivery, message.is_unconfirmed) == ("queued", False)

    def test_an_account_whose_provider_cannot_be_reached_shows_it_in_the_end(self, provider: Provider) -> None:
        provider.answer = failing(NetworkRefused("leads to a private address"))
        message = queued()
        with clock.stopped_at(now()) as stopped:
            for _ in range(3):
                assert not ChannelAccount.objects.get().trouble
                send_all()
                stopped.tick(minutes=5)
            account = ChannelAccount.objects.get()
            assert account.trouble == "leads to a private address"
            provider.answer = Provider().answer
            send_all()
        message.refresh_from_db()
        assert message.delivery == "sent"
        assert [data["state"] for data in entries("channel_account.health_changed")] == ["trouble", "ok"]


class TestAnAccountInTrouble:
    """Pains 23 and 24: a refused key is the account's trouble and no message's, and it is told once."""

    def test_texts_wait_uncounted_and_leave_when_it_works_again(self, provider: Provider) -> None:
        provider.answer = failing(AccountTrouble("The bot's token was refused. Enter it again."))
        conversation = a_conversation()
        message = queued(conversation)
        with clock.stopped_at(now()) as stopped:
            for _ in range(SEND_ATTEMPTS + 5):
                send_all()
                stopped.tick(minutes=6)
            message.refresh_from_db()
            assert (message.delivery, message.attempts) == ("queued", 0)
            assert ChannelAccount.objects.get().trouble == "The bot's token was refused. Enter it again."
            provider.answer = Provider().answer
            send_all()
        message.refresh_from_db()
        assert message.delivery == "sent"
        assert not ChannelAccount.objects.get().trouble
        assert [data["state"] for data in entries("channel_account.health_changed")] == ["trouble", "ok"]

    def test_the_provider_is_not_asked_for_each_text(self, provider: Provider) -> None:
        provider.answer = failing(AccountTrouble("refused"))
        account = an_account()
        for n in range(40):
            queued(a_conversation(account, **{"from": f"p{n}"}))
        send_all()
        assert len(provider.sent) <= 2 * sending.SENDERS

    def test_a_channel_whose_code_is_broken_is_trouble_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(account: ChannelAccount) -> None:
            raise PluginBroken("The code of channel fake cannot be loaded.")

        message = queued()
        monkeypatch.setattr(sending, "channel_for", broken)
        send_all()
        message.refresh_from_db()
        assert message.delivery == "queued"
        assert "cannot be loaded" in ChannelAccount.objects.get().trouble


class TestTheReplyWindow:
    def test_is_looked_at_again_when_sending(self, provider: Provider) -> None:
        with clock.stopped_at(SPOKEN_AT) as stopped:
            hear(an_account("windowed"), words())
            message = queued(Conversation.objects.get())
            stopped.tick(hours=25)
            send_all()
        message.refresh_from_db()
        assert (message.delivery, message.provider_code) == ("failed", "window-closed")
        assert provider.sent == []


class TestAtMostOnce:
    """What may have left is never sent again unasked (crash points, and a silent network)."""

    @pytest.mark.parametrize(
        "error",
        [
            NetworkFailed("did not answer", maybe_sent=True),
            PayloadRejected("an answer that is no JSON"),
            KeyError("a bug of the plug-in after it had posted"),
        ],
    )
    def test_silence_after_sending_leaves_the_decision_to_an_officer(
        self, provider: Provider, error: Exception
    ) -> None:
        provider.answer = failing(error)
        message = queued()
        send_all()
        message.refresh_from_db()
        assert (message.delivery, message.is_unconfirmed) == ("sending", True)
        assert [data["message_id"] for data in entries("message.unconfirmed")] == [message.pk]
        provider.answer = Provider().answer
        with clock.stopped_at(now() + timedelta(days=2)):
            assert send_all() == 0
            assert services.outbox_sweep() == 0
        assert len(provider.sent) == 1
        assert failed_messages() == [message]

    def test_a_sender_that_dies_while_sending_does_not_send_again(self, provider: Provider) -> None:
        provider.answer = failing(SystemExit())
        message = queued()
        with pytest.raises(SystemExit):
            send_all()
        self._is_surfaced_and_not_sent_again(message, provider)

    def test_a_sender_that_dies_before_sending_does_not_send_either(
        self, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        message = queued()
        with monkeypatch.context() as context:
            context.setattr(sending, "_ready", _die)
            with pytest.raises(SystemExit):
                send_all()
        self._is_surfaced_and_not_sent_again(message, provider, times=0)

    def test_a_sender_that_dies_before_recording_does_not_send_again(
        self, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        message = queued()
        with monkeypatch.context() as context:
            context.setattr(sending, "_accepted", _die)
            with pytest.raises(SystemExit):
                send_all()
        self._is_surfaced_and_not_sent_again(message, provider)

    def _is_surfaced_and_not_sent_again(self, message: Message, provider: Provider, times: int = 1) -> None:
        provider.answer = Provider().answer
        assert send_all() == 0
        assert services.outbox_sweep() == 0  # its sender may still be at work
        with clock.stopped_at(now() + timedelta(seconds=61)):
            assert services.outbox_sweep() == 1
            assert services.outbox_sweep() == 0
            assert send_all() == 0
        message.refresh_from_db()
        assert (message.delivery, message.is_unconfirmed) == ("sending", True)
        assert len(provider.sent) == times
        assert [data["is_unconfirmed"] for data in entries("message.unconfirmed")] == [True]

    @committed
    def test_a_database_that_restarts_in_between_loses_no_word_of_the_provider(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failures = [OperationalError("restarting"), OperationalError("restarting")]
        real = sending._accepted

        def away_twice(message: Message, accepted: Accepted) -> None:
            if failures:
                raise failures.pop()
            real(message, accepted)

        monkeypatch.setattr(sending, "RECORD_AGAIN_AFTER_S", (0.0, 0.0, 0.0))
        monkeypatch.setattr(sending, "_accepted", away_twice)
        message = queued()
        assert send_all() == 1
        message.refresh_from_db()
        assert message.delivery == "sent"

    @committed
    def test_a_sender_thought_dead_that_comes_back_still_settles_it(self, provider: Provider) -> None:
        def slow(message: OutboundMessage) -> Accepted:
            at_once(_sweep_much_later)
            return Accepted("w1", is_sent=True)

        provider.answer = slow
        message = queued()
        send_all()
        message.refresh_from_db()
        assert (message.delivery, message.is_unconfirmed, message.external_id) == ("sent", False, "w1")
        assert [data["delivery"] for data in entries("message.delivery_changed")] == ["sent"]

    @committed
    def test_a_sender_thought_dead_that_failed_leaves_the_officers_decision_alone(self, provider: Provider) -> None:
        def slow(outbound: OutboundMessage) -> Accepted:
            at_once(_sweep_much_later)
            at_once(lambda: services.message_confirm(message.pk, actor="user:1"))
            raise DeliveryFailed("no", permanent=True)

        provider.answer = slow
        message = queued()
        send_all()
        message.refresh_from_db()
        assert message.delivery == "sent"

    @committed
    def test_a_process_killed_while_sending_leaves_it_in_doubt(self, provider: Provider) -> None:
        """The real thing: kill -9 in the middle of the provider's call."""
        message = queued()
        with subprocess.Popen(
            [sys.executable, "-c", _CHILD], env=_child_environment(), stdout=subprocess.PIPE
        ) as child:
            assert child.stdout
            assert child.stdout.readline().strip() == b"calling the provider"
            os.kill(child.pid, signal.SIGKILL)
        message.refresh_from_db()
        assert (message.delivery, message.attempts) == ("sending", 1)
        assert send_all() == 0
        with clock.stopped_at(now() + timedelta(seconds=61)):
            services.outbox_sweep()
        message.refresh_from_db()
        assert message.is_unconfirmed


def _die(*_: Any) -> None:
    raise SystemExit("killed")


def _sweep_much_later() -> None:
    Message.objects.filter(delivery="sending").update(sending_since=now() - timedelta(minutes=5))
    services.outbox_sweep()


_CHILD = """
import time, django
django.setup()
from baileo.city.messages import services, testing
def hang(message):
    print("calling the provider", flush=True)
    time.sleep(60)
with testing.fake_channels() as provider:
    provider.answer = hang
    services.outbox_send()
"""


def _child_environment() -> dict[str, str]:
    """The test's own database, reached from another process."""
    database = connection.settings_dict
    parts = {"host": database["HOST"], "port": database["PORT"], "user": database["USER"], "dbname": database["NAME"]}
    parts["password"] = database["PASSWORD"]
    query = "&".join(f"{key}={value}" for key, value in parts.items() if value)
    return {
        **os.environ,
        "BAILEO_DATABASE_URL": f"postgresql:///?{query}",
        "DJANGO_SETTINGS_MODULE": "baileo.config.settings",
    }


def test_a_slow_provider_does_not_hold_up_the_others(provider: Provider) -> None:
    done: list[str] = []
    free = threading.Event()

    def answer(message: OutboundMessage) -> Accepted:
        if message.text == "slow":
            free.wait(20)
        done.append(message.text)
        if len(done) == 12:
            free.set()
        return Accepted(f"out-{message.client_id}", is_sent=True)

    provider.answer = answer
    account = an_account()
    queued(a_conversation(account, **{"from": "slow"}), "slow")
    for n in range(12):
        queued(a_conversation(account, **{"from": f"p{n}"}), "quick")
    began = time.monotonic()
    assert send_all() == 13
    assert done[-1] == "slow"
    assert time.monotonic() - began < 20
