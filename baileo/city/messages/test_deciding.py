from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from baileo.city.messages import services
from baileo.city.messages.errors import ReplyWindowClosed
from baileo.city.messages.models import Message
from baileo.city.messages.selectors import failed_messages, failure_words
from baileo.city.messages.testing import SPOKEN_AT, Provider, a_conversation, an_account
from baileo.core.clock import clock, now
from baileo.core.errors import DeliveryFailed, NetworkFailed, NotFound, TransitionNotAllowed
from baileo.core.ids import uuid7
from baileo.ground.ledger.models import Entry

pytestmark = pytest.mark.django_db


def ours(**over: Any) -> Message:
    conversation = over.pop("conversation", None) or a_conversation()
    values = {
        "conversation": conversation,
        "account": conversation.account,
        "direction": "out",
        "delivery": "failed",
        "client_id": uuid7(),
        "text": "Baik",
        "happened_at": now(),
    }
    return Message.objects.create(**{**values, **over})


def in_doubt(**over: Any) -> Message:
    return ours(**{"delivery": "sending", "is_unconfirmed": True, "sending_since": SPOKEN_AT, **over})


class TestSendAgain:
    """Pain 56: a failed text is repeated with one click."""

    def test_puts_a_failed_text_back_as_if_new(self) -> None:
        message = ours(
            provider_code="131047", provider_words="no", failed_at=now(), attempts=30, external_id="w-old",
            attempt_after=now() + timedelta(hours=1),
        )  # fmt: skip
        services.message_retry(message.pk, actor="user:4")
        message.refresh_from_db()
        assert (message.delivery, message.attempts, message.attempt_after) == ("queued", 0, None)
        assert (message.provider_code, message.provider_words, message.external_id) == ("", "", "")
        entry = Entry.objects.get(kind="message.delivery_changed")
        assert (entry.actor, entry.data["delivery"]) == ("user:4", "queued")

    def test_is_the_officers_choice_for_a_text_in_doubt(self) -> None:
        message = services.message_retry(in_doubt().pk, actor="user:4")
        assert (message.delivery, message.is_unconfirmed) == ("queued", False)

    def test_is_refused_once_the_window_has_closed(self) -> None:
        with clock.stopped_at(SPOKEN_AT) as stopped:
            message = ours(conversation=a_conversation(an_account("windowed")))
            stopped.tick(hours=25)
            with pytest.raises(ReplyWindowClosed):
                services.message_retry(message.pk, actor="user:4")

    @pytest.mark.parametrize("delivery", ["queued", "sending", "sent", "delivered", "read"])
    def test_is_refused_for_what_is_not_waiting_for_a_decision(self, delivery: str) -> None:
        message = ours(delivery=delivery)
        with pytest.raises(TransitionNotAllowed):
            services.message_retry(message.pk, actor="user:4")

    def test_is_refused_for_what_a_person_wrote(self) -> None:
        conversation = a_conversation()
        with pytest.raises(NotFound):
            services.message_retry(conversation.messages.get().pk, actor="user:4")


class TestItArrived:
    def test_settles_a_text_in_doubt_at_the_time_it_was_sent(self) -> None:
        message = services.message_confirm(in_doubt().pk, actor="user:4")
        assert (message.delivery, message.is_unconfirmed, message.sent_at) == ("sent", False, SPOKEN_AT)
        assert Entry.objects.get(kind="message.delivery_changed").actor == "user:4"

    @pytest.mark.parametrize("delivery", ["queued", "sending", "sent", "failed"])
    def test_is_refused_where_nothing_is_in_doubt(self, delivery: str) -> None:
        message = ours(delivery=delivery)
        with pytest.raises(TransitionNotAllowed):
            services.message_confirm(message.pk, actor="user:4")


class TestGiveUp:
    def test_takes_back_what_has_not_left_yet(self, provider: Provider) -> None:
        message = services.message_give_up(ours(delivery="queued").pk, actor="user:4")
        assert (message.delivery, message.provider_code) == ("failed", "given-up")
        assert services.outbox_send() == 0
        assert provider.sent == []

    def test_settles_a_text_in_doubt(self) -> None:
        message = services.message_give_up(in_doubt().pk, actor="user:4")
        assert (message.delivery, message.is_unconfirmed) == ("failed", False)

    @pytest.mark.parametrize("delivery", ["sending", "sent", "delivered", "read", "failed"])
    def test_is_refused_for_what_has_left(self, delivery: str) -> None:
        message = ours(delivery=delivery)
        with pytest.raises(TransitionNotAllowed):
            services.message_give_up(message.pk, actor="user:4")


class TestWhatTheOfficerReads:
    def test_the_providers_words_come_first_hand(self) -> None:
        assert failure_words(ours(provider_code="403", provider_words="bot was blocked")) == "bot was blocked"

    def test_our_own_reasons_are_told_in_the_officers_language(self) -> None:
        for code in ("window-closed", "gave-up", "given-up"):
            assert failure_words(ours(provider_code=code)) not in {"", code}

    def test_a_failure_without_a_reason_still_says_so(self) -> None:
        assert failure_words(ours())

    def test_a_text_in_doubt_says_that_it_may_have_arrived(self) -> None:
        assert failure_words(in_doubt())

    def test_a_text_that_is_fine_says_nothing(self) -> None:
        assert failure_words(ours(delivery="read")) == ""

    def test_what_needs_a_decision_is_found_by_conversation(self) -> None:
        failed, doubtful, fine = ours(), None, None
        doubtful = in_doubt(conversation=failed.conversation)
        fine = ours(conversation=failed.conversation, delivery="sent")
        other = ours(conversation=a_conversation(an_account(slug="other")))
        assert failed_messages([failed.conversation_id]) == [failed, doubtful]
        assert fine not in failed_messages()
        assert other in failed_messages()


@pytest.mark.django_db(transaction=True)
def test_a_text_sent_again_after_doubt_is_sent_once_more_and_only_once(provider: Provider) -> None:
    def silence(message: Any) -> Any:
        raise NetworkFailed("silence", maybe_sent=True)

    provider.answer = silence
    message = services.message_queue(conversation_id=a_conversation().pk, text="Baik", actor="user:1")
    services.outbox_send()
    provider.answer = Provider().answer
    services.message_retry(message.pk, actor="user:1")
    services.outbox_send()
    services.outbox_send()
    message.refresh_from_db()
    assert (message.delivery, len(provider.sent)) == ("sent", 2)


@pytest.mark.django_db(transaction=True)
def test_a_text_sent_again_after_failure_leaves(provider: Provider) -> None:
    def refuse(message: Any) -> Any:
        raise DeliveryFailed("no", permanent=True, provider_code="403")

    provider.answer = refuse
    message = services.message_queue(conversation_id=a_conversation().pk, text="Baik", actor="user:1")
    services.outbox_send()
    provider.answer = Provider().answer
    services.message_retry(message.pk, actor="user:1")
    services.outbox_send()
    message.refresh_from_db()
    assert message.delivery == "sent"
