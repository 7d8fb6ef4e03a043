"""Before the processes start: schema, starter city, first administrator."""

from __future__ import annotations

import typer

from baileo.city.messages.services import canned_replies_load
from baileo.city.service_requests.services import catalogue_load
from baileo.config.environment import Environment
from baileo.config.runtime.migrations import migrate
from baileo.config.runtime.reaching import reach_database
from baileo.demo.seeding import demo_load
from baileo.ground.people.services import first_administrator, starter_agencies_load
from baileo.ground.places.services import starter_load


def prepare(env: Environment) -> None:
    """Each step may be run again at any time. Raises `BaileoError`."""
    reach_database()
    applied = migrate()
    if applied:
        typer.echo(f"Database schema: {applied} migrations applied.")
    starter_load()
    starter_agencies_load()
    catalogue_load()
    canned_replies_load()
    demo_load()
    show_administrator(env)


def show_administrator(env: Environment) -> None:
    """Printed once, on the terminal only; no log file ever has it."""
    name, password = first_administrator(env.admin_password or None)
    if password:
        typer.echo(f"\nFirst administrator: {name}   password: {password}")
        typer.echo("It is shown only now. Sign in at /accounts/login/ and change it there.\n")
