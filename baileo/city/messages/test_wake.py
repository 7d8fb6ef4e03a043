from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from baileo.city.messages import jobs, payload_sql, services
from baileo.city.messages.models import InboundPayload, Message, Upload
from baileo.city.messages.testing import (
    SPOKEN_AT,
    Provider,
    a_conversation,
    an_account,
    arrive,
    at_once,
    body_of,
    forget_jobs,
    hear,
    set_jobs_to,
    words,
)
from baileo.city.messages.wake import UNDERSTAND, wake, wake_waiting
from baileo.core.clock import clock, now
from baileo.core.errors import InvalidInput


@pytest.fixture(autouse=True)
def no_jobs_of_other_tests(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("transactional_db" if "AtOnce" in request.node.nodeid else "db")
    forget_jobs()


def waiting_jobs() -> list[str]:
    rows = ProcrastinateJob.objects.filter(status="todo").order_by("id")
    return list(rows.values_list("task_name", flat=True))


@pytest.mark.django_db
class TestWaking:
    def test_makes_one_job_however_often_it_is_asked(self) -> None:
        assert [wake("messages.understand") for _ in range(4)] == [True, False, False, False]
        job = ProcrastinateJob.objects.get()
        assert (job.task_name, job.queueing_lock, job.lock, job.queue_name) == (
            "messages.understand", "messages.understand", None, "default",
        )  # fmt: skip

    def test_makes_a_new_job_while_one_is_at_work(self) -> None:
        wake(UNDERSTAND)
        set_jobs_to("doing")
        assert wake(UNDERSTAND)
        assert waiting_jobs() == [UNDERSTAND]

    def test_leaves_no_job_when_the_change_is_rolled_back(self) -> None:
        @transaction.atomic
        def a_change_that_fails() -> None:
            wake(UNDERSTAND)
            raise InvalidInput("rolled back")

        with pytest.raises(InvalidInput):
            a_change_that_fails()
        assert waiting_jobs() == []

    def test_the_webhooks_own_statement_makes_the_very_same_job(self) -> None:
        from_python: list[Any] = []
        from_sql: list[Any] = []
        for statement, found in ((None, from_python), (payload_sql.WAKE, from_sql)):
            forget_jobs()
            for _ in range(3):
                if statement:
                    with transaction.atomic(), transaction.get_connection().cursor() as cursor:
                        cursor.execute(statement)
                else:
                    wake(UNDERSTAND)
            found.extend(
                ProcrastinateJob.objects.values(
                    "queue_name", "task_name", "priority", "lock", "queueing_lock", "args", "status", "scheduled_at"
                )
            )
        assert from_python == from_sql
        assert len(from_sql) == 1


@pytest.mark.django_db(transaction=True)
class TestWakingAtOnce:
    def test_many_at_once_make_one_job_and_nobody_fails(self) -> None:
        woken = at_once(*[lambda: wake(UNDERSTAND)] * 8)
        assert sum(woken) == 1
        assert waiting_jobs() == [UNDERSTAND]

    def test_a_long_transaction_that_woke_the_worker_holds_up_nobody(self) -> None:
        """Two transactions would otherwise meet in the unique index of waiting jobs, or lock each other out."""
        with transaction.atomic():
            assert wake(UNDERSTAND)
            assert at_once(lambda: wake(UNDERSTAND)) == [False]

    def test_a_job_is_seen_only_with_the_rows_it_is_about(self) -> None:
        account = an_account()
        with transaction.atomic():
            arrive(account, body_of(words()))
            assert at_once(waiting_jobs) == [[]]
        assert waiting_jobs() == [UNDERSTAND]


@pytest.mark.django_db
class TestWhatWaits:
    """A wake-up that was lost is found again by the sweep."""

    def test_every_queue_with_work_due_is_woken(self) -> None:
        account = an_account()
        hear(account, words(files=[{"ref": "f"}]))
        services.message_queue(conversation_id=Message.objects.get().conversation_id, text="Baik", actor="user:1")
        arrive(account, body_of(words("m2")))
        forget_jobs()
        assert sorted(wake_waiting()) == ["messages.fetch_attachments", "messages.send_outbox", "messages.understand"]
        assert wake_waiting() == []

    def test_nothing_due_wakes_nobody(self) -> None:
        assert wake_waiting() == []

    def test_what_is_put_off_wakes_nobody_before_its_time(self) -> None:
        arrive(an_account(), body_of(words()))
        forget_jobs()
        InboundPayload.objects.update(retry_at=now() + timedelta(minutes=1))
        assert wake_waiting() == []
        with clock.stopped_at(now() + timedelta(minutes=2)):
            assert wake_waiting() == [UNDERSTAND]


@pytest.mark.django_db
class TestJobs:
    def test_understand_drains_everything(self) -> None:
        arrive(an_account(), *[body_of(words(f"m{n}")) for n in range(250)])
        assert jobs.understand() == 250
        assert Message.objects.count() == 250

    def test_send_and_fetch_drain_everything(self, provider: Provider) -> None:
        conversation = a_conversation(files=[{"ref": "f"}])
        provider.files["f"] = b"%PDF-1.7\n%%EOF"
        for n in range(3):
            services.message_queue(conversation_id=conversation.pk, text=str(n), actor="user:1")
        assert jobs.send_outbox() == 3
        assert jobs.fetch_attachments() == 1

    def test_the_sweep_finds_what_a_dead_sender_left_and_wakes_the_rest(self) -> None:
        conversation = a_conversation()
        message = services.message_queue(conversation_id=conversation.pk, text="Baik", actor="user:1")
        Message.objects.filter(pk=message.pk).update(delivery="sending", sending_since=now() - timedelta(minutes=2))
        arrive(conversation.account, body_of(words("m2")))
        forget_jobs()
        jobs.sweep(0)
        message.refresh_from_db()
        assert message.is_unconfirmed
        assert waiting_jobs() == [UNDERSTAND]

    def test_the_night_forgets_raw_bytes_and_uploads_that_are_not_needed(self) -> None:
        with clock.stopped_at(SPOKEN_AT) as stopped:
            hear(account := an_account(), words())
            arrive(account, b"nonsense")
            services.payloads_understand()
            stopped.tick(days=89)
            jobs.forget(0)
            assert InboundPayload.objects.exclude(body=b"").count() == 2
            stopped.tick(days=2)
            jobs.forget(0)
        kept = InboundPayload.objects.exclude(body=b"").get()
        assert kept.state == "rejected"  # nobody has looked at it yet
        assert Message.objects.get().text
        assert not Upload.objects.exists()

    def test_no_task_has_a_retry_that_would_hide_later_wake_ups(self) -> None:
        ours: list[Any] = [task for name, task in app.tasks.items() if name.startswith("messages.")]
        assert len(ours) >= 5
        assert all(task.retry_strategy is None for task in ours)
        assert all(task.queueing_lock == task.name for task in ours)
