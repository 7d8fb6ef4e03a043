from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from baileo.city.messages import services
from baileo.city.messages.channel import DeliveryStatus
from baileo.city.messages.models import InboundPayload, Message
from baileo.city.messages.testing import (
    SPOKEN_AT,
    a_conversation,
    an_account,
    arrive,
    at_once,
    body_of,
    hear,
    understand_all,
)
from baileo.city.messages.workflow import is_further
from baileo.core.clock import clock
from baileo.core.ids import uuid7
from baileo.ground.ledger.models import Entry

MINUTE = {"sent": 1, "delivered": 2, "read": 3, "failed": 4}


def ours(external_id: str = "w1", **over: Any) -> Message:
    """A text of ours that the provider accepted and says nothing about yet."""
    conversation = over.pop("conversation", None) or a_conversation(an_account("windowed"))
    values = {
        "conversation": conversation,
        "account": conversation.account,
        "direction": "out",
        "delivery": "sending",
        "external_id": external_id,
        "client_id": uuid7(),
        "text": "Baik",
        "happened_at": SPOKEN_AT,
        "sending_since": SPOKEN_AT,
    }
    return Message.objects.create(**{**values, **over})


def told_at(state: str) -> datetime:
    return SPOKEN_AT + timedelta(minutes=MINUTE[state])


def status(state: Any, external_id: str = "w1", **over: Any) -> DeliveryStatus:
    return DeliveryStatus(external_id=external_id, state=state, at=told_at(state), **over)


def said(state: str, external_id: str = "w1", **over: Any) -> dict[str, Any]:
    return {"event": "status", "id": external_id, "state": state, "at": told_at(state).isoformat(), **over}


@pytest.mark.django_db
class TestForwardOnly:
    """Pain 23, and the third way to use the fixtures: statuses in the wrong order never move a message back."""

    def test_each_word_moves_the_message_and_keeps_the_providers_time(self) -> None:
        message = ours()
        for state in ("sent", "delivered", "read"):
            assert services.delivery_record(message.account, status(state))
            message.refresh_from_db()
            assert message.delivery == state
        assert (message.sent_at, message.delivered_at, message.read_at) == (
            told_at("sent"), told_at("delivered"), told_at("read"),
        )  # fmt: skip

    @pytest.mark.parametrize("order", list(permutations(["sent", "delivered", "read"])))
    def test_any_order_ends_as_read(self, order: tuple[str, ...]) -> None:
        message = ours()
        for state in order:
            services.delivery_record(message.account, status(state))
        message.refresh_from_db()
        assert message.delivery == "read"
        assert message.sent_at == told_at("sent")  # though it came last

    def test_failed_never_undoes_delivered(self) -> None:
        message = ours()
        services.delivery_record(message.account, status("delivered"))
        services.delivery_record(message.account, status("failed", code="131026", words="no"))
        message.refresh_from_db()
        assert (message.delivery, message.provider_code) == ("delivered", "")

    def test_delivered_after_all_takes_the_failure_back(self) -> None:
        message = ours()
        services.delivery_record(message.account, status("failed", code="131026", words="no"))
        services.delivery_record(message.account, status("delivered"))
        message.refresh_from_db()
        assert (message.delivery, message.provider_code, message.provider_words) == ("delivered", "", "")

    def test_a_late_sent_does_not_make_a_failure_look_fine(self) -> None:
        message = ours()
        services.delivery_record(message.account, status("failed", code="131047", words="Re-engagement message"))
        services.delivery_record(message.account, status("sent"))
        message.refresh_from_db()
        assert message.delivery == "failed"

    def test_a_failure_keeps_the_providers_code_and_words(self) -> None:
        """Pain 18."""
        message = ours()
        services.delivery_record(message.account, status("failed", code="131047", words="Re-engagement message"))
        message.refresh_from_db()
        assert (message.delivery, message.provider_code) == ("failed", "131047")
        assert message.provider_words == "Re-engagement message"
        assert message.failed_at == told_at("failed")

    def test_repeated_words_are_one_entry_of_the_ledger(self) -> None:
        message = ours()
        Entry.objects.filter(kind="none").exists()
        for _ in range(3):
            services.delivery_record(message.account, status("sent"))
        entries = Entry.objects.filter(kind="message.delivery_changed")
        assert [entry.data["delivery"] for entry in entries] == ["sent"]

    def test_a_hundred_statuses_in_any_order_end_the_same(self) -> None:
        conversation = a_conversation(an_account("windowed"))
        for n in range(5):
            ours(f"w{n}", conversation=conversation)
        words = [said(state, f"w{n}") for n in range(5) for state in ("sent", "delivered", "read")] * 3
        random.Random(1).shuffle(words)
        for start in range(0, len(words), 9):
            hear(conversation.account, *words[start : start + 9], {"event": "ignored", "reason": str(start)})
        rows = Message.objects.filter(direction="out")
        assert set(rows.values_list("delivery", "sent_at", "delivered_at", "read_at")) == {
            ("read", told_at("sent"), told_at("delivered"), told_at("read"))
        }


