"""What the worker does for this room. Rows are the truth; a job only says that some wait, so a lost one costs nothing.

No task here has a retry strategy: the rows know when they are due, see `wake`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from procrastinate import JobContext
from procrastinate.contrib.django import app

from baileo.city.messages.services import (
    attachments_fetch,
    outbox_send,
    outbox_sweep,
    payloads_forget,
    payloads_understand,
    uploads_forget,
)
from baileo.city.messages.wake import FETCH, SEND, UNDERSTAND, wake, wake_waiting

LONGEST_RUN_S = 20.0  # then somebody else's job may have the worker, and we queue up again
KEEP_FINISHED_H = 48


def drain(step: Callable[[], int], task_name: str) -> int:
    """Repeat `step` until nothing is left, or for 20 s; then go on in a new job. Returns how many were done."""
    done, until = 0, time.monotonic() + LONGEST_RUN_S
    while count := step():
        done += count
        if time.monotonic() > until:
            wake(task_name)
            break
    return done


@app.task(name=UNDERSTAND, queueing_lock=UNDERSTAND)
def understand() -> int:
    return drain(payloads_understand, UNDERSTAND)


@app.task(name=SEND, queueing_lock=SEND)
def send_outbox() -> int:
    return drain(outbox_send, SEND)


@app.task(name=FETCH, queueing_lock=FETCH)
def fetch_attachments() -> int:
    return drain(attachments_fetch, FETCH)


@app.periodic(cron="* * * * *")
@app.task(name="messages.sweep", queueing_lock="messages.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001  what procrastinate gives
    """Each minute: what a dead sender left behind, and whatever waits although nobody was told."""
    outbox_sweep()
    wake_waiting()


@app.periodic(cron="23 3 * * *")
@app.task(name="messages.forget", queueing_lock="messages.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001
    """Each night: raw bytes and uploads that are not needed any more."""
    uploads_forget()
    while payloads_forget():
        pass


@app.periodic(cron="17 * * * *")
@app.task(name="jobs.clean_up", queueing_lock="jobs.clean_up", pass_context=True)
async def clean_up(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Each hour, for all rooms: forget jobs that ended two days ago."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=KEEP_FINISHED_H, include_failed=True, include_cancelled=True, include_aborted=True
    )
