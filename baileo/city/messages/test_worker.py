"""The tasks under a real procrastinate worker, on its own connections."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import OperationalError, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob

from baileo.city.messages import services
from baileo.city.messages.models import Attachment, Conversation, Message
from baileo.city.messages.testing import Provider, an_account, arrive, at_once, body_of, forget_jobs, words
from baileo.city.messages.wake import UNDERSTAND, wake

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_jobs_of_other_tests(transactional_db: None) -> Any:
    forget_jobs()
    yield
    forget_jobs()


def work() -> None:
    """Let a worker do all that waits, as the worker process does, then end."""
    assert isinstance(app.connector, DjangoConnector)
    with app.replace_connector(app.connector.get_worker_connector()):
        asyncio.run(_work())


async def _work() -> None:
    async with app.open_async():
        await app.run_worker_async(wait=False, listen_notify=False, concurrency=2, install_signal_handlers=False)


def ended(name: str) -> set[str]:
    """How our jobs ended; periodic jobs of the house run in this worker too."""
    return set(ProcrastinateJob.objects.filter(task_name__startswith=name).values_list("status", flat=True))


def test_a_stored_payload_is_understood_its_file_fetched_and_the_answer_sent(provider: Provider) -> None:
    provider.files["f"] = b"%PDF-1.7\n%%EOF"
    arrive(an_account(), body_of(words(files=[{"ref": "f"}])))
    work()
    assert Message.objects.get().text == "Lampu jalan mati"
    assert Attachment.objects.get().state == "stored"
    services.message_queue(conversation_id=Conversation.objects.get().pk, text="Baik", actor="user:1")
    work()
    assert Message.objects.get(direction="out").delivery == "sent"
    assert ended("messages.") == {"succeeded"}


def test_waking_inside_a_worker_still_belongs_to_the_transaction() -> None:
    """`task.defer()` would use the worker's own connection there, and be seen before the rows it is about."""
    assert isinstance(app.connector, DjangoConnector)
    with app.replace_connector(app.connector.get_worker_connector()), transaction.atomic():
        assert wake(UNDERSTAND)
        seen = at_once(ProcrastinateJob.objects.count)
        assert seen == [0]
    assert ProcrastinateJob.objects.count() == 1


def test_a_job_that_fails_leaves_the_rows_for_the_next(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    arrive(an_account(), body_of(words()))
    with monkeypatch.context() as context:
        context.setattr("baileo.city.messages.services.understanding.messages_store", _database_away)
        work()
    assert not Message.objects.exists()
    assert ended(UNDERSTAND) == {"failed"}
    wake(UNDERSTAND)
    work()
    assert Message.objects.exists()


def _database_away(*_: Any) -> None:
    raise OperationalError("the database restarts")
