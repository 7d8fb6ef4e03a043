"""All checks, in an order in which a broken one does not take the others along."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from threading import Lock

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from baileo.web.api.health.check import Check, Group
from baileo.web.api.health.database import database_check, schema_check
from baileo.web.api.health.disk import disk_check
from baileo.web.api.health.processes import process_checks
from baileo.web.api.health.queues import channel_checks, ledger_checks, waiting_checks, worker_check

log = logging.getLogger(__name__)
RECENT_S = 2.0
_IN_DATABASE: Sequence[tuple[Group, str, Callable[[], Check | Iterable[Check]]]] = (
    ("database", "schema", schema_check),
    ("queue", "worker", worker_check),
    ("queue", "waiting", waiting_checks),
    ("channels", "accounts", channel_checks),
    ("ledger", "horizon", ledger_checks),
)


def checks() -> list[Check]:
    """Every check, now. Never raises; while the database is away the others still answer, within some seconds."""
    data_dir = settings.BAILEO.data_dir
    found = [*process_checks(data_dir), database_check(), disk_check(data_dir)]
    if not is_down(found):
        for group, name, look in _IN_DATABASE:
            found += _careful(group, name, look)
    return found


def is_down(found: Iterable[Check]) -> bool:
    """Without its database Baileo can do nothing; with it, most things."""
    return any((check.group, check.name, check.state) == ("database", "connection", "fail") for check in found)


def _careful(group: Group, name: str, look: Callable[[], Check | Iterable[Check]]) -> list[Check]:
    try:
        result = look()
        return [result] if isinstance(result, Check) else list(result)
    except Exception as error:  # noqa: BLE001 - what cannot be looked at is not well
        log.warning("The check of %s %s failed (%s).", group, name, type(error).__name__)
        words = _("Could not be looked at (%(why)s).") % {"why": type(error).__name__}
        return [Check(group, name, "fail", words, _("See the log of the web process."))]


class _Recent:
    """The last examination, for many who ask at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[str | None, tuple[float, list[Check]]] = {}

    def checks(self) -> list[Check]:
        with self._lock:  # the first one looks, the others wait for it
            made_at, found = self._kept.get(get_language(), (float("-inf"), []))
            if time.monotonic() - made_at > RECENT_S:
                found = checks()
                self._kept[get_language()] = (time.monotonic(), found)
            return found

    def forget(self) -> None:
        self._kept.clear()


recent = _Recent()
checks_recent = recent.checks
