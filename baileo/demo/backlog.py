"""The ten days before the demo begins: about 200 requests with their history, made through the real services.

The clock is stopped in the past and moved on from round to round, so that every promise, receipt and step has the time
it would have had. Nothing else may run meanwhile: the worker would send last week's receipts today.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from django.conf import settings
from django.db.models import Q

from baileo.city.service_requests.models import ServiceRequest
from baileo.core.clock import clock, local, now
from baileo.demo.chores import answer, hear
from baileo.demo.citizens import Citizens
from baileo.demo.officers import Officers
from baileo.demo.town import Town

REPORTS = 240  # become about 200 requests: some join another, some are left to people
DAYS = 10
ROUNDS_A_DAY = 4  # every six hours
STEPS_BY_HOUR = (4, 32, 32, 10)  # from 0, 6, 12 and 18 o'clock: the desk is thin in the evening and at night
ANSWERS_PER_REPORT = 0.4
State = ServiceRequest.State


def backlog_make(town: Town, citizens: Citizens, officers: Officers, *, reports: int = REPORTS) -> Iterator[float]:
    """Live the ten days; yields the share done, 0 to 1, after each round."""
    rounds = DAYS * ROUNDS_A_DAY
    began_at = now() - timedelta(days=DAYS)
    random = Random(3)
    with clock.stopped_at(began_at):
        for number in range(rounds):
            until = began_at + timedelta(hours=(number + 1) * 24 / ROUNDS_A_DAY)
            wanted = round(reports * (number + 1) / rounds) - round(reports * number / rounds)
            _people_speak(citizens, random, wanted, until)
            hear(town)
            _desk_works(officers, random, until, effort=reports / REPORTS)
            answer(town)
            yield (number + 1) / rounds


def _people_speak(citizens: Citizens, random: Random, wanted: int, until: datetime) -> None:
    """`wanted` reports spread over the round; the clock stands at each when it is written."""
    moments = sorted(random.uniform(0.0, 0.6) for _ in range(wanted))
    start = now()
    for moment in moments:
        _clock_to(start + (until - start) * moment)
        citizens.report()
        if random.random() < ANSWERS_PER_REPORT:
            citizens.answer()


def _desk_works(officers: Officers, random: Random, until: datetime, *, effort: float) -> None:
    steps = round(STEPS_BY_HOUR[local(now(), settings.BAILEO.time_zone).hour // 6] * effort)
    start = now()
    for step in range(steps):
        _clock_to(start + (until - start) * ((step + random.random()) / steps))
        officers.work_once(before=Q(requested_at__lt=now() - timedelta(minutes=20)) & _mostly_older())


def _mostly_older() -> Q:
    """Half of what is solved stays open for the citizen's answer."""
    return ~Q(state=State.RESOLVED) | Q(resolved_at__lt=now() - timedelta(hours=30))


def _clock_to(moment: datetime) -> None:
    """Never backwards: what happened later must not be earlier."""
    clock.tick(seconds=max((moment - now()).total_seconds(), 0.0))
