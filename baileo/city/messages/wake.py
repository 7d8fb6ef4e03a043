"""Waking the worker. Rows are the truth, a job only says that some wait.

`wake` runs in the caller's transaction, so a job commits with its data and never before. It does not use
`task.defer()`: inside a worker that writes over a second connection, where the job would be visible before the rows.
"""

from __future__ import annotations

from django.db import connection, transaction
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from baileo.city.messages.selectors.health import waiting
from baileo.core.clock import now

UNDERSTAND = "messages.understand"
SEND = "messages.send_outbox"
FETCH = "messages.fetch_attachments"

# The first part never waits: a second transaction deferring the same job would otherwise stand still until the first
# one ends (they meet in a unique index), and two of them could lock each other out. Whoever does not get the lock may
# leave the job to the one who has it; should that one roll back, the sweep finds the rows.
_FREE = """
SELECT pg_try_advisory_xact_lock(hashtextextended('wake ' || %(name)s, 0))
   AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %(name)s AND status = 'todo')
"""


def wake(task_name: str, *, queue: str = "default") -> bool:
    """Have the task run once; False when a run already waits. The task's name is its queueing lock.

    Such a task must have no retry strategy: a run put off would hold the lock and hide every wake-up until then.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_FREE, {"name": task_name})
            if not cursor.fetchone()[0]:
                return False
        return _defer(task_name, queue)


def _defer(task_name: str, queue: str) -> bool:
    job = Job(queue=queue, lock=None, queueing_lock=task_name, task_name=task_name)
    try:
        with transaction.atomic():
            JobManager(DjangoConnector()).defer_job(job)
    except AlreadyEnqueued:  # a periodic task was deferred at the same moment
        return False
    return True


def wake_understanding() -> bool:
    return wake(UNDERSTAND)


def wake_outbox() -> bool:
    return wake(SEND)


def wake_attachments() -> bool:
    return wake(FETCH)


def wake_waiting() -> list[str]:
    """Wake whatever has work due; returns the tasks woken. It makes every lost wake-up harmless."""
    queues = zip((UNDERSTAND, SEND, FETCH), waiting(now()), strict=True)
    return [task for task, rows in queues if rows.exists() and wake(task)]
