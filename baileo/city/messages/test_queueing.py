from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils.translation import override
from procrastinate.contrib.django.models import ProcrastinateJob

from baileo.city.messages import services
from baileo.city.messages.errors import AutomaticCapReached, ReplyWindowClosed
from baileo.city.messages.models import Conversation, Message
from baileo.city.messages.services import Automatic
from baileo.city.messages.testing import SPOKEN_AT, Provider, a_conversation, an_account, at_once, hear, words
from baileo.city.messages.workflow import AUTOMATIC_AN_HOUR
from baileo.core.clock import clock
from baileo.core.errors import InvalidInput, NotFound
from baileo.core.ids import uuid7
from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.services import LedgerMisused


def queue(conversation: Conversation, text: str = "Baik, kami periksa.", **over: object) -> Message:
    values = {"conversation_id": conversation.pk, "text": text, "actor": "user:1", **over}
    return services.message_queue(**values)  # type: ignore[arg-type]


@pytest.mark.django_db
class TestAnAnswer:
    def test_is_a_row_before_anything_is_sent(self, provider: Provider) -> None:
        message = queue(a_conversation(), " Baik, kami periksa. ")
        assert (message.direction, message.delivery, message.text) == ("out", "queued", "Baik, kami periksa.")
        assert message.client_id is not None
        assert provider.sent == []
        assert ProcrastinateJob.objects.filter(task_name="messages.send_outbox", status="todo").count() == 1

    def test_is_in_the_ledger_under_its_author_without_its_words(self) -> None:
        message = queue(a_conversation(), "rahasia", template="receipt", actor="system:intake")
        entry = Entry.objects.get(kind="message.queued")
        assert (entry.subject, entry.actor) == (f"message:{message.pk}", "system:intake")
        assert entry.data == {
            "message_id": message.pk,
            "conversation_id": message.conversation_id,
            "template": "receipt",
        }

    def test_vanishes_with_the_change_it_belonged_to(self) -> None:
        conversation = a_conversation()

        @transaction.atomic
        def a_change_that_fails() -> None:
            queue(conversation)
            raise LedgerMisused("the caller's own trouble")

        with pytest.raises(LedgerMisused):
            a_change_that_fails()
        assert not Message.objects.filter(direction="out").exists()
        assert not Entry.objects.filter(kind="message.queued").exists()
        assert not ProcrastinateJob.objects.filter(task_name="messages.send_outbox").exists()


@pytest.mark.django_db
class TestTheSameClickTwice:
    """Pain 3: on a weak link the officer's answer must not be posted twice."""

    def test_is_one_row(self) -> None:
        conversation, client_id = a_conversation(), uuid4()
        first = queue(conversation, client_id=client_id)
        again = queue(conversation, client_id=str(client_id))
        assert first == again
        assert Entry.objects.filter(kind="message.queued").count() == 1

    def test_stays_one_row_even_after_it_was_sent_and_the_window_closed(self) -> None:
        account = an_account("windowed")
        with clock.stopped_at(SPOKEN_AT) as stopped:
            hear(account, words())
            conversation, client_id = Conversation.objects.get(), uuid4()
            first = queue(conversation, client_id=client_id)
            stopped.tick(days=3)
            assert queue(conversation, client_id=client_id) == first

    def test_in_another_conversation_is_refused(self) -> None:
        account, client_id = an_account(), uuid4()
        queue(a_conversation(account), client_id=client_id)
        with pytest.raises(InvalidInput, match=r"another conversation|percakapan lain"):
            queue(a_conversation(account, **{"from": "budi"}), client_id=client_id)

    def test_an_id_that_is_none_is_refused_in_words(self) -> None:
        with pytest.raises(InvalidInput):
            queue(a_conversation(), client_id="click-1")

    def test_an_id_of_ours_sorts_by_time(self) -> None:
        conversation = a_conversation()
        ids: list[UUID | None] = [queue(conversation, str(n)).client_id for n in range(5)]
        assert ids == sorted(ids, key=str)


@pytest.mark.django_db(transaction=True)
def test_the_same_click_five_times_at_once_is_one_row() -> None:
    conversation, client_id = a_conversation(), uuid4()
    rows = at_once(*[lambda: queue(conversation, client_id=client_id).pk] * 5)
    assert len(set(rows)) == 1
    assert Entry.objects.filter(kind="message.queued").count() == 1


@pytest.mark.django_db
class TestWhatIsRefused:
    def test_a_closed_window_says_since_when_in_the_citys_time(self) -> None:
        """Pains 10 and 12."""
        with clock.stopped_at(SPOKEN_AT) as stopped:
            hear(an_account("windowed"), words())
            conversation = Conversation.objects.get()
            stopped.tick(hours=23, minutes=59)
            queue(conversation)
            stopped.tick(minutes=1)
            with override("en"), pytest.raises(ReplyWindowClosed, match=r"since 21\.11\.2026 10\.15 WIT") as caught:
                queue(conversation)
        assert caught.value.closed_at == SPOKEN_AT + timedelta(hours=24)
        assert Message.objects.filter(direction="out").count() == 1

    def test_a_window_that_never_opened_is_closed(self) -> None:
        conversation = a_conversation(an_account("windowed"))
        Conversation.objects.update(reply_until=None)
        with override("en"), pytest.raises(ReplyWindowClosed, match="until this person writes"):
            queue(conversation)

    @pytest.mark.parametrize("text", ["", "   ", "\n"])
    def test_an_empty_text(self, text: str) -> None:
        with pytest.raises(InvalidInput):
            queue(a_conversation(), text)

    def test_a_text_longer_than_the_channel_takes_says_how_long_it_may_be(self) -> None:
        conversation = a_conversation(an_account("windowed"))
        queue(conversation, "x" * 100)
        with override("en"), pytest.raises(InvalidInput, match="at most 100 characters; this text has 101"):
            queue(conversation, "x" * 101)

    def test_a_conversation_that_does_not_exist(self) -> None:
        with pytest.raises(NotFound):
            services.message_queue(conversation_id=0, text="Baik", actor="user:1")

    def test_somebody_who_asked_to_be_forgotten(self) -> None:
        conversation = a_conversation()
        conversation.contact.erased_at = SPOKEN_AT
        conversation.contact.save()
        with pytest.raises(NotFound):
            queue(conversation)


