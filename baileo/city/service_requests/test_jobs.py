"""Waking: a report that is in the ledger becomes a request without anybody asking."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from baileo.city.messages.testing import an_account, hear, words
from baileo.city.service_requests import jobs, watch
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.testing import SPOKEN_AT, a_request, a_rule, step
from baileo.city.service_requests.workflow import State
from baileo.core.clock import clock
from baileo.ground.ledger.models import Entry

REPORT = "Tolong, lampu jalan mati di depan pasar"


def waiting() -> int:
    return ProcrastinateJob.objects.filter(task_name=jobs.INTAKE, status="todo").count()


@pytest.mark.django_db(transaction=True)
def test_the_job_takes_everything_in_and_then_rests() -> None:
    hear(an_account(), *(words(f"m{n}", f"{REPORT} {n}", **{"from": f"p{n}"}) for n in range(5)))
    assert jobs.intake() > 0
    assert ServiceRequest.objects.count() == 5
    while jobs.intake():  # its own entries are read once
        pass
    assert jobs.intake() == 0


@pytest.mark.django_db
def test_the_sweep_wakes_intake_and_tells_what_is_overdue() -> None:
    a_rule("verify_by", amount=1)
    a_request()
    with clock.stopped_at(SPOKEN_AT + timedelta(days=30)):
        jobs.sweep(timestamp=0)
    assert Entry.objects.filter(kind="service_request.became_overdue").count() == 1
    assert waiting() == 1


@pytest.mark.django_db
def test_the_hourly_job_closes_what_nobody_answered() -> None:
    a_rule("close_by", start_event="resolved", amount=1)
    with clock.stopped_at(SPOKEN_AT):
        request = a_request(State.RESOLVED)
    with clock.stopped_at(SPOKEN_AT + timedelta(days=10)):
        jobs.close(timestamp=0)
    assert ServiceRequest.objects.get(pk=request.pk).state == State.CLOSED


@pytest.mark.django_db(transaction=True)
def test_the_watch_hears_the_ledger_and_wakes_intake_once() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,), daemon=True)
    thread.start()
    try:
        assert _comes_true(lambda: waiting() == 1)  # it looks once when it starts
        ProcrastinateJob.objects.filter(task_name=jobs.INTAKE)._raw_delete("default")
        step(a_request(), State.VERIFIED)
        assert _comes_true(lambda: waiting() == 1)
        step(a_request(), State.VERIFIED)
        assert waiting() == 1
    finally:
        stop.set()
        thread.join(10)
        connection.close()
    assert not thread.is_alive()


def _comes_true(condition: object, within_s: float = 20.0) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if callable(condition) and condition():
            return True
        time.sleep(0.02)
    return False