def test_every_state_is_either_before_or_after_another() -> None:
    states = ["", "queued", "sending", "sent", "failed", "delivered", "read"]
    for one in states:
        for other in states:
            assert is_further(one, other) + is_further(other, one) == (one != other)


@pytest.mark.django_db
class TestWhoseMessage:
    def test_our_own_id_finds_it_before_the_providers_is_known(self) -> None:
        message = ours(external_id="")
        assert services.delivery_record(message.account, status("sent", "w9", client_id=message.client_id))
        message.refresh_from_db()
        assert (message.delivery, message.external_id) == ("sent", "w9")

    def test_a_word_of_the_provider_settles_what_was_in_doubt(self) -> None:
        message = ours(external_id="", is_unconfirmed=True)
        services.delivery_record(message.account, status("delivered", "w9", client_id=message.client_id))
        message.refresh_from_db()
        assert (message.delivery, message.is_unconfirmed) == ("delivered", False)
        entry = Entry.objects.get(kind="message.delivery_changed")
        assert entry.data == {
            "message_id": message.pk,
            "conversation_id": message.conversation_id,
            "delivery": "delivered",
            "is_unconfirmed": False,
        }

    def test_what_we_gave_up_but_the_provider_sent_was_sent(self) -> None:
        message = ours(external_id="", delivery="failed", provider_code="given-up")
        services.delivery_record(message.account, status("sent", "w9", client_id=message.client_id))
        message.refresh_from_db()
        assert (message.delivery, message.provider_code) == ("sent", "")

    def test_the_late_failure_of_an_earlier_try_does_not_fail_the_new_one(self) -> None:
        message = ours(external_id="", sending_since=SPOKEN_AT + timedelta(hours=1))
        services.delivery_record(message.account, status("failed", "w-old", client_id=message.client_id))
        message.refresh_from_db()
        assert message.delivery == "sending"
        message.sending_since = None
        message.delivery = "queued"
        message.save()
        services.delivery_record(message.account, status("failed", "w-old", client_id=message.client_id))
        message.refresh_from_db()
        assert message.delivery == "queued"

    def test_another_accounts_ids_are_not_ours(self) -> None:
        message = ours()
        other = an_account(slug="other")
        assert not services.delivery_record(other, status("read"))
        assert not services.delivery_record(other, status("read", "x", client_id=message.client_id))
        message.refresh_from_db()
        assert message.delivery == "sending"

    def test_what_a_person_wrote_is_never_delivered(self) -> None:
        conversation = a_conversation(an_account("windowed"))
        assert not services.delivery_record(conversation.account, status("read", "m-ona"))


@pytest.mark.django_db
class TestAStatusBeforeItsMessage:
    def test_waits_and_is_taken_when_the_message_is_known(self) -> None:
        conversation = a_conversation(an_account("windowed"))
        with clock.stopped_at(SPOKEN_AT) as stopped:
            hear(conversation.account, said("sent", "w5"))
            waiting = InboundPayload.objects.get(state="received")
            assert waiting.retry_at == SPOKEN_AT + timedelta(seconds=1)
            assert waiting.attempts == 0  # nobody's fault
            ours("w5", conversation=conversation)
            stopped.tick(seconds=1)
            understand_all()
        assert Message.objects.get(external_id="w5").delivery == "sent"

    def test_looks_come_often_at_first_then_rarely(self) -> None:
        conversation = a_conversation(an_account("windowed"))
        with clock.stopped_at(SPOKEN_AT) as stopped:
            hear(conversation.account, said("sent", "w5"))
            payload = InboundPayload.objects.latest("pk")
            waits = []
            while payload.retry_at:
                waits.append((payload.retry_at - stopped.now()).total_seconds())
                stopped.tick(seconds=waits[-1])
                understand_all()
                payload.refresh_from_db()
        assert waits[0] == 1
        assert max(waits) == 300
        assert len(waits) < 30
        assert (payload.state, payload.reason) == ("ignored", "a delivery status of a message we do not have")

    def test_does_not_hold_back_the_words_it_came_with(self) -> None:
        account = an_account("windowed")
        arrive(account, body_of(said("sent", "w5"), {"event": "message", "id": "m1", "from": "ona", "text": "halo"}))
        services.payloads_understand()
        assert Message.objects.get().text == "halo"
        InboundPayload.objects.update(received_at=SPOKEN_AT - timedelta(hours=2), retry_at=SPOKEN_AT)
        understand_all()
        payload = InboundPayload.objects.get()
        assert (payload.state, payload.reason) == ("understood", "a delivery status of a message we do not have")
        assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_words_of_the_provider_from_several_threads_end_with_the_furthest() -> None:
    message = ours()
    at_once(*[lambda state=state: services.delivery_record(message.account, status(state)) for state in MINUTE] * 2)
    message.refresh_from_db()
    assert message.delivery == "read"
