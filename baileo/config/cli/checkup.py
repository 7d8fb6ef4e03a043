"""`baileo doctor`: the checks of `/healthz` for a terminal, with what to do about each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from baileo.config.environment import Environment
from baileo.config.runtime.database import database_of
from baileo.config.runtime.folder import is_held
from baileo.core.errors import BaileoError
from baileo.web.api.health import Check, checks

SIGNS = {"ok": "[green]ok[/]", "warn": "[yellow]look[/]", "fail": "[red]broken[/]"}


def examine(env: Environment) -> int:
    """Print every check; 1 when something is broken. An installation that stands still is looked at all the same."""
    console = Console(soft_wrap=False)
    if not is_held(env.data_dir) and not env.database_url:
        console.print("Baileo does not run on this data folder; its database is started for the examination.")
    try:
        with database_of(env):
            found = checks()
    except BaileoError as error:
        console.print(str(error), style="red")
        found = checks()
    console.print(_table(found))
    return 1 if any(check.state == "fail" for check in found) else 0


def _table(found: Sequence[Check]) -> Table:
    table = Table(show_edge=False, pad_edge=False, box=None)
    for heading in ("", "what", "how it is", "what to do"):
        table.add_column(heading, overflow="fold")
    for check in found:
        table.add_row(SIGNS.get(check.state, check.state), check.name, check.words, check.what_to_do)
    return table
