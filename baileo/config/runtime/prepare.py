"""Before the processes start: schema, starter city, first administrator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.utils import OperationalError
from rich.console import Console

from baileo.config.environment import Environment
from baileo.config.runtime.migrations import migrate
from baileo.core.errors import BaileoError
from baileo.ground.people.services import first_administrator

STARTER = (
    ("baileo.ground.places.services", "starter_load", "areas and places"),
    ("baileo.ground.people.services", "starter_agencies_load", "agencies"),
    ("baileo.city.service_requests.services", "catalogue_load", "the service catalogue"),
    ("baileo.web.office.starter", "office_load", "the back office"),
)


class DatabaseRefused(BaileoError):
    """The database does not answer; the message says which one and what to do."""

    code = "database-refused"
    http_status = 503


def prepare(env: Environment, console: Console) -> None:
    """Each step may be run again at any time. Raises `BaileoError`."""
    reach_database()
    applied = migrate()
    if applied:
        console.print(f"Database schema: {applied} migrations applied.")
    for load in _starters():
        load()
    show_administrator(env, console)


def reach_database() -> None:
    """Raises `DatabaseRefused` in one sentence without secrets."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise DatabaseRefused(database_down(error)) from error


def database_down(error: Exception) -> str:
    """The sentence for a database that cannot be reached; the password is never in it."""
    place = settings.DATABASES["default"]
    where = f"{place['NAME']} on {place['HOST'] or 'this machine'}"
    why = (str(error).strip().splitlines() or ["no answer"])[-1].strip()
    return f"The database {where} cannot be reached: {why}. Check BAILEO_DATABASE_URL and that PostgreSQL runs there."


def show_administrator(env: Environment, console: Console) -> None:
    """Printed once, on the terminal only; no log file ever has it."""
    name, password = first_administrator(env.admin_password or None)
    if password:
        console.print(f"\nFirst administrator: [bold]{name}[/]   password: [bold]{password}[/]", highlight=False)
        console.print("It is shown only now. Sign in at /accounts/login/ and change it there.\n", highlight=False)


def _starters() -> Iterator[Callable[[], Any]]:
    for module, function, _ in STARTER:
        if find_spec(module) and hasattr(import_module(module), function):
            yield getattr(import_module(module), function)
