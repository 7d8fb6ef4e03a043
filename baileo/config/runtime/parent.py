"""Ending together with the process that started us, even when that one is killed without warning."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before any fork


def die_with_parent(how: int, parent_pid: int) -> Callable[[], None]:
    """For `preexec_fn`: the system sends `how` to the child when its parent dies. Linux only, elsewhere nothing."""

    def arm() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, how)
            if os.getppid() != parent_pid:  # it died between fork and here
                os._exit(1)

    return arm
