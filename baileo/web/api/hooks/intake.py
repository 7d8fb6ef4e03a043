"""Group commit: bodies that arrive together are stored together, and each caller hears back after the commit."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import psycopg

from baileo.core.errors import BaileoError
from baileo.web.api.line import DatabaseAway

BATCH_MOST = 200
WAITING_MOST = 4_000  # beyond it the provider is asked to come back; its retry is a better queue than our memory
GATHER_S = 0.002


class NotStored(BaileoError):
    code = "not-stored"
    http_status = 503


@dataclass(frozen=True, slots=True)
class Arrival:
    """One verified body. `headers` is JSON text without secrets."""

    account_id: int
    event_key: str
    body: bytes
    headers: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    def plain(self) -> Arrival:
        """The same body with nothing in it that a database could object to."""
        return replace(self, event_key=self.sha256, headers="{}")


Store = Callable[[Sequence[Arrival]], Awaitable[None]]
_Waiting = tuple[Arrival, "asyncio.Future[None]"]


class Intake:
    """Callers wait in `put` until their body is committed. While one transaction runs, the others gather behind it."""

    def __init__(self, store: Store, *, batch_most: int = BATCH_MOST, waiting_most: int = WAITING_MOST) -> None:
        self._store = store
        self._batch_most = batch_most
        self._waiting_most = waiting_most
        self._waiting: list[_Waiting] = []
        self._runner: asyncio.Task[None] | None = None

    async def put(self, arrival: Arrival) -> None:
        """Returns when `arrival` is durable. Raises `DatabaseAway` or `NotStored`: the caller must send it again."""
        if len(self._waiting) >= self._waiting_most:
            raise NotStored("Too many messages wait for the database. Send this one again in some seconds.")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, done))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        await done

    async def drain(self) -> None:
        """Wait until everything that was put is committed or refused."""
        while self._runner is not None and not self._runner.done():
            await asyncio.wait([self._runner])

    async def _run(self) -> None:
        while self._waiting:
            if len(self._waiting) < self._batch_most:
                await asyncio.sleep(GATHER_S)
            batch, self._waiting = self._waiting[: self._batch_most], self._waiting[self._batch_most :]
            await self._commit(batch)

    async def _commit(self, batch: list[_Waiting]) -> None:
        try:
            await self._store([arrival for arrival, _ in batch])
        except DatabaseAway as away:
            for _, done in batch:
                _refuse(done, DatabaseAway(str(away)))
        except psycopg.Error:  # one of them is bad: it must not fail the others
            for arrival, done in batch:
                await self._commit_alone(arrival, done)
        except Exception:  # nobody may wait for ever because of a mistake of ours
            for _, done in batch:
                _refuse(
                    done, NotStored("This message could not be stored. Send it again; if it stays so, see the log.")
                )
            raise
        else:
            for _, done in batch:
                _settle(done)

    async def _commit_alone(self, arrival: Arrival, done: asyncio.Future[None]) -> None:
        for form in (arrival, arrival.plain()):
            try:
                await self._store([form])
            except DatabaseAway as away:
                return _refuse(done, away)
            except psycopg.Error:
                continue
            return _settle(done)
        _refuse(done, NotStored("The database refused this message. Send it again; if it stays so, see the log."))
        return None


def _settle(done: asyncio.Future[None]) -> None:
    if not done.done():  # its caller may be gone; the body is stored all the same
        done.set_result(None)


def _refuse(done: asyncio.Future[None], error: BaileoError) -> None:
    if not done.done():
        done.set_exception(error)
