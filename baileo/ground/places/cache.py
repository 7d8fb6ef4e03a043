"""Keeping what is expensive to build, without ever serving it long after the rows have changed."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from django.conf import settings

CHECK_EVERY_S = (
    3.0  # a change made by another process is seen this late at most; settings.PLACES_CHECK_EVERY_S overrules
)

Built = TypeVar("Built")


class Rebuilt(Generic[Built]):
    """One value per process, built when first asked for and again when `version` has changed."""

    def __init__(self, build: Callable[[], Built], version: Callable[[], object]) -> None:
        self._build, self._version = build, version
        self._lock = Lock()
        self._kept: tuple[object, Built] | None = None
        self._check_at = 0.0  # time.monotonic()

    def get(self) -> Built:
        kept = self._kept
        if kept is not None and time.monotonic() < self._check_at:
            return kept[1]
        with self._lock:  # others wait for one builder instead of building too
            return self._checked()

    def forget(self) -> None:
        """The next `get` looks again; called when this process has written."""
        self._check_at = 0.0

    def _checked(self) -> Built:
        if self._kept is not None and time.monotonic() < self._check_at:
            return self._kept[1]
        version = self._version()  # before building: what changes meanwhile is built again next time
        if self._kept is None or self._kept[0] != version:
            self._kept = (version, self._build())
        self._check_at = time.monotonic() + getattr(settings, "PLACES_CHECK_EVERY_S", CHECK_EVERY_S)
        return self._kept[1]
