from __future__ import annotations

import logging
import random
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import OperationalError

from baileo.city.messages import services
from baileo.city.messages.models import (
    Attachment,
    ChannelAccount,
    ContactAlias,
    ContactIdentity,
    Conversation,
    InboundPayload,
    Message,
)
from baileo.city.messages.registry import PluginBroken
from baileo.city.messages.services import inbound, understanding
from baileo.city.messages.testing import (
    SPOKEN_AT,
    Provider,
    an_account,
    arrive,
    at_once,
    body_of,
    hear,
    understand_all,
    words,
)
from baileo.core.clock import clock
from baileo.ground.ledger.models import Entry

State = InboundPayload.State


def kinds() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("kind", flat=True))


@pytest.mark.django_db
class TestOneMessage:
    def test_it_is_kept_word_for_word_with_both_times(self) -> None:
        text = "  Aer su mati  tiga hari 😢\n\nkatong di Batu Merah  "
        with clock.stopped_at(SPOKEN_AT + timedelta(hours=3)):
            hear(an_account(), words(text=text))
        message = Message.objects.get()
        assert message.text == text
        assert message.happened_at == SPOKEN_AT
        assert message.stored_at == SPOKEN_AT + timedelta(hours=3)
        assert message.payload is not None
        assert text.split(maxsplit=1)[0].encode() in bytes(message.payload.body)

    def test_the_ledger_tells_of_it_once_without_any_word(self) -> None:
        hear(an_account(slug="kota"), words(text="rahasia", name="Ona", phone="081200000001"))
        message, entry = Message.objects.get(), Entry.objects.get()
        assert (entry.kind, entry.subject, entry.actor) == ("message.received", f"message:{message.pk}", "contact")
        assert entry.data == {
            "message_id": message.pk,
            "conversation_id": message.conversation_id,
            "channel": "fake",
            "account": "kota",
        }

    def test_the_payload_says_that_it_was_understood(self) -> None:
        hear(an_account(), words())
        payload = InboundPayload.objects.get()
        assert payload.state == State.UNDERSTOOD
        assert payload.understood_at is not None

    def test_a_file_leaves_a_placeholder_and_the_text_is_there_at_once(self) -> None:
        hear(an_account(), words(files=[{"ref": "f1", "type": "image/jpeg", "days": 7}, {"ref": "f2"}]))
        first, second = Attachment.objects.order_by("position")
        assert (first.state, first.claimed_type, first.provider_ref) == ("waiting", "image/jpeg", "f1")
        assert first.expires_at == SPOKEN_AT + timedelta(days=7)
        assert (second.position, second.expires_at) == (1, None)
        assert Message.objects.get().text

    def test_a_position_off_the_earth_does_not_cost_the_words(self) -> None:
        hear(an_account(), words(text="di sini", lon_deg=128.2, lat_deg=123.0))
        message = Message.objects.get()
        assert (message.text, message.lon_deg, message.lat_deg) == ("di sini", None, None)
        assert message.details["place_refused"] is True

    def test_signs_the_database_refuses_do_not_cost_the_words(self) -> None:
        hear(an_account(), words(text="a\x00b", name="O\x00na", details={"x\x00": ["\x00", {"y": "\ud800"}]}))
        message = Message.objects.get()
        assert message.text == "a\N{REPLACEMENT CHARACTER}b"
        assert message.conversation.contact.display_name == "O\N{REPLACEMENT CHARACTER}na"

    def test_a_clock_that_runs_ahead_is_not_believed(self) -> None:
        with clock.stopped_at(SPOKEN_AT):
            hear(an_account(), words(at=(SPOKEN_AT + timedelta(days=400)).isoformat()))
        assert Message.objects.get().happened_at == SPOKEN_AT

    def test_a_message_from_long_ago_keeps_its_time(self) -> None:
        hear(an_account(), words(at="2026-10-01T08:00:00+09:00"))
        assert Message.objects.get().happened_at.isoformat() == "2026-09-30T23:00:00+00:00"


