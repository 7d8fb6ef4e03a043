from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.translation import override

from baileo.city.messages import selectors, services
from baileo.city.messages.models import (
    Attachment,
    CannedReply,
    ChannelAccount,
    ContactIdentity,
    Conversation,
    InboundPayload,
    Message,
)
from baileo.city.messages.testing import (
    SPOKEN_AT,
    a_conversation,
    an_account,
    arrive,
    body_of,
    hear,
    words,
)
from baileo.core.clock import clock
from baileo.core.errors import NotFound
from baileo.ground.people.models import Agency

pytestmark = pytest.mark.django_db


class TestAConversation:
    def test_reads_in_the_order_things_happened(self) -> None:
        """Pain 7: what comes late stands where it belongs, and says when it arrived."""
        account = an_account()
        with clock.stopped_at(SPOKEN_AT + timedelta(hours=6)) as stopped:
            hear(account, words("late", "kedua", at=(SPOKEN_AT + timedelta(hours=1)).isoformat()))
            stopped.tick(minutes=1)
            hear(account, words("later", "pertama"))
        found = selectors.conversation_messages(Conversation.objects.get().pk)
        assert [message.text for message in found] == ["pertama", "kedua"]
        assert found[0].stored_at - found[0].happened_at > timedelta(hours=6)

    def test_is_read_in_three_questions_however_long_it_is(self, django_assert_num_queries: Any) -> None:
        account = an_account()
        for n in range(8):
            hear(account, words(f"m{n}", files=[{"ref": "a"}, {"ref": "b"}]))
            hear(account, {"event": "edited", "id": f"m{n}", "text": "lain"})
        pk = Conversation.objects.get().pk
        with django_assert_num_queries(3):
            found = selectors.conversation_messages(pk)
            assert all(len(message.attachments.all()) == 2 for message in found)
            assert all(len(message.edits.all()) == 1 for message in found)
            assert [message.author for message in found] == [None] * 8


class TestTheReplyWindow:
    def test_counts_down_to_the_second(self) -> None:
        with clock.stopped_at(SPOKEN_AT) as stopped:
            hear(an_account("windowed"), words())
            conversation = Conversation.objects.get()
            stopped.tick(hours=20)
            window = selectors.reply_window(conversation)
            assert (window.is_open, window.seconds_left) == (True, 4 * 3_600)
            assert window.closes_at == SPOKEN_AT + timedelta(hours=24)
            stopped.tick(hours=4)
            window = selectors.reply_window(conversation)
            assert (window.is_open, window.seconds_left) == (False, 0)

    def test_opens_again_when_the_person_writes(self) -> None:
        account = an_account("windowed")
        with clock.stopped_at(SPOKEN_AT) as stopped:
            hear(account, words())
            stopped.tick(hours=30)
            hear(account, words("m2", at=stopped.now().isoformat()))
            assert selectors.reply_window(Conversation.objects.get()).is_open

    def test_has_no_end_where_the_provider_sets_none(self) -> None:
        window = selectors.reply_window(a_conversation())
        assert window == selectors.ReplyWindow(is_open=True, closes_at=None, seconds_left=None)

    def test_can_be_asked_for_a_time_to_come(self) -> None:
        with clock.stopped_at(SPOKEN_AT):
            hear(an_account("windowed"), words())
            conversation = Conversation.objects.get()
        assert not selectors.reply_window(conversation, SPOKEN_AT + timedelta(hours=25)).is_open

    def test_the_longest_text_is_the_channels(self) -> None:
        assert selectors.longest_text(a_conversation()) == 4_096
        assert selectors.longest_text(a_conversation(an_account("windowed"))) == 100


class TestHealth:
    """Pains 6 and 9: silence is seen."""

    def health(self, **over: Any) -> selectors.AccountHealth:
        an_account(**over)
        with clock.stopped_at(SPOKEN_AT):
            [found] = selectors.account_health()
        return found

    def test_an_account_that_heard_something_lately_is_fine(self) -> None:
        found = self.health(last_inbound_at=SPOKEN_AT - timedelta(hours=23))
        assert (found.state, found.words) == ("ok", "")

    def test_an_account_that_heard_nothing_for_a_day_is_quiet(self) -> None:
        found = self.health(last_inbound_at=SPOKEN_AT - timedelta(hours=25))
        assert found.state == "quiet"
        assert found.words

    def test_an_account_that_never_heard_anything_is_quiet(self) -> None:
        assert self.health().state == "quiet"

    def test_trouble_says_its_reason_whatever_else_is_true(self) -> None:
        found = self.health(last_inbound_at=SPOKEN_AT, trouble="The token was refused.")
        assert (found.state, found.words) == ("trouble", "The token was refused.")

    def test_an_account_switched_off_is_not_in_trouble(self) -> None:
        assert self.health(is_enabled=False, trouble="old").state == "disabled"

    def test_what_waits_to_be_sent_is_counted_with_its_age(self) -> None:
        with clock.stopped_at(SPOKEN_AT) as stopped:
            conversation = a_conversation()
            for n in range(3):
                services.message_queue(conversation_id=conversation.pk, text=str(n), actor="user:1")
                stopped.tick(minutes=1)
            [found] = selectors.account_health()
        assert (found.waiting, found.oldest_waiting_s) == (3, 180.0)

    def test_what_needs_somebody_comes_first(self) -> None:
        an_account(slug="a", last_inbound_at=SPOKEN_AT)
        an_account(slug="b", is_enabled=False)
        an_account(slug="c", trouble="x")
        an_account(slug="d")
        with clock.stopped_at(SPOKEN_AT):
            assert [found.slug for found in selectors.account_health()] == ["c", "d", "a", "b"]

    def test_is_read_in_two_questions_however_many_accounts_there_are(self, django_assert_num_queries: Any) -> None:
        for n in range(9):
            an_account(slug=f"a{n}")
        with django_assert_num_queries(2):
            assert len(selectors.account_health()) == 9

    @pytest.mark.parametrize("language", ["id", "en"])
    def test_speaks_the_readers_language(self, language: str) -> None:
        with override(language):
            assert self.health().words


