"""Before the processes start: schema, starter city, first administrator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer

from baileo.config.environment import Environment
from baileo.config.runtime.migrations import migrate
from baileo.config.runtime.reaching import reach_database
from baileo.ground.people.services import first_administrator

STARTER = (
    ("baileo.ground.places.services", "starter_load", "areas and places"),
    ("baileo.ground.people.services", "starter_agencies_load", "agencies"),
    ("baileo.city.service_requests.services", "catalogue_load", "the service catalogue"),
    ("baileo.web.office.starter", "office_load", "the back office"),
)


def prepare(env: Environment) -> None:
    """Each step may be run again at any time. Raises `BaileoError`."""
    reach_database()
    applied = migrate()
    if applied:
        typer.echo(f"Database schema: {applied} migrations applied.")
    for load in _starters():
        load()
    show_administrator(env)


def show_administrator(env: Environment) -> None:
    """Printed once, on the terminal only; no log file ever has it."""
    name, password = first_administrator(env.admin_password or None)
    if password:
        typer.echo(f"\nFirst administrator: {name}   password: {password}")
        typer.echo("It is shown only now. Sign in at /accounts/login/ and change it there.\n")


def _starters() -> Iterator[Callable[[], Any]]:
    for module, function, _ in STARTER:
        if find_spec(module) and hasattr(import_module(module), function):
            yield getattr(import_module(module), function)