@pytest.mark.django_db
class TestTheSameAgain:
    """Pains 1, 4 and 5: once is once, however often and however fast it is repeated."""

    def test_the_same_body_twice_is_one_payload(self) -> None:
        account = an_account()
        assert arrive(account, body_of(words())) == 1
        assert arrive(account, body_of(words())) == 0
        understand_all()
        assert (InboundPayload.objects.count(), Message.objects.count()) == (1, 1)

    def test_the_same_message_in_another_body_is_stored_once(self) -> None:
        account = an_account()
        hear(account, words())
        hear(account, words(), words("m2", "lagi"))
        assert Message.objects.count() == 2
        assert kinds() == ["message.received"] * 2
        assert set(InboundPayload.objects.values_list("state", flat=True)) == {"understood"}

    def test_the_same_message_twice_in_one_body_is_stored_once(self) -> None:
        hear(an_account(), words(), words())
        assert Message.objects.count() == 1

    def test_another_account_may_use_the_same_ids(self) -> None:
        for slug in ("one", "two"):
            hear(an_account(slug=slug), words())
        assert Message.objects.count() == 2
        assert ContactIdentity.objects.count() == 1  # ids are the channel's within the scope, not the account's
        assert Conversation.objects.count() == 2

    def test_understanding_again_changes_nothing(self) -> None:
        hear(an_account(), words(), words("m2", files=[{"ref": "f"}]))
        before = list(Message.objects.order_by("pk").values())
        services.payload_reopen(InboundPayload.objects.get().pk, actor="user:1")
        understand_all()
        assert list(Message.objects.order_by("pk").values()) == before
        assert Attachment.objects.count() == 1

    def test_shuffled_and_repeated_replays_end_in_the_same_rows(self) -> None:
        def at(n: int) -> str:
            return (SPOKEN_AT + timedelta(minutes=n)).isoformat()

        bodies = [
            *[body_of(words(f"m{n}", f"kata {n}", at=at(n), name=f"Ona {n}")) for n in range(6)],
            body_of({"event": "edited", "id": "m2", "at": at(20), "text": "kata dua"}),
            body_of({"event": "edited", "id": "m2", "at": at(30), "text": "kata dua lagi"}),
            body_of({"event": "deleted", "id": "m4", "at": at(40)}),
        ]
        seen = [self._replay(f"a{seed}", bodies, random.Random(seed)) for seed in range(6)]
        assert seen == [seen[0]] * 6

    def _replay(self, slug: str, bodies: list[bytes], luck: random.Random) -> Any:
        account = an_account("windowed", slug)
        order = [*bodies, *bodies]
        luck.shuffle(order)
        with clock.stopped_at(SPOKEN_AT + timedelta(hours=1)) as stopped:
            for body in order:
                arrive(account, body)
                understand_all()
            for _ in range(12):  # what came before its message
                stopped.tick(minutes=5)
                understand_all()
        rows = Message.objects.filter(account=account).order_by("external_id")
        conversation = Conversation.objects.get(account=account)
        return (
            list(rows.values_list("external_id", "text", "happened_at", "edited_at", "deleted_at")),
            [list(row.edits.order_by("edited_at").values_list("text_before", "edited_at")) for row in rows],
            (conversation.last_inbound_at, conversation.reply_until),
            set(InboundPayload.objects.filter(account=account).values_list("state", flat=True)),
        )


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_five_same_payloads_at_once_are_one_message(self) -> None:
        account, body = an_account(), body_of(words())
        stored = at_once(*[lambda: arrive(account, body)] * 5)
        assert sorted(stored) == [0, 0, 0, 0, 1]
        at_once(*[understand_all] * 5)
        assert Message.objects.count() == 1
        assert kinds() == ["message.received"]

    def test_five_bodies_of_one_message_at_once_are_one_message(self) -> None:
        account = an_account()
        for n in range(5):
            arrive(account, body_of(words(), {"event": "ignored", "reason": f"makes body {n} another one"}))
        at_once(*[lambda: services.payloads_understand(1)] * 5)
        understand_all()
        assert Message.objects.count() == 1
        assert ContactIdentity.objects.count() == 1
        assert kinds() == ["message.received"]

    def test_two_workers_draining_at_once_never_double_anything(self) -> None:
        account = an_account()
        arrive(account, *[body_of(words(f"m{n}", **{"from": f"p{n % 7}"})) for n in range(120)])
        at_once(*[lambda: sum(iter(lambda: services.payloads_understand(10), 0))] * 3)
        assert Message.objects.count() == 120
        assert ContactIdentity.objects.count() == Conversation.objects.count() == 7
        assert kinds() == ["message.received"] * 120

    def test_a_worker_that_dies_in_the_middle_leaves_everything_for_the_next(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        arrive(an_account(), body_of(words()))
        with monkeypatch.context() as context:
            context.setattr(understanding, "_settle", _die)
            with pytest.raises(SystemExit):
                services.payloads_understand()
        assert (Message.objects.count(), Entry.objects.count()) == (0, 0)
        understand_all()
        assert Message.objects.count() == 1

    def test_a_database_that_fails_is_not_the_payloads_fault(self, monkeypatch: pytest.MonkeyPatch) -> None:
        arrive(an_account(), body_of(words()))
        with monkeypatch.context() as context:
            context.setattr(understanding, "messages_store", _database_away)
            with pytest.raises(OperationalError):
                services.payloads_understand()
        payload = InboundPayload.objects.get()
        assert (payload.state, payload.attempts) == ("received", 0)
        understand_all()
        assert Message.objects.count() == 1


def _die(*_: Any) -> None:
    raise SystemExit("killed")


def _database_away(*_: Any) -> None:
    raise OperationalError("gone")


@pytest.mark.django_db
class TestWhatIsNotAMessage:
    def test_nonsense_is_rejected_with_the_reason_where_an_administrator_sees_it(self) -> None:
        arrive(an_account(), b'{"what": "nobody documents"}')
        understand_all()
        payload = InboundPayload.objects.get()
        assert (payload.state, payload.reason) == ("rejected", "fake: not what is documented")
        entry = Entry.objects.get()
        assert (entry.kind, entry.data["payload_id"]) == ("payload.rejected", payload.pk)

    def test_an_id_that_cannot_be_one_is_rejected(self) -> None:
        for n, bad in enumerate(["", "x" * 201, "a\x00b"]):
            hear(an_account(slug=f"a{n}"), words(bad))
        assert set(InboundPayload.objects.values_list("state", flat=True)) == {"rejected"}

    def test_what_is_not_for_us_is_ignored_with_the_reason(self) -> None:
        hear(
            an_account(), {"event": "ignored", "reason": "a group chat"}, {"event": "ignored", "reason": "a group chat"}
        )
        payload = InboundPayload.objects.get()
        assert (payload.state, payload.reason) == ("ignored", "a group chat")
        assert kinds() == []

    def test_an_empty_body_of_events_is_ignored(self) -> None:
        hear(an_account())
        assert InboundPayload.objects.get().reason == "nothing for us in it"

    def test_parts_that_are_not_for_us_do_not_cost_the_others(self) -> None:
        hear(an_account(), {"event": "ignored", "reason": "a poll"}, words())
        assert InboundPayload.objects.get().state == "understood"
        assert Message.objects.count() == 1

    def test_one_bad_payload_does_not_hold_up_its_neighbours(self, provider: Provider) -> None:
        provider.break_on = b"meledak"
        arrive(an_account(), body_of(words("a")), body_of(words("b", "meledak")), b"nonsense", body_of(words("c")))
        understand_all()
        assert set(Message.objects.values_list("external_id", flat=True)) == {"a", "c"}

    def test_one_payload_the_database_refuses_does_not_hold_up_its_neighbours(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = inbound.messages_store

        def refuses_b(readings: Any) -> Any:
            if any(message.text == "b" for reading in readings for message in reading.messages):
                raise ValueError("only when b is among them")
            return real(readings)

        monkeypatch.setattr(understanding, "messages_store", refuses_b)
        arrive(an_account(), *[body_of(words(name, name)) for name in "abc"])
        assert services.payloads_understand() == 3
        assert set(Message.objects.values_list("text", flat=True)) == {"a", "c"}
        assert InboundPayload.objects.get(state="received").attempts == 1
        assert kinds() == ["message.received"] * 2


@pytest.mark.django_db
class TestABrokenParser:
    def test_is_tried_again_with_growing_waits_then_shown(self, provider: Provider) -> None:
        provider.break_on = b"Lampu"
        with clock.stopped_at(SPOKEN_AT) as stopped:
            arrive(an_account(), body_of(words()))
            waits = []
            for _ in range(4):
                assert services.payloads_understand() == 1
                payload = InboundPayload.objects.get()
                assert payload.retry_at
                assert services.payloads_understand() == 0  # not before its time
                waits.append((payload.retry_at - stopped.now()).total_seconds())
                stopped.tick(seconds=waits[-1])
            assert all(later > earlier for earlier, later in pairwise(waits))
            services.payloads_understand()
        payload = InboundPayload.objects.get()
        assert (payload.state, payload.reason, payload.attempts) == ("rejected", "parser failed: KeyError", 4)
        assert kinds() == ["payload.rejected"]

    def test_once_mended_what_it_refused_can_be_understood_again(self, provider: Provider) -> None:
        provider.break_on = b"Lampu"
        arrive(an_account(), body_of(words()))
        InboundPayload.objects.update(state="rejected", attempts=4)
        provider.break_on = None
        services.payload_reopen(InboundPayload.objects.get().pk, actor="user:7")
        understand_all()
        assert Message.objects.count() == 1
        assert kinds() == ["payload.reopened", "message.received"]

    def test_the_log_tells_the_place_and_no_word_of_the_citizen(
        self, provider: Provider, caplog: pytest.LogCaptureFixture
    ) -> None:
        provider.break_on = b"0812"
        with caplog.at_level(logging.DEBUG, logger="baileo"):
            hear(an_account(), words(text="telepon 081200000001"))
        assert "KeyError at testing.py" in caplog.text
        assert "0812" not in caplog.text

    def test_a_channel_whose_code_is_gone_keeps_its_payloads_uncounted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def gone(account: ChannelAccount) -> None:
            raise PluginBroken("The code of channel fake cannot be loaded.")

        arrive(an_account(), body_of(words()))
        with clock.stopped_at(SPOKEN_AT) as stopped:
            with monkeypatch.context() as context:
                context.setattr(understanding, "channel_for", gone)
                assert services.payloads_understand() == 1
            payload = InboundPayload.objects.get()
            assert (payload.state, payload.attempts) == ("received", 0)
            stopped.tick(minutes=2)
            understand_all()
        assert Message.objects.count() == 1


@pytest.mark.django_db
class TestReplyWindow:
    def test_it_runs_from_the_persons_last_word_by_the_providers_time(self) -> None:
        hear(an_account("windowed"), words())
        assert Conversation.objects.get().reply_until == SPOKEN_AT + timedelta(hours=24)

    def test_a_late_older_message_does_not_shorten_it(self) -> None:
        account = an_account("windowed")
        hear(account, words())
        hear(account, words("m0", at=(SPOKEN_AT - timedelta(hours=5)).isoformat(), address="old"))
        conversation = Conversation.objects.get()
        assert conversation.reply_until == SPOKEN_AT + timedelta(hours=24)
        assert (conversation.last_inbound_at, conversation.address) == (SPOKEN_AT, "ona")

    def test_a_channel_without_windows_sets_none(self) -> None:
        hear(an_account(), words())
        assert Conversation.objects.get().reply_until is None


@pytest.mark.django_db
class TestPeople:
    """Pains 8, 19, 40 and 42: nobody is lost or doubled over how a number is written or whether there is one."""

    def test_somebody_without_a_phone_is_a_contact_like_any_other(self) -> None:
        hear(an_account(), words(**{"from": "ID.7001", "username": "nyong"}))
        contact = ContactIdentity.objects.get()
        assert (contact.external_id, contact.username, contact.phone) == ("ID.7001", "nyong", "")

    @pytest.mark.parametrize("written", ["6281200000001", "081200000001", "+62 812-0000-0001", "62 812 0000 0001"])
    def test_a_number_is_the_same_however_it_is_written(self, written: str) -> None:
        hear(an_account(), words(phone=written))
        assert ContactIdentity.objects.get().phone == "+6281200000001"

    def test_a_number_nobody_can_read_costs_nothing(self) -> None:
        hear(an_account(), words(phone="nomor beta"))
        assert ContactIdentity.objects.get().phone == ""
        assert Message.objects.count() == 1

    def test_a_name_left_out_is_not_a_name_taken_back(self) -> None:
        account = an_account()
        hear(account, words("m1", name="Ona", username="ona", phone="081200000001"))
        hear(account, words("m2"))
        contact = ContactIdentity.objects.get()
        assert (contact.display_name, contact.username, contact.phone) == ("Ona", "ona", "+6281200000001")

    def test_the_newest_name_stays_whatever_order_messages_come_in(self) -> None:
        account = an_account()
        hear(account, words("new", name="Ona Baru"))
        hear(account, words("old", name="Ona Lama", at=(SPOKEN_AT - timedelta(days=1)).isoformat()))
        assert ContactIdentity.objects.get().display_name == "Ona Baru"

    def test_a_phone_today_and_only_a_user_id_tomorrow_is_one_person(self) -> None:
        account = an_account()
        hear(account, words("m1", **{"from": "6281200000001"}))
        hear(account, words("m2", aliases=["6281200000001"], **{"from": "ID.7001"}))
        hear(account, words("m3", **{"from": "ID.7001"}))
        hear(account, words("m4", **{"from": "6281200000001"}))
        assert ContactIdentity.objects.count() == Conversation.objects.count() == 1
        assert set(ContactAlias.objects.values_list("external_id", flat=True)) == {"6281200000001", "ID.7001"}

    def test_two_people_known_apart_are_not_joined_by_an_alias(self) -> None:
        account = an_account()
        hear(account, words("m1", **{"from": "A"}), words("m2", **{"from": "B"}))
        hear(account, words("m3", aliases=["B"], **{"from": "A"}))
        assert ContactIdentity.objects.count() == 2
        assert Message.objects.get(external_id="m3").conversation.contact.external_id == "A"

    def test_the_same_new_person_twice_in_one_chunk_is_one_person(self) -> None:
        account = an_account()
        arrive(account, body_of(words("m1", name="Ona")), body_of(words("m2", phone="081200000001")))
        understand_all()
        contact = ContactIdentity.objects.get()
        assert (contact.display_name, contact.phone) == ("Ona", "+6281200000001")

    def test_somebody_who_changes_the_number_stays_the_same_contact(self) -> None:
        account = an_account()
        hear(account, words("m1", **{"from": "old", "phone": "081200000001"}))
        changed = {"event": "changed", "known_as": ["unknown", "old"], "from": "new", "phone": "081200000002"}
        hear(account, {**changed, "address": "new-address"})
        hear(account, words("m2", **{"from": "new", "address": ""}))
        contact = ContactIdentity.objects.get()
        assert contact.phone == "+6281200000002"
        assert Conversation.objects.get().address == "new-address"
        assert kinds() == ["message.received"] * 2

    def test_a_change_of_somebody_unknown_makes_nobody(self) -> None:
        hear(an_account(), {"event": "changed", "known_as": ["old"], "from": "new"})
        assert ContactIdentity.objects.count() == 0
        assert InboundPayload.objects.get().state == "understood"


@pytest.mark.django_db
class TestTheOrderOfWork:
    def test_what_waits_for_something_never_fills_a_chunk(self) -> None:
        account = an_account()
        status = {"event": "status", "state": "sent", "at": SPOKEN_AT.isoformat()}
        with clock.stopped_at(SPOKEN_AT) as stopped:
            arrive(account, *[body_of({**status, "id": f"unknown-{n}"}) for n in range(40)])
            understand_all()
            stopped.tick(minutes=1)
            arrive(account, *[body_of(words(f"m{n}")) for n in range(10)])
            services.payloads_understand(limit=12)
        assert Message.objects.count() == 9  # a quarter of the chunk looked again at what waits

    def test_the_number_of_questions_to_the_database_does_not_grow_with_the_chunk(
        self, django_assert_max_num_queries: Any
    ) -> None:
        account = an_account()
        arrive(account, *[body_of(words(f"m{n}", **{"from": f"p{n}"}, files=[{"ref": "f"}])) for n in range(60)])
        with django_assert_max_num_queries(32):
            services.payloads_understand()
        assert Message.objects.count() == 60
