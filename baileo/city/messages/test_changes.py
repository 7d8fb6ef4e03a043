from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from baileo.city.messages.models import ChannelAccount, InboundPayload, Message
from baileo.city.messages.testing import SPOKEN_AT, a_conversation, an_account, hear, understand_all, words
from baileo.core.clock import clock
from baileo.ground.ledger.models import Entry

pytestmark = pytest.mark.django_db


def edit(minutes: int, text: str, message_id: str = "m1") -> dict[str, Any]:
    at = (SPOKEN_AT + timedelta(minutes=minutes)).isoformat()
    return {"event": "edited", "id": message_id, "at": at, "text": text}


def delete(minutes: int, message_id: str = "m1") -> dict[str, Any]:
    return {"event": "deleted", "id": message_id, "at": (SPOKEN_AT + timedelta(minutes=minutes)).isoformat()}


def versions() -> list[str]:
    """All that the message ever said, oldest first."""
    message = Message.objects.get(external_id="m1")
    return [*message.edits.order_by("edited_at").values_list("text_before", flat=True), message.text]


class TestEdits:
    def test_the_new_words_show_and_the_old_ones_stay(self) -> None:
        hear(account := an_account(), words(text="lampu mati"))
        hear(account, edit(5, "lampu mati di Passo"))
        message = Message.objects.get()
        assert versions() == ["lampu mati", "lampu mati di Passo"]
        assert message.edited_at == SPOKEN_AT + timedelta(minutes=5)
        assert message.happened_at == SPOKEN_AT

    def test_the_ledger_tells_of_it_with_ids_only(self) -> None:
        hear(account := an_account(), words())
        hear(account, edit(5, "lain"))
        entry = Entry.objects.get(kind="message.edited")
        assert entry.actor == "contact"
        assert set(entry.data) == {"message_id", "conversation_id", "channel", "account"}

    def test_the_same_edit_again_changes_nothing(self) -> None:
        hear(account := an_account(), words(text="a"))
        for n in range(3):
            hear(account, edit(5, "b"), {"event": "ignored", "reason": f"another body {n}"})
        assert versions() == ["a", "b"]
        assert Entry.objects.filter(kind="message.edited").count() == 1

    @pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
    def test_edits_in_any_order_end_with_the_newest(self, order: tuple[int, ...]) -> None:
        hear(account := an_account(), words(text="0"))
        for n in order:
            hear(account, edit(n, str(n)))
        assert versions() == ["0", "1", "2", "3"]

    def test_two_edits_within_one_second_keep_the_order_they_came_in(self) -> None:
        hear(account := an_account(), words(text="a"))
        hear(account, edit(5, "b"))
        hear(account, edit(5, "c"))
        hear(account, edit(5, "b"), {"event": "ignored", "reason": "repeated"})
        assert versions() == ["a", "b", "c"]

    def test_an_edit_that_changes_no_word_is_none(self) -> None:
        hear(account := an_account(), words(text="a"))
        hear(account, edit(5, "a"))
        assert versions() == ["a"]

    def test_a_message_and_its_edit_in_one_body_are_both_taken(self) -> None:
        hear(an_account(), words(text="a"), edit(1, "b"))
        assert versions() == ["a", "b"]

    def test_an_edit_before_its_message_waits_for_it(self) -> None:
        account = an_account()
        with clock.stopped_at(SPOKEN_AT + timedelta(minutes=6)) as stopped:
            hear(account, edit(5, "b"))
            assert InboundPayload.objects.get().state == "received"
            hear(account, words(text="a"))
            stopped.tick(minutes=6)
            understand_all()
        assert versions() == ["a", "b"]
        assert set(InboundPayload.objects.values_list("state", flat=True)) == {"understood"}

    def test_an_edit_of_what_we_never_got_is_let_go_after_an_hour(self) -> None:
        with clock.stopped_at(SPOKEN_AT) as stopped:
            hear(an_account(), edit(5, "b"))
            stopped.tick(minutes=59)
            understand_all()
            assert InboundPayload.objects.get().state == "received"
            stopped.tick(minutes=6)
            understand_all()
        payload = InboundPayload.objects.get()
        assert (payload.state, payload.reason) == ("ignored", "a change of a message we do not have")

    def test_nobody_edits_our_own_words(self) -> None:
        conversation = a_conversation()
        Message.objects.create(
            conversation=conversation, account=conversation.account, direction="out", delivery="sent",
            external_id="ours", text="kami datang", happened_at=SPOKEN_AT,
        )  # fmt: skip
        hear(conversation.account, edit(5, "kami tidak datang", "ours"))
        assert Message.objects.get(external_id="ours").text == "kami datang"


class TestDeletions:
    def test_our_copy_stays_and_says_when_it_was_deleted(self) -> None:
        hear(account := an_account(), words(text="maaf salah"))
        hear(account, delete(7))
        message = Message.objects.get()
        assert (message.text, message.deleted_at) == ("maaf salah", SPOKEN_AT + timedelta(minutes=7))
        assert Entry.objects.filter(kind="message.deleted").count() == 1

    def test_the_first_deletion_counts(self) -> None:
        hear(account := an_account(), words())
        hear(account, delete(7))
        hear(account, delete(9))
        assert Message.objects.get().deleted_at == SPOKEN_AT + timedelta(minutes=7)
        assert Entry.objects.filter(kind="message.deleted").count() == 1

    def test_another_accounts_message_is_left_alone(self) -> None:
        hear(an_account(), words())
        other: ChannelAccount = an_account(slug="other")
        hear(other, delete(7))
        assert Message.objects.get().deleted_at is None
