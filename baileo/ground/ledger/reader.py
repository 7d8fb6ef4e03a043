"""Following the ledger from asyncio, on one connection of its own, without the ORM.

The web process runs one `HorizonReader` and hands what it reads to its browsers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple, Self

from django.db import connections
from psycopg import AsyncConnection
from psycopg import Error as DatabaseError
from psycopg import sql as pg
from psycopg.rows import class_row

from baileo.ground.ledger.position import START, Position

logger = logging.getLogger(__name__)

CHANNEL = "baileo_ledger"  # NOTIFY wakes readers; it never carries the news itself
IDLE_S = 5.0  # without any wake-up the ledger is looked at this often
UNSETTLED_S = (0.005, 0.01, 0.02, 0.05)  # waits for an older transaction to end; nobody notifies about that
RECONNECT_S = (0.2, 0.5, 1.0, 2.0, 5.0)

# One statement, so one snapshot: settled rows come first, because every unsettled one has a higher txid.
AFTER = """
SELECT txid::text::bigint AS txid, id AS entry_id, at, kind, subject, actor, agencies, data,
       txid < pg_snapshot_xmin(pg_current_snapshot()) AS is_settled
FROM ledger_entry WHERE (txid, id) > (%s::text::xid8, %s) ORDER BY txid, id LIMIT %s
"""
LATEST = """
SELECT txid::text || '-' || id FROM ledger_entry
WHERE txid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY txid DESC, id DESC LIMIT 1
"""


class Happened(NamedTuple):
    """One entry as plain data."""

    txid: int
    entry_id: int
    at: datetime
    kind: str
    subject: str
    actor: str
    agencies: Sequence[str]
    data: Mapping[str, Any]
    is_settled: bool = True

    @property
    def position(self) -> Position:
        return Position(self.txid, self.entry_id)


@dataclass(frozen=True, slots=True)
class Notice:
    """A NOTIFY on one of the reader's other channels; no memory, no order with the entries."""

    channel: str
    payload: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What came since the last time; both empty when a wait ended without news."""

    entries: Sequence[Happened] = ()
    notices: Sequence[Notice] = ()


class HorizonReader:
    """Reads every entry once and in order, from `position` on (None: only what settles from now on).

        async with HorizonReader(also_listen=("baileo_presence",)) as reader:
            async for heard in reader.follow(idle_s=10):
                ...  # heard.entries, heard.notices; reader.position is behind the last entry

    A lost database is waited for: `follow` goes on at the same place when it is back; `is_connected` says how it is.
    """

    def __init__(
        self,
        position: Position | None = None,
        *,
        also_listen: Sequence[str] = (),
        limit: int = 500,
        using: str = "default",
    ) -> None:
        self.position = position
        self._channels = (CHANNEL, *also_listen)
        self._limit = limit
        self._using = using
        self._connection: AsyncConnection[Any] | None = None

    @property
    def is_connected(self) -> bool:
        return self._connection is not None and not self._connection.closed

    async def __aenter__(self) -> Self:
        return self  # connects when followed, so a database that is away at start-up is waited for too

    async def __aexit__(self, *exc: object) -> None:
        await self._drop()

    async def follow(self, *, idle_s: float = IDLE_S) -> AsyncIterator[Heard]:
        """Endless. Yields at the latest every `idle_s` seconds, then with nothing in it."""
        failures = 0
        while True:
            try:
                yield await self._next(idle_s)
                failures = 0
            except (DatabaseError, OSError) as error:
                await self._drop()
                logger.warning("The ledger cannot be read (%s); trying again.", type(error).__name__)
                yield Heard()
                await asyncio.sleep(RECONNECT_S[min(failures, len(RECONNECT_S) - 1)])
                failures += 1

    async def _next(self, idle_s: float) -> Heard:
        """Wait for news, at most `idle_s` seconds."""
        clock = asyncio.get_running_loop().time
        until, notices, unsettled = clock() + idle_s, list[Notice](), 0
        connection = await self._connected()
        while True:
            rows = await self._fetch(connection)
            entries = list(takewhile(lambda row: row.is_settled, rows))
            if entries:
                self.position = entries[-1].position
            if entries or notices or clock() >= until:
                return Heard(entries, notices)
            wait_s = until - clock()
            if rows:  # committed, but an older transaction still runs: look again soon
                wait_s = min(wait_s, UNSETTLED_S[min(unsettled, len(UNSETTLED_S) - 1)])
                unsettled += 1
            notices = await self._wait(connection, wait_s)

    async def _fetch(self, connection: AsyncConnection[Any]) -> list[Happened]:
        after = self.position or START
        async with connection.cursor(row_factory=class_row(Happened)) as cursor:
            await cursor.execute(AFTER, [str(after.txid), after.entry_id, self._limit])
            return await cursor.fetchall()

    async def _wait(self, connection: AsyncConnection[Any], wait_s: float) -> list[Notice]:
        """Until the first NOTIFY; the ledger's own only wake, those of other channels are news."""
        heard = [notify async for notify in connection.notifies(timeout=wait_s, stop_after=1)]
        return [Notice(notify.channel, notify.payload) for notify in heard if notify.channel != CHANNEL]

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            # ours from the first moment on: whatever fails or is cancelled next, `_drop` closes it
            self._connection = await AsyncConnection.connect(**connection_settings(self._using), autocommit=True)
            await self._prepare(self._connection)
        return self._connection

    async def _prepare(self, connection: AsyncConnection[Any]) -> None:
        """Listen first, look second: an entry between the two wakes us once too often instead of never."""
        await connection.execute("SET TIME ZONE 'UTC'")
        for channel in self._channels:
            await connection.execute(pg.SQL("LISTEN {}").format(pg.Identifier(channel)))
        if self.position is None:
            latest = await (await connection.execute(LATEST)).fetchone()
            self.position = Position.parse(latest[0]) if latest else START

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def connection_settings(using: str = "default") -> dict[str, Any]:
    """Django's database settings as psycopg takes them, without Django's cursors and type loaders."""
    parameters: dict[str, Any] = {**connections[using].get_connection_params(), "connect_timeout": 5}
    return {name: value for name, value in parameters.items() if name not in {"cursor_factory", "context"}}
