from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import DatabaseError

from baileo.city.messages import watch
from baileo.city.messages.channel import AccountTrouble, Polled
from baileo.city.messages.models import ChannelAccount, InboundPayload, Message
from baileo.city.messages.testing import (
    FakeChannel,
    Provider,
    an_account,
    arrive,
    body_of,
    forget_jobs,
    understand_all,
    words,
)
from baileo.city.messages.watch import Poller
from baileo.core.errors import DeliveryFailed, NetworkFailed
from baileo.ground.ledger.models import Entry

# Polling gives its database connection back, which a test inside a transaction could not stand.
pytestmark = pytest.mark.django_db(transaction=True)


def a_polled_account(**over: Any) -> ChannelAccount:
    return an_account(settings={"mode": "polling"}, **over)


class TestPolling:
    def test_bodies_and_cursor_are_stored_together(self, provider: Provider) -> None:
        account = a_polled_account()
        provider.polls = [Polled((body_of(words("m1")), body_of(words("m2"))), "17")]
        assert Poller(account.pk).step(0) == 0.0
        account.refresh_from_db()
        assert account.poll_cursor == "17"
        assert account.last_inbound_at is not None
        understand_all()
        assert Message.objects.count() == 2

    def test_a_body_polled_twice_is_stored_once(self, provider: Provider) -> None:
        poller = Poller(a_polled_account().pk)
        provider.polls = [Polled((body_of(words()),), "1"), Polled((body_of(words()),), "2")]
        poller.step(0)
        poller.step(0)
        assert InboundPayload.objects.count() == 1

    def test_a_process_that_dies_while_storing_asks_for_the_same_again(
        self, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account = a_polled_account()
        provider.polls = [Polled((body_of(words()),), "17")]
        with monkeypatch.context() as context:
            context.setattr("baileo.city.messages.services.payloads.wake_understanding", _die)
            with pytest.raises(SystemExit):
                Poller(account.pk).step(0)
        account.refresh_from_db()
        assert (account.poll_cursor, InboundPayload.objects.count()) == ("", 0)

    def test_an_empty_poll_writes_nothing(self, provider: Provider) -> None:
        account = a_polled_account(poll_cursor="17")
        provider.polls = [Polled((), "17")]
        Poller(account.pk).step(0)
        account.refresh_from_db()
        assert account.last_inbound_at is None


def _die(*_: Any) -> None:
    raise SystemExit("killed")


class TestTrouble:
    def test_rests_grow_with_each_failure_and_end_with_success(self, provider: Provider) -> None:
        poller = Poller(a_polled_account().pk)
        provider.polls = [NetworkFailed("silence", maybe_sent=True)] * 12
        rests = [poller.step(0) for _ in range(12)]
        assert 1.6 <= rests[0] <= 2.4
        assert rests[4] > rests[0]
        assert max(rests) <= watch.LONGEST_WAIT_S * 1.2
        assert poller.step(0) == 0.0

    def test_a_dropped_poll_on_a_thin_link_is_no_news(self, provider: Provider) -> None:
        poller = Poller(a_polled_account().pk)
        provider.polls = [NetworkFailed("silence", maybe_sent=True)] * 2
        poller.step(0)
        poller.step(0)
        poller.step(0)
        assert ChannelAccount.objects.get().trouble == ""
        assert not Entry.objects.exists()

    def test_a_line_that_stays_dead_is_told_once_and_its_end_once(self, provider: Provider) -> None:
        poller = Poller(a_polled_account().pk)
        provider.polls = [DeliveryFailed("Telegram cannot be reached.", permanent=False)] * 7
        for _ in range(7):
            poller.step(0)
        assert ChannelAccount.objects.get().trouble == "Telegram cannot be reached."
        poller.step(0)
        assert ChannelAccount.objects.get().trouble == ""
        entries = Entry.objects.filter(kind="channel_account.health_changed").order_by("id")
        assert [(entry.actor, entry.data["state"]) for entry in entries] == [
            ("system:watch", "trouble"),
            ("system:watch", "ok"),
        ]

    def test_a_refused_key_is_told_at_once(self, provider: Provider) -> None:
        provider.polls = [AccountTrouble("The token was refused.")]
        Poller(a_polled_account().pk).step(0)
        assert ChannelAccount.objects.get().trouble == "The token was refused."

    def test_a_bug_of_the_plug_in_does_not_end_the_polling(self, provider: Provider) -> None:
        poller = Poller(a_polled_account().pk)
        provider.polls = [KeyError("bug"), Polled((body_of(words()),), "1")]
        assert poller.step(0) > 0
        assert poller.step(0) == 0.0
        assert InboundPayload.objects.count() == 1

    def test_an_account_that_was_deleted_meanwhile_breaks_nothing(self) -> None:
        assert Poller(0).step(0) > 0


class TestWhoIsPolled:
    def test_enabled_accounts_set_to_polling_whose_channel_can(self, monkeypatch: pytest.MonkeyPatch) -> None:
        wanted = a_polled_account()
        a_polled_account(slug="off", is_enabled=False)
        an_account(slug="hook", settings={"mode": "webhook"})
        an_account(slug="plain")
        an_account("web_form", "web", settings={"mode": "polling"})
        an_account("pigeon", "gone", settings={"mode": "polling"})
        assert list(watch.polled_accounts()) == [wanted.pk]

    def test_a_poller_comes_and_goes_with_its_account(
        self, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(FakeChannel, "poll", _hold_the_line)
        account = a_polled_account()
        pollers: dict[int, Poller] = {}
        watch.tend(pollers)
        watch.tend(pollers)
        [poller] = pollers.values()
        assert poller.thread.is_alive()
        ChannelAccount.objects.filter(pk=account.pk).update(is_enabled=False)
        watch.tend(pollers)
        assert pollers == {}
        poller.thread.join(10)
        assert not poller.thread.is_alive()

    def test_a_poller_that_died_is_replaced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(FakeChannel, "poll", _hold_the_line)
        account = a_polled_account()
        dead = Poller(account.pk)
        pollers = {account.pk: dead}
        watch.tend(pollers)
        assert pollers[account.pk] is not dead
        _end(pollers)


def _hold_the_line(self: FakeChannel, cursor: str, wait_s: int) -> Polled:
    time.sleep(0.02)
    return Polled((), cursor)


def _end(pollers: dict[int, Poller]) -> None:
    for poller in pollers.values():
        poller.stop.set()
        poller.thread.join(10)


class TestTheLoop:
    def test_polls_nudges_and_ends_when_told(self, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.02)
        monkeypatch.setattr(watch, "NUDGE_EVERY_S", 0.02)
        monkeypatch.setattr(FakeChannel, "poll", _give_then_hold)
        nudged = threading.Event()
        monkeypatch.setattr(watch, "wake_waiting", nudged.set)
        a_polled_account()
        stop = threading.Event()
        loop = threading.Thread(target=watch.run, args=(stop,))
        loop.start()
        try:
            assert nudged.wait(20)
            _until(lambda: InboundPayload.objects.count() == 1)
        finally:
            stop.set()
            loop.join(20)
        assert not loop.is_alive()
        _until(lambda: not any(thread.name.startswith("poll-") for thread in threading.enumerate()))

    def test_a_database_that_is_away_does_not_end_it(self) -> None:
        stop = threading.Event()
        seen: list[int] = []

        def step() -> None:
            seen.append(len(seen))
            if len(seen) == 1:
                raise DatabaseError("away")
            if len(seen) == 2:
                raise KeyError("a bug")
            stop.set()

        watch._every(0.001, step, stop)
        assert seen == [0, 1, 2]

    def test_a_nudge_finds_what_nobody_was_told_of(self, monkeypatch: pytest.MonkeyPatch) -> None:
        forget_jobs()
        with monkeypatch.context() as context:
            context.setattr("baileo.city.messages.services.payloads.wake_understanding", lambda: False)
            arrive(an_account(), body_of(words()))
        assert watch.nudge() == ["messages.understand"]


def _give_then_hold(self: FakeChannel, cursor: str, wait_s: int) -> Polled:
    time.sleep(0.02)
    return Polled((body_of(words()),), "1") if cursor == "" else Polled((), cursor)


def _until(is_true: Any) -> None:
    deadline = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
