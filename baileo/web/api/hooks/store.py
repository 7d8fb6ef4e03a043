"""What the webhook edge writes: single statements on its own connections."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from baileo.city.messages import payload_sql
from baileo.core.clock import now
from baileo.web.api.background import Burst
from baileo.web.api.hooks.intake import Arrival
from baileo.web.api.line import DatabaseAway, Line

log = logging.getLogger(__name__)
WAKE_REST_S = 0.02
TALLY_DELAY_S = 1.0
COUNT_REFUSED = """
UPDATE city_messages_channelaccount SET refused_count = refused_count + %s, last_refused_at = %s WHERE id = %s
"""


class PayloadStore:
    """Stores a batch in one statement, which is one transaction."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def __call__(self, arrivals: Sequence[Arrival]) -> None:
        # In one order everywhere: two web processes that store the same events must not lock each other out.
        rows = sorted(arrivals, key=lambda arrival: (arrival.account_id, arrival.event_key))
        columns = {
            "account_ids": [row.account_id for row in rows],
            "event_keys": [row.event_key for row in rows],
            "bodies": [row.body for row in rows],
            "headers": [row.headers for row in rows],
            "sha256s": [row.sha256 for row in rows],
            "at": now(),
        }
        async with self._line.take() as connection:
            await connection.execute(payload_sql.STORE, columns)


class Waker:
    """Tells the worker that payloads wait. May fail: the worker also looks by itself."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._burst = Burst(self._wake, rest_s=WAKE_REST_S)
        self.poke = self._burst.poke
        self.finish = self._burst.finish

    async def _wake(self) -> None:
        try:
            async with self._line.take() as connection:
                await connection.execute(payload_sql.WAKE)
        except (DatabaseAway, psycopg.Error) as error:
            log.debug("The worker was not woken (%s); it finds the payloads by itself.", type(error).__name__)


@dataclass(frozen=True)
class _Refusals:
    count: int
    last_at: datetime


class Tally:
    """Per account: when something last came in, how many bodies were refused. Written once a second, not per call."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._burst = Burst(self._write, delay_s=TALLY_DELAY_S)
        self._seen: set[int] = set()
        self._refused: dict[int, _Refusals] = {}
        self.finish = self._burst.finish

    def accepted(self, account_id: int) -> None:
        self._seen.add(account_id)
        self._burst.poke()

    def refused(self, account_id: int, count: int = 1, at: datetime | None = None) -> None:
        before = self._refused[account_id].count if account_id in self._refused else 0
        self._refused[account_id] = _Refusals(before + count, at or now())
        self._burst.poke()

    async def _write(self) -> None:
        refused, self._refused = self._refused, {}
        seen, self._seen = sorted(self._seen), set()
        try:
            async with self._line.take() as connection, connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = '500ms'")
                await connection.execute(payload_sql.TOUCH, {"account_ids": seen, "at": now()})
                for account_id, refusals in sorted(refused.items()):
                    await connection.execute(COUNT_REFUSED, [refusals.count, refusals.last_at, account_id])
        except (DatabaseAway, psycopg.Error) as error:
            log.warning("Counters of channel accounts were not written (%s); trying again.", type(error).__name__)
            for account_id, refusals in refused.items():
                self.refused(account_id, refusals.count, refusals.last_at)
