"""What the worker does for this room. Rows are the truth; a job only says that some wait, so a lost one costs nothing.

No task here has a retry strategy: the rows know when they are due, see `wake`.
"""

from __future__ import annotations

from procrastinate import JobContext
from procrastinate.contrib.django import app

from baileo.city.messages.draining import Drain
from baileo.city.messages.services import (
    attachments_fetch,
    outbox_send,
    outbox_sweep,
    payloads_forget,
    payloads_understand,
    uploads_forget,
)
from baileo.city.messages.wake import FETCH, SEND, UNDERSTAND, wake_waiting

KEEP_FINISHED_H = 48
understanding = Drain(UNDERSTAND, payloads_understand)
sending = Drain(SEND, outbox_send)  # sends several at once by itself
fetching = Drain(FETCH, attachments_fetch, at_most=2)  # most of the time is waiting for a provider


@app.task(name=UNDERSTAND, queueing_lock=UNDERSTAND)
def understand() -> int:
    return understanding.run()


@app.task(name=SEND, queueing_lock=SEND)
def send_outbox() -> int:
    return sending.run()


@app.task(name=FETCH, queueing_lock=FETCH)
def fetch_attachments() -> int:
    return fetching.run()


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
