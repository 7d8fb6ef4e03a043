"""Emptying a queue from the worker: a few drains a process, however often it is woken.

A queueing lock lets only one job wait, but as soon as it runs the next one may wait too; under load every place of the
worker would drain the same queue while nobody sends answers. So a job that finds enough drains at work tells them to
look once more, and ends.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from baileo.city.messages.wake import wake

LONGEST_RUN_S = 20.0  # then somebody else's job may have the worker's place, and we queue up again


class Drain:
    """`step` does a piece of work and returns how much; 0 means that nothing is left."""

    def __init__(self, task_name: str, step: Callable[[], int], at_most: int = 1) -> None:
        self._task_name = task_name
        self._step = step
        self._places = threading.BoundedSemaphore(at_most)
        self._news = threading.Event()

    def run(self) -> int:
        """Work until nothing is left, or for 20 s; then go on in a new job. Returns how much was done here."""
        done, until = 0, time.monotonic() + LONGEST_RUN_S
        self._news.set()
        # Asked again after letting go: news that came between the last look and the release would wait otherwise.
        while self._news.is_set() and self._places.acquire(blocking=False):
            try:
                self._news.clear()
                while count := self._step():
                    done += count
                    if time.monotonic() > until:
                        wake(self._task_name)
                        return done
            finally:
                self._places.release()
        return done
