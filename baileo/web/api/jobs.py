"""Periodic jobs of the edge."""

from __future__ import annotations

from procrastinate.contrib.django import app

from baileo.web.ratelimit import rates_forget


@app.periodic(cron="*/10 * * * *")
@app.task(name="api.forget_rates", queueing_lock="api.forget_rates")
def forget_rates(timestamp: int) -> None:
    """Every ten minutes: who asked how often is nobody's business once the window has ended."""
    rates_forget()
