"""One asynchronous PostgreSQL connection beside Django's: for the paths that never enter Django."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from baileo.core.errors import BaileoError
from baileo.ground.ledger.reader import connection_settings

REST_AFTER_FAILURE_S = 0.5  # while the database is away, callers are told at once instead of queueing for it


class DatabaseAway(BaileoError):
    code = "database-away"
    http_status = 503


async def connect(name: str) -> psycopg.AsyncConnection[Any]:
    """A new connection in autocommit. Raises `DatabaseAway`."""
    try:
        return await psycopg.AsyncConnection.connect(
            **connection_settings(), application_name=f"baileo-{name}", autocommit=True
        )
    except psycopg.OperationalError as error:
        raise DatabaseAway("The database does not answer. Check that PostgreSQL runs, then try again.") from error


class Line:
    """Opened when first needed, shared one user at a time, thrown away when it breaks."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._lock = asyncio.Lock()
        self._failed_at = float("-inf")

    @asynccontextmanager
    async def take(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """The connection, for one statement or a few. Raises `DatabaseAway` when it is or gets lost."""
        async with self._lock:
            connection = await self._ready()
            try:
                yield connection
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                await self._drop()
                raise DatabaseAway(
                    "The database broke off in the middle. Nothing is known to be stored; try again."
                ) from error
            except asyncio.CancelledError:
                await self._drop()  # the statement may still run: its connection is not fit for the next one
                raise

    async def close(self) -> None:
        async with self._lock:
            await self._drop()

    async def _ready(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            if time.monotonic() - self._failed_at < REST_AFTER_FAILURE_S:
                raise DatabaseAway("The database did not answer a moment ago. Try again in some seconds.")
            self._connection = await self._opened()
        return self._connection

    async def _opened(self) -> psycopg.AsyncConnection[Any]:
        try:
            return await connect(self._name)
        except DatabaseAway:
            self._failed_at = time.monotonic()
            raise

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
