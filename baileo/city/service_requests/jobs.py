"""What the worker does for this room. Rows and ledger are the truth; a job only says that something waits."""

from __future__ import annotations

import time

from procrastinate.contrib.django import app

from baileo.city.messages.wake import wake
from baileo.city.service_requests.services import closing_sweep, overdue_sweep
from baileo.city.service_requests.services import intake as take_in

INTAKE = "service_requests.intake"
LONGEST_RUN_S = 20.0  # then another job may have the worker, and we queue up again


@app.task(name=INTAKE, queueing_lock=INTAKE)
def intake() -> int:
    """Take in what came since the last time, until nothing is left or 20 s have passed."""
    done, until = 0, time.monotonic() + LONGEST_RUN_S
    while count := take_in().read:
        done += count
        if time.monotonic() > until:
            wake(INTAKE)
            break
    return done


@app.periodic(cron="* * * * *")
@app.task(name="service_requests.sweep", queueing_lock="service_requests.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001  what procrastinate gives
    """Each minute: promises that passed, and intake in case a wake-up was lost."""
    wake(INTAKE)
    while overdue_sweep():
        pass


@app.periodic(cron="7 * * * *")
@app.task(name="service_requests.close", queueing_lock="service_requests.close")
def close(timestamp: int) -> None:  # noqa: ARG001
    """Each hour: resolved requests to which nobody answered."""
    while closing_sweep():
        pass
