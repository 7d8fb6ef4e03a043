"""The worker process."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector

from baileo.config.runtime.worker import take_over_stalled


def a_job_in_hand(heartbeat_age_s: int) -> int:
    """A job that a worker took, whose last sign of life is that old."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - make_interval(secs => %s)) RETURNING id",
            [heartbeat_age_s],
        )
        worker = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id, attempts)"
            " VALUES ('default', 'messages.understand', '{}', 'doing', %s, 1) RETURNING id",
            [worker],
        )
        return int(cursor.fetchone()[0])


async def taken_over() -> int:
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=2)
    with django_app.replace_connector(connector) as app:
        async with app.open_async():
            return await take_over_stalled(app)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("age_s", "status"), [(3600, "todo"), (1, "doing")])
def test_only_jobs_of_dead_workers_are_done_again(age_s: int, status: str) -> None:
    job_id = a_job_in_hand(age_s)
    assert async_to_sync(taken_over)() == (status == "todo")
    assert ProcrastinateJob.objects.get(id=job_id).status == status
