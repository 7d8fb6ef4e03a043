from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from baileo.city.messages import payload_sql, services
from baileo.city.messages.models import ChannelAccount, InboundPayload
from baileo.city.messages.services.payloads import KEEP_RAW_FOR
from baileo.city.messages.testing import (
    SPOKEN_AT,
    an_account,
    arrive,
    at_once,
    body_of,
    forget_jobs,
    hear,
    understand_all,
    words,
)
from baileo.core.clock import clock
from baileo.core.errors import NotFound, TransitionNotAllowed
from baileo.ground.ledger.models import Entry

pytestmark = pytest.mark.django_db


class TestKeeping:
    def test_every_byte_is_kept_as_it_came(self) -> None:
        body = bytes(range(256)) * 40
        services.payload_store(an_account(), [("k", body, {"x-sign": "é", "content-type": "a/b"})])
        payload = InboundPayload.objects.get()
        assert bytes(payload.body) == body
        assert payload.sha256 == hashlib.sha256(body).hexdigest()
        assert payload.headers == {"x-sign": "é", "content-type": "a/b"}
        assert (payload.state, payload.attempts, payload.retry_at) == ("received", 0, None)

    def test_the_time_it_came_is_ours(self) -> None:
        with clock.stopped_at(SPOKEN_AT):
            services.payload_store(an_account(), [("k", b"{}", {})])
        assert InboundPayload.objects.get().received_at == SPOKEN_AT

    def test_several_at_once_count_only_the_new_ones(self) -> None:
        account = an_account()
        bodies: list[tuple[str, bytes, dict[str, str]]] = [(f"k{n % 3}", f"{n}".encode(), {}) for n in range(5)]
        assert services.payload_store(account, bodies) == 3
        assert services.payload_store(account, [*bodies, ("k9", b"9", {})]) == 1
        assert sorted(bytes(body) for body in InboundPayload.objects.values_list("body", flat=True)) == [
            b"0", b"1", b"2", b"9",
        ]  # fmt: skip

    def test_the_same_key_of_another_account_is_another_payload(self) -> None:
        for slug in ("a", "b"):
            assert services.payload_store(an_account(slug=slug), [("k", b"{}", {})]) == 1

    def test_the_worker_is_woken_for_news_only(self) -> None:
        account = an_account()
        forget_jobs()
        services.payload_store(account, [("k", b"{}", {})])
        assert ProcrastinateJob.objects.filter(task_name="messages.understand").count() == 1
        forget_jobs()
        services.payload_store(account, [("k", b"{}", {})])
        assert not ProcrastinateJob.objects.exists()

    def test_an_account_that_is_gone_keeps_nothing(self) -> None:
        gone = ChannelAccount(pk=999_999, channel="fake", slug="gone")

        @transaction.atomic
        def store() -> None:
            services.payload_store(gone, [("k", b"{}", {})])
            transaction.get_connection().check_constraints()

        with pytest.raises(IntegrityError):
            store()


class TestTheLastSignOfLife:
    def test_is_noted_when_something_comes_even_a_repetition(self) -> None:
        account = an_account()
        with clock.stopped_at(SPOKEN_AT) as stopped:
            services.payload_store(account, [("k", b"{}", {})])
            stopped.tick(minutes=1)
            services.payload_store(account, [("k", b"{}", {})])
            account.refresh_from_db()
            assert account.last_inbound_at == stopped.now()

    def test_is_not_written_again_within_seconds(self) -> None:
        account = an_account()
        with clock.stopped_at(SPOKEN_AT) as stopped:
            services.payload_store(account, [("a", b"{}", {})])
            stopped.tick(seconds=4)
            services.payload_store(account, [("b", b"{}", {})])
            account.refresh_from_db()
            assert account.last_inbound_at == SPOKEN_AT

    def test_the_cursor_of_long_polling_moves_with_what_it_stands_for(self) -> None:
        account = an_account(poll_cursor="5")
        services.payload_store(account, [("a", b"{}", {})])
        account.refresh_from_db()
        assert account.poll_cursor == "5"
        services.payload_store(account, [], cursor="6")
        account.refresh_from_db()
        assert account.poll_cursor == "6"


@pytest.mark.django_db(transaction=True)
def test_a_busy_account_row_never_holds_up_what_citizens_write() -> None:
    account = an_account()
    with transaction.atomic():
        ChannelAccount.objects.select_for_update().get(pk=account.pk)
        # Another transaction stores while this one holds the account; only the figure is left out.
        ChannelAccount.objects.filter(pk=account.pk).update(name="held")
        assert at_once(lambda: _touch_only(account)) == [True]


def _touch_only(account: ChannelAccount) -> bool:
    with transaction.atomic(), transaction.get_connection().cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute(payload_sql.TOUCH, {"account_ids": [account.pk], "at": SPOKEN_AT})
        return True


class TestUnderstandingAgain:
    def test_is_asked_for_by_somebody_and_recorded(self) -> None:
        arrive(an_account(), b"nonsense")
        understand_all()
        payload = InboundPayload.objects.get()
        services.payload_reopen(payload.pk, actor="user:5")
        payload.refresh_from_db()
        assert (payload.state, payload.reason, payload.attempts, payload.retry_at) == ("received", "", 0, None)
        entry = Entry.objects.get(kind="payload.reopened")
        assert (entry.actor, entry.data) == ("user:5", {"payload_id": payload.pk})

    def test_needs_the_raw_bytes(self) -> None:
        hear(an_account(), words())
        InboundPayload.objects.update(body=b"")
        with pytest.raises(TransitionNotAllowed):
            services.payload_reopen(InboundPayload.objects.get().pk, actor="user:5")

    def test_needs_a_payload(self) -> None:
        with pytest.raises(NotFound):
            services.payload_reopen(0, actor="user:5")


class TestForgetting:
    def test_empties_what_is_old_and_understood_and_keeps_its_place(self) -> None:
        account = an_account()
        with clock.stopped_at(SPOKEN_AT) as stopped:
            hear(account, words())
            hear(account, {"event": "ignored", "reason": "a group chat"})
            arrive(account, b"nonsense")
            understand_all()
            arrive(account, body_of(words("m2")))
            stopped.tick(days=KEEP_RAW_FOR.days - 1)
            assert services.payloads_forget() == 0
            stopped.tick(days=2)
            assert services.payloads_forget() == 2
            assert services.payloads_forget() == 0
        assert set(InboundPayload.objects.exclude(body=b"").values_list("state", flat=True)) == {"rejected", "received"}
        assert arrive(account, body_of(words())) == 0  # a very late repetition is still recognised

    def test_goes_a_few_at_a_time(self) -> None:
        account = an_account()
        with clock.stopped_at(SPOKEN_AT):
            for n in range(5):
                hear(account, words(f"m{n}"))
        with clock.stopped_at(SPOKEN_AT + KEEP_RAW_FOR + timedelta(days=1)):
            assert [services.payloads_forget(limit=2) for _ in range(4)] == [2, 2, 1, 0]
