"""Nightly tidying of the door."""

from __future__ import annotations

from django.contrib.sessions.models import Session
from procrastinate.contrib.django import app

from baileo.core.clock import now


@app.periodic(cron="40 18 * * *")  # 03.40 in Ambon
@app.task(name="people.forget_sessions", queueing_lock="people.forget_sessions")
def forget_sessions(timestamp: int) -> None:  # noqa: ARG001  procrastinate passes it
    """Remove sessions that have ended; they hold nothing that is needed."""
    Session.objects.filter(expire_date__lt=now()).delete()