class TestQueues:
    def test_nothing_waiting_is_zero_seconds(self) -> None:
        assert selectors.queue_age() == {"payloads_s": 0.0, "outbox_s": 0.0, "attachments_s": 0.0}
        assert selectors.queue_counts() == {"payloads": 0, "outbox": 0, "attachments": 0, "undelivered": 0}

    def test_the_oldest_of_each_queue_tells_the_age(self) -> None:
        account = an_account()
        with clock.stopped_at(SPOKEN_AT) as stopped:
            hear(account, words("m1", files=[{"ref": "f"}]))
            stopped.tick(seconds=10)
            services.message_queue(conversation_id=Conversation.objects.get().pk, text="Baik", actor="user:1")
            stopped.tick(seconds=20)
            arrive(account, body_of(words("m2")))
            stopped.tick(seconds=30)
            assert selectors.queue_age() == {"payloads_s": 30.0, "outbox_s": 50.0, "attachments_s": 60.0}
        assert selectors.queue_counts() == {"payloads": 1, "outbox": 1, "attachments": 1, "undelivered": 0}

    def test_what_waits_on_purpose_alarms_nobody(self) -> None:
        account = an_account()
        with clock.stopped_at(SPOKEN_AT):
            hear(account, words("m1", files=[{"ref": "f"}]))
            services.message_queue(conversation_id=Conversation.objects.get().pk, text="Baik", actor="user:1")
            arrive(account, body_of(words("m2")))
            later = SPOKEN_AT + timedelta(minutes=5)
            Message.objects.filter(direction="out").update(attempt_after=later)
            Attachment.objects.update(attempt_after=later)
            InboundPayload.objects.filter(state="received").update(retry_at=later)
            assert set(selectors.queue_age().values()) == {0.0}
            assert set(selectors.queue_age(later).values()) == {300.0}

    def test_an_account_that_rests_or_is_off_alarms_nobody(self) -> None:
        with clock.stopped_at(SPOKEN_AT) as stopped:
            conversation = a_conversation()
            services.message_queue(conversation_id=conversation.pk, text="Baik", actor="user:1")
            stopped.tick(minutes=5)
            ChannelAccount.objects.update(send_after=stopped.now() + timedelta(minutes=1))
            assert selectors.queue_age()["outbox_s"] == 0.0
            ChannelAccount.objects.update(send_after=None, is_enabled=False)
            assert selectors.queue_age()["outbox_s"] == 0.0


class TestRejectedPayloads:
    def test_show_the_newest_first_with_the_reason_and_without_the_body(self, django_assert_num_queries: Any) -> None:
        account = an_account()
        for n in range(4):
            arrive(account, f"nonsense {n}".encode())
            services.payloads_understand()
        with django_assert_num_queries(1):
            found = selectors.rejected_payloads(limit=3)
            assert [payload.account.slug for payload in found] == ["main"] * 3
        assert [payload.pk for payload in found] == sorted((payload.pk for payload in found), reverse=True)
        assert "body" in found[0].get_deferred_fields()
        assert found[0].reason == "fake: not what is documented"
        [oldest] = selectors.rejected_payloads(before_id=found[-1].pk)
        assert oldest.pk < found[-1].pk


class TestContacts:
    def test_are_covered_by_default(self) -> None:
        hear(an_account(), words(name="Octovianus Patty", username="octo", phone="081234567808"))
        card = selectors.contact_card(ContactIdentity.objects.get().pk)
        assert (card.display_name, card.username, card.phone, card.email) == ("O••• P•••", "o•••", "+62812•••••08", "")
        assert not card.is_erased

    def test_are_plain_only_for_who_asks_for_it(self) -> None:
        hear(an_account(), words(name="Octovianus Patty", phone="081234567808"))
        assert selectors.contact_get(ContactIdentity.objects.get().pk).phone == "+6281234567808"

    def test_that_do_not_exist_are_not_found(self) -> None:
        with pytest.raises(NotFound):
            selectors.contact_card(0)


def test_a_text_is_found_by_the_id_its_browser_made() -> None:
    message = services.message_queue(conversation_id=a_conversation().pk, text="Baik", actor="user:1")
    assert message.client_id
    assert selectors.message_by_client_id(message.client_id) == message


class TestCannedReplies:
    def test_are_everybodys_and_ones_own_agencys_in_their_order(self) -> None:
        pupr, dlh = (Agency.objects.create(code=code, name=code, short_name=code) for code in ("pupr", "dlh"))
        for position, (title, agency) in enumerate([("c", None), ("a", pupr), ("b", dlh)]):
            CannedReply.objects.create(title=title, text="x", agency=agency, position=position)
        CannedReply.objects.create(title="off", text="x", is_active=False)
        assert [reply.title for reply in selectors.canned_replies("pupr")] == ["c", "a"]
        assert [reply.title for reply in selectors.canned_replies()] == ["c"]
