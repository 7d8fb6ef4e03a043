"""Keeps the processes of one machine running. Small on purpose: it must outlive everything it starts."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from baileo.config.runtime.children import Child, Process
from baileo.config.runtime.output import Output
from baileo.config.runtime.status import FRESH_S, write_status
from baileo.core.clock import now

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
KILL_AFTER_S = 2.6  # of asking politely
DEAD_WITHIN_S = 0.4  # of insisting
LAST_WITHIN_S = 0.9  # the foundation's time, twice; all together stay under five seconds
TICK_S = 0.5


class StopAsked(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM while we were still getting ready."""


class Supervisor:
    """`foundation` (the database) starts first and stops last; the others neither start nor stop in any order."""

    def __init__(
        self, children: Sequence[Child], *, output: Output, status_file: Path, foundation: Child | None = None
    ) -> None:
        self._foundation = foundation
        self._workers = list(children)
        self._output = output
        self._status_file = status_file
        self._written_s = 0.0
        self._signals = 0

    @property
    def _all(self) -> list[Child]:
        return [*([self._foundation] if self._foundation else []), *self._workers]

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Inside, stop signals are noted instead of raising somewhere."""
        ours, theirs = os.pipe()
        os.set_blocking(ours, False)
        os.set_blocking(theirs, False)
        self._output.watch(ours)
        wake = signal.set_wakeup_fd(theirs, warn_on_full_buffer=False)  # ends the sleep in `pump` at once
        heard = [number for number in STOP_SIGNALS if signal.getsignal(number) != signal.SIG_IGN]  # as nohup wants it
        before = {number: signal.signal(number, self._note) for number in heard}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)  # a death wakes us
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wake)
            os.close(theirs)
            os.close(ours)

    def start_foundation(self) -> None:
        """Start what the others stand on."""
        if self._foundation is not None:
            self._launch(self._foundation)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Pass on words until something is so. Raises `StopAsked`."""
        while not is_so():
            self._output.pump(0.02)
            if self._signals:
                raise StopAsked

    def wait_for(self, process: Process) -> int:
        """Let one command run to its end, passing on words meanwhile; its exit code. Raises `StopAsked`."""
        try:
            self.wait_until(lambda: process.poll() is not None)
        except StopAsked:
            process.send_signal(signal.SIGKILL)
            raise
        return process.poll() or 0

    def run(self) -> None:
        """Start the processes and keep them until a stop signal."""
        self.start()
        while not self._signals:
            self.tick()
            self._output.pump(self._sleep_s())

    def start(self) -> None:
        """Start what stands on the foundation."""
        for child in self._workers:
            self._launch(child)

    def tick(self) -> None:
        """Notice deaths, start again what is due, tell the state."""
        at_s = time.monotonic()
        news = False
        for child in self._all:
            if child.look(at_s):
                news = True
                pause = f"starting again in {child.due_in_s(at_s):.0f} s"
                self._output.say(f"{child.name} ended ({child.last_exit}); {pause}")
            if child.is_due(at_s):
                news = True
                self._with_pipe(child, again=True)
        if news or at_s - self._written_s > FRESH_S:
            self._write(at_s)

    def stop(self) -> None:
        """Ask, then insist; the foundation comes last. Takes five seconds at most, a second signal makes it shorter."""
        asked = self._signals
        for child in self._workers:
            child.tell(signal.SIGTERM)
        self._wait_gone(self._workers, KILL_AFTER_S, asked)
        for child in self._workers:
            child.tell(signal.SIGKILL)
        self._wait_gone(self._workers, DEAD_WITHIN_S, asked)
        if self._foundation is not None:
            self._foundation.tell(signal.SIGINT)  # fast shutdown: what is committed is on disk
            self._wait_gone([self._foundation], LAST_WITHIN_S, asked)
            self._foundation.tell(signal.SIGQUIT)  # still safe: the next start replays the log
            self._wait_gone([self._foundation], LAST_WITHIN_S, asked)
        self._write(time.monotonic())
        self._output.drain()

    def _wait_gone(self, children: Sequence[Child], within_s: float, asked: int) -> None:
        until = time.monotonic() + within_s
        while time.monotonic() < until and self._signals == asked:
            if not [child for child in children if not child.is_gone()]:  # everybody is looked at
                return
            self._output.pump(0.02)

    def _launch(self, child: Child) -> None:
        self._with_pipe(child, again=False)
        self._write(time.monotonic())

    def _with_pipe(self, child: Child, *, again: bool) -> None:
        pipe = self._output.open_pipe(child.name)
        try:
            (child.again if again else child.launch)(pipe, time.monotonic())
        finally:
            os.close(pipe)

    def _sleep_s(self) -> float:
        at_s = time.monotonic()
        waits = [child.due_in_s(at_s) for child in self._all if child.state == "backoff"]
        return min([TICK_S, *waits])

    def _write(self, at_s: float) -> None:
        self._written_s = at_s
        write_status(self._status_file, {child.name: child.told() for child in self._all}, now=now())

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._signals += 1
