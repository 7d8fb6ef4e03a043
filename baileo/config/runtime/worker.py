"""The worker process: jobs and periodic jobs, several at a time."""

from __future__ import annotations

import asyncio
import logging

import psycopg
from procrastinate import App
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition
from procrastinate.psycopg_connector import PsycopgConnector

from baileo.core.errors import BaileoError

CONCURRENCY = 4
JOBS_MAY_FINISH_S = 2.0
POLL_S = 5.0  # a lost notification costs this much at most
STALLED_AFTER_S = 30.0
SWEEP_S = 15.0

logger = logging.getLogger(__name__)


class DatabaseGone(BaileoError):
    """The database went away under a running process; the supervisor starts the process again."""

    code = "database-gone"
    http_status = 503


def work() -> None:
    """Run jobs until told to stop. Raises `DatabaseGone`."""
    try:
        asyncio.run(_work())
    except (psycopg.OperationalError, ConnectorException) as error:
        raise DatabaseGone("The worker lost its database. It is started again.") from error


async def _work() -> None:
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=CONCURRENCY + 2)
    with django_app.replace_connector(connector) as app:
        async with app.open_async():
            sweeper = asyncio.create_task(_keep_taking_over(app))
            try:
                await app.run_worker_async(
                    concurrency=CONCURRENCY,
                    wait=True,
                    listen_notify=True,
                    fetch_job_polling_interval=POLL_S,
                    shutdown_graceful_timeout=JOBS_MAY_FINISH_S,
                    delete_jobs=DeleteJobCondition.SUCCESSFUL,
                )
            finally:
                sweeper.cancel()


async def _keep_taking_over(app: App) -> None:
    while True:
        await take_over_stalled(app)
        await asyncio.sleep(SWEEP_S)


async def take_over_stalled(app: App) -> int:
    """Jobs that a killed worker had in hand are done again: rows are the truth, so doing them twice is harmless."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S))
    for job in stalled:
        logger.warning("Job %s (%s) was left by a dead worker; it is done again.", job.id, job.task_name)
        await app.job_manager.retry_job(job)
    return len(stalled)
