"""The supervised processes, as the supervisor last wrote them down."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import BaseModel, ConfigDict, ValidationError

from baileo.core.clock import now
from baileo.web.api.health.check import Check

PLACE = Path("run/processes.json")
OLD_AFTER = timedelta(seconds=15)  # it is rewritten at least every five


class _Process(BaseModel):
    model_config = ConfigDict(extra="ignore")

    state: str
    restarts: int = 0
    since: datetime | None = None
    last_exit: str = ""


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore")

    written_at: datetime
    processes: dict[str, _Process]


def process_checks(data_dir: Path) -> list[Check]:
    """One for each process; a single warning when nobody supervises (each may well run as a unit of its own)."""
    told = _told(data_dir / PLACE)
    if told is None or now() - told.written_at > OLD_AFTER:
        return [
            Check(
                "processes",
                "supervisor",
                "warn",
                _("No supervisor reports on the processes."),
                _("If they run as separate units, look at those. Otherwise start Baileo with `baileo up`."),
            )
        ]
    return [_check(name, process) for name, process in sorted(told.processes.items())]


def _told(path: Path) -> _Told | None:
    try:
        return _Told.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _check(name: str, process: _Process) -> Check:
    figures: dict[str, int | str] = {"process_state": process.state, "restarts": process.restarts}
    if process.since:
        figures["since"] = process.since.isoformat()
    if process.state == "running":
        restarts = process.restarts
        words = ngettext("Runs; was restarted once.", "Runs; was restarted %(n)s times.", restarts) % {"n": restarts}
        return Check("processes", name, "ok", words if restarts else _("Runs."), "", figures)
    return Check(
        "processes",
        name,
        "fail",
        _("Does not run (%(state)s, last ended with %(exit)s).")
        % {"state": process.state, "exit": process.last_exit or _("nothing known")},
        _("It is started again by itself. If it stays so, read logs/%(name)s.log in the data folder.") % {"name": name},
        figures,
    )
