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

from baileo.city.messages.registry import channel_for
from baileo.city.messages.services import (
    attachments_fetch,
    outbox_send,
    payload_store,
    payloads_understand,
)
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.services import intake
from baileo.core.clock import clock, local, now
from baileo.demo.citizens import Citizens
from baileo.demo.officers import Officers
from baileo.demo.town import Town, demo_account

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
            _hear(town)
            _desk_works(officers, random, until, effort=reports / REPORTS)
            _answer(town)
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


def _hear(town: Town) -> None:
    """What came in is understood and made into requests, as worker and watch would."""
    _fetch_telegram()
    _take_whatsapp(town)
    while intake().read:
        pass
    while attachments_fetch():
        pass


def _fetch_telegram() -> None:
    telegram = demo_account("telegram")
    channel = channel_for(telegram)
    polled = channel.poll(telegram.poll_cursor, 0)
    payload_store(telegram, [(channel.event_key(body), body, {}) for body in polled.bodies], cursor=polled.cursor)


def _take_whatsapp(town: Town) -> None:
    whatsapp = demo_account("whatsapp_cloud")
    payload_store(whatsapp, [(channel_for(whatsapp).event_key(body), body, {}) for body in town.whatsapp.take_bodies()])
    while payloads_understand():
        pass


def _desk_works(officers: Officers, random: Random, until: datetime, *, effort: float) -> None:
    steps = round(STEPS_BY_HOUR[local(now(), settings.BAILEO.time_zone).hour // 6] * effort)
    start = now()
    for step in range(steps):
        _clock_to(start + (until - start) * ((step + random.random()) / steps))
        officers.work_once(before=Q(requested_at__lt=now() - timedelta(minutes=20)) & _mostly_older())


def _mostly_older() -> Q:
    """Half of what is solved stays open for the citizen's answer."""
    return ~Q(state=State.RESOLVED) | Q(resolved_at__lt=now() - timedelta(hours=30))


def _answer(town: Town) -> None:
    """Send what waits; WhatsApp's receipts come back the same way as words."""
    while outbox_send():
        pass
    _take_whatsapp(town)


def _clock_to(moment: datetime) -> None:
    """Never backwards: what happened later must not be earlier."""
    clock.tick(seconds=max((moment - now()).total_seconds(), 0.0))
