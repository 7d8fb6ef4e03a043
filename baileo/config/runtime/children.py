"""One supervised process: started, watched, started again with growing pauses, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from baileo.config.runtime.parent import die_with_parent
from baileo.core.clock import now
from baileo.core.errors import BaileoError


class Process(Protocol):
    """The part of `subprocess.Popen` that supervision needs."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def send_signal(self, sig: int, /) -> None: ...


@dataclass(frozen=True)
class Pauses:
    """How long a process that keeps dying waits before it is started again, in seconds."""

    first_s: float = 1.0
    longest_s: float = 30.0
    healthy_after_s: float = 60.0  # one that lived this long begins again with the first pause

    def after(self, failures: int) -> float:
        """
        >>> [Pauses().after(failures) for failures in (1, 2, 3, 9)]
        [1.0, 2.0, 4.0, 30.0]
        """
        return float(min(self.longest_s, self.first_s * 2 ** (failures - 1)))


class Child:
    """State of one process. `start` makes it and gets the descriptor for its output; times are monotonic seconds."""

    def __init__(self, name: str, start: Callable[[int], Process], *, pauses: Pauses = Pauses()) -> None:
        self.name = name
        self.state = "stopped"  # starting and running are told apart by those who can ask the process
        self.restarts = 0
        self.last_exit: str = ""
        self.since: datetime = now()
        self.process: Process | None = None
        self._start = start
        self._pauses = pauses
        self._failures = 0
        self._started_s = 0.0
        self._due_s = 0.0

    def launch(self, output: int, at_s: float) -> None:
        """Start it now. A process that cannot even be started counts as one that died at once."""
        self._started_s = at_s
        try:
            self.process = self._start(output)
        except (OSError, BaileoError) as error:
            self._died(f"could not start: {error}", at_s)
        else:
            self._set("running")

    def look(self, at_s: float) -> bool:
        """Notice a death; True when there is news."""
        if self.process is None or (code := self.process.poll()) is None:
            return False
        self.process = None
        self._died(exit_in_words(code), at_s)
        return True

    def is_due(self, at_s: float) -> bool:
        """Whether its pause is over."""
        return self.state == "backoff" and at_s >= self._due_s

    def due_in_s(self, at_s: float) -> float:
        """Seconds until the next start."""
        return max(0.0, self._due_s - at_s)

    def again(self, output: int, at_s: float) -> None:
        """Start it once more."""
        self.restarts += 1
        self.launch(output, at_s)

    def tell(self, sig: signal.Signals) -> None:
        """Signal it if it lives."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(sig)

    def is_gone(self) -> bool:
        """True when it has ended; afterwards it counts as stopped."""
        if self.process is not None and self.process.poll() is None:
            return False
        self.process = None
        if self.state != "stopped":
            self._set("stopped")
        return True

    def told(self) -> Mapping[str, Any]:
        """Its line in `processes.json`."""
        return {
            "state": self.state,
            "pid": self.process.pid if self.process else None,
            "restarts": self.restarts,
            "since": self.since.isoformat(),
            "last_exit": self.last_exit,
        }

    def _died(self, why: str, at_s: float) -> None:
        lived_s = at_s - self._started_s
        self._failures = 1 if lived_s >= self._pauses.healthy_after_s else self._failures + 1
        self._due_s = at_s + self._pauses.after(self._failures)
        self.last_exit = why
        self._set("backoff")

    def _set(self, state: str) -> None:
        self.state, self.since = state, now()


def exit_in_words(code: int) -> str:
    """
    >>> exit_in_words(3), exit_in_words(-9)
    ('exit code 3', 'killed by SIGKILL')
    """
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def start_python(
    arguments: Sequence[str], output: int | None, *, environment: Mapping[str, str], keep: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start this Python with `arguments` in a session of its own; it dies with us, however we die.

    `output` gets stdout and stderr (None: ours); `keep` are descriptors it inherits, such as a listening socket.
    """
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=dict(environment),
        pass_fds=tuple(keep),
        start_new_session=True,  # Ctrl-C reaches the supervisor only
        preexec_fn=die_with_parent(signal.SIGKILL, os.getpid()),  # noqa: PLW1509 (one system call; no threads here)
    )