@pytest.mark.django_db
class TestAutomaticTexts:
    """Rule 12 and pain 17: an automatic answer has a cap for each person and hour."""

    def test_stop_at_the_cap_and_go_on_an_hour_later(self) -> None:
        conversation = a_conversation()
        with clock.stopped_at(SPOKEN_AT) as stopped:
            for _ in range(AUTOMATIC_AN_HOUR):
                queue(conversation, template="receipt", actor="system:intake")
                stopped.tick(minutes=1)
            with pytest.raises(AutomaticCapReached) as caught:
                queue(conversation, template="receipt", actor="system:intake")
            assert caught.value.retry_after_s > 0
            stopped.tick(minutes=50)
            queue(conversation, template="receipt", actor="system:intake")

    def test_an_officer_may_always_answer(self) -> None:
        conversation = a_conversation()
        for _ in range(AUTOMATIC_AN_HOUR):
            queue(conversation, template="receipt", actor="system:intake")
        queue(conversation)

    def test_officers_answers_do_not_use_up_the_cap(self) -> None:
        conversation = a_conversation()
        for _ in range(AUTOMATIC_AN_HOUR + 3):
            queue(conversation)
        queue(conversation, template="receipt", actor="system:intake")

    def test_the_cap_is_the_persons_and_not_the_accounts(self) -> None:
        account = an_account()
        first, second = a_conversation(account), a_conversation(account, **{"from": "budi"})
        for _ in range(AUTOMATIC_AN_HOUR):
            queue(first, template="receipt", actor="system:intake")
        queue(second, template="receipt", actor="system:intake")


def automatic(conversation: Conversation, text: str = "Laporan 2026-000001 diterima.", **over: object) -> Automatic:
    values = {"conversation": conversation, "text": text, "template": "receipt", "client_id": uuid7(), **over}
    return Automatic(**values)  # type: ignore[arg-type]


@pytest.mark.django_db
class TestManyAutomaticTexts:
    def test_are_queued_in_the_order_asked_for(self) -> None:
        account = an_account()
        items = [automatic(a_conversation(account, **{"from": f"p{n}"}), str(n)) for n in range(5)]
        found = services.messages_queue_automatic(items, actor="system:intake")
        assert [message.text for message in found if isinstance(message, Message)] == list("01234")
        assert Message.objects.filter(delivery="queued", template="receipt").count() == 5
        entries = Entry.objects.filter(kind="message.queued").order_by("id")
        assert [entry.data["message_id"] for entry in entries] == [
            message.pk for message in found if isinstance(message, Message)
        ]

    def test_cost_the_same_few_statements_however_many_there_are(self, django_assert_max_num_queries: Any) -> None:
        account = an_account()
        for n in range(40):
            a_conversation(account, **{"from": f"p{n}"})
        items = [automatic(one) for one in Conversation.objects.select_related("account", "contact")]
        with django_assert_max_num_queries(13):
            services.messages_queue_automatic(items, actor="system:intake")

    def test_asked_for_again_are_the_same_rows(self) -> None:
        items = [automatic(a_conversation())]
        first = services.messages_queue_automatic([*items, *items], actor="system:intake")
        assert services.messages_queue_automatic(items, actor="system:intake") == first[:1]
        assert first[0] is first[1]
        assert Message.objects.filter(direction="out").count() == 1

    def test_that_may_not_be_sent_say_why_and_hold_up_nobody(self) -> None:
        account = an_account("windowed")
        with clock.stopped_at(SPOKEN_AT) as stopped:
            fine, closed, gone = (a_conversation(account, **{"from": name}) for name in ("fine", "closed", "gone"))
            Conversation.objects.filter(pk=closed.pk).update(reply_until=SPOKEN_AT)
            closed.refresh_from_db()
            gone.contact.erased_at = SPOKEN_AT
            stopped.tick(minutes=1)
            items = [
                automatic(closed), automatic(fine, "x" * 101), automatic(fine, " "), automatic(gone), automatic(fine),
            ]  # fmt: skip
            found = services.messages_queue_automatic(items, actor="system:intake")
        assert found[:4] == ["window-closed", "too-long", "empty", "erased"]
        assert isinstance(found[4], Message)

    def test_stop_at_the_cap_within_one_list_and_over_several(self) -> None:
        conversation = a_conversation()
        for _ in range(AUTOMATIC_AN_HOUR - 2):
            queue(conversation, template="receipt", actor="system:intake")
        found = services.messages_queue_automatic([automatic(conversation) for _ in range(4)], actor="system:intake")
        assert [isinstance(one, Message) for one in found] == [True, True, False, False]
        assert found[2:] == ["automatic-cap", "automatic-cap"]

    def test_nothing_to_send_writes_nothing(self) -> None:
        assert services.messages_queue_automatic([], actor="system:intake") == []
        assert not Entry.objects.exists()
