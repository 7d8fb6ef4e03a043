"""Accounts from the terminal, for the day on which nobody can sign in."""

from __future__ import annotations

import secrets
import sys

import typer
from django.db import transaction

from baileo.core.errors import NotFound
from baileo.ground.people.models import Agency, User
from baileo.ground.people.services import membership_give, user_save, user_set_password

ACTOR = "system:cli"


def add(*, username: str, role: str, agency: str, email: str, name: str) -> None:
    """Make an account with one role. Raises `InvalidInput`, `RoleNotPossible`, `NotFound`."""
    within = Agency.objects.filter(code=agency).first() if agency else None
    if agency and within is None:
        raise NotFound(f"There is no agency with the code {agency!r}. Correct --agency.")
    password, is_made = _ask_password()
    with transaction.atomic():  # an account without its role would be in the way of the next try
        user = user_save(user=User(username=username, email=email, full_name=name), actor=ACTOR, password=password)
        membership_give(user=user, role=role, agency=within, actor=ACTOR)
    typer.echo(f"{username} may now sign in as {role}.")
    _show(password, is_made)


def new_password(username: str) -> None:
    """Raises `NotFound`, `InvalidInput`."""
    user = User.objects.filter(username__iexact=username).first()
    if user is None:
        raise NotFound(f"There is no account {username!r}. Correct the name, or make it with `baileo user add`.")
    password, is_made = _ask_password()
    user_set_password(user=user, password=password, actor=ACTOR)
    typer.echo(f"{user.username} has a new password; open sessions have ended.")
    _show(password, is_made)


def _ask_password() -> tuple[str, bool]:
    """Typed by a person, or made by us; never an argument, which the machine's process list would show."""
    if sys.stdin.isatty():
        typed = typer.prompt("Password (empty: we make one)", hide_input=True, default="", show_default=False)
        if typed:
            return typed, False
    return secrets.token_urlsafe(12), True


def _show(password: str, is_made: bool) -> None:
    if is_made:
        typer.echo(f"Password: {password}   (shown only now)")
