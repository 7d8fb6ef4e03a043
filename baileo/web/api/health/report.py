"""The checks as `/healthz` says them: states for everybody, words for those who may do something about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from baileo.core.clock import now
from baileo.web.api.health.check import Check
from baileo.web.api.health.examination import is_down

GROUPS = ("processes", "database", "queue", "channels", "disk", "ledger")
Status = Literal["ok", "degraded", "down"]


def status_of(found: Iterable[Check]) -> Status:
    """`warn` is for people; a machine is only woken by what is broken."""
    found = list(found)
    if is_down(found):
        return "down"
    return "degraded" if any(check.state == "fail" for check in found) else "ok"


def report(found: Sequence[Check], *, is_detailed: bool) -> dict[str, Any]:
    """One object: status, version, time, and each group's checks by name."""
    told: dict[str, Any] = {"status": status_of(found), "version": our_version(), "at": now().isoformat()}
    for group in GROUPS:
        told[group] = {check.name: _told(check, is_detailed) for check in found if check.group == group}
    return told


def _told(check: Check, is_detailed: bool) -> dict[str, Any]:
    if not is_detailed:
        return {"state": check.state}
    return {"state": check.state, "words": check.words, "what_to_do": check.what_to_do, **check.figures}


def our_version() -> str:
    try:
        return version("baileo")
    except PackageNotFoundError:
        return "unknown"
