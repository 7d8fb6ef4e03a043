"""Small tasks behind an ASGI app: one that runs while there is something to do, and a thread for Django's ORM."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="baileo-edge")


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call something that uses Django's ORM. It gets a thread that keeps no connection afterwards."""

    @wraps(function)
    def run() -> R:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_threads, run)


class Burst:
    """Runs `work` soon after `poke`, never twice at once, and again when poked meanwhile; then rests."""

    def __init__(self, work: Callable[[], Awaitable[None]], *, delay_s: float = 0.0, rest_s: float = 0.0) -> None:
        self._work = work
        self._delay_s = delay_s
        self._rest_s = rest_s
        self._is_wanted = False
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def poke(self) -> None:
        self._is_wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def finish(self) -> None:
        """Do at once what was asked for."""
        self._hurry.set()
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while self._is_wanted:
            await self._pause(self._delay_s)
            self._is_wanted = False
            await self._work()
            if self._hurry.is_set():
                return  # once is what can be done at the end
            await self._pause(self._rest_s)

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), seconds)
