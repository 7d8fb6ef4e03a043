"""The watch process: the rooms' loops that look outside every few seconds, one thread each."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Sequence

from baileo.city.messages import watch as messages
from baileo.city.service_requests import watch as service_requests

LOOPS_MAY_FINISH_S = 2.0

logger = logging.getLogger(__name__)
Loop = Callable[[threading.Event], None]


def loops() -> dict[str, Loop]:
    """Each room's `run(stop)`, which returns soon after `stop` is set."""
    return {"messages": messages.run, "service_requests": service_requests.run}


def watch(running: dict[str, Loop]) -> bool:
    """Run all loops until told to stop; False when one ended by itself, so that the process is started again."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return run_loops(running, stop)


def run_loops(running: dict[str, Loop], stop: threading.Event) -> bool:
    """The same without signals."""
    broken = threading.Event()

    def guarded(room: str, loop: Loop) -> None:
        try:
            loop(stop)
        except Exception:
            logger.exception("The loop of %s broke.", room)
        if not stop.is_set():
            broken.set()
        stop.set()

    threads = [threading.Thread(target=guarded, args=item, name=item[0], daemon=True) for item in running.items()]
    _start(threads)
    stop.wait()
    for thread in threads:
        thread.join(LOOPS_MAY_FINISH_S)
    return not broken.is_set()


def _start(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
