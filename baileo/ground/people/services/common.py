"""What the services share: who acts, what changed, and who may not be lost."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import connection, models

from baileo.core.errors import InvalidInput, PermissionRefused
from baileo.ground.people.errors import LastAdministrator
from baileo.ground.people.models import Membership, User
from baileo.ground.people.roles import ROLE_PERMISSIONS
from baileo.ground.people.selectors import actor_name, user_may

Actor = User | str
MANAGE = "people.manage"
MANAGING_ROLES = tuple(role for role, held in ROLE_PERMISSIONS.items() if MANAGE in held)
_Row = TypeVar("_Row", bound=models.Model)


def manager_name(actor: Actor) -> str:
    """The actor as the ledger names it. Raises `PermissionRefused` for a person who may not manage accounts."""
    if isinstance(actor, User) and not user_may(actor, MANAGE):
        raise PermissionRefused("You may not change accounts, roles or agencies. Ask an administrator.")
    return actor_name(actor)


def changed_fields(row: _Row) -> list[str]:
    """Names of the fields that differ from what is stored, for a new row from the defaults. Never values."""
    fields = {field.attname: field.get_default() for field in row._meta.concrete_fields if not field.primary_key}
    before = type(row)._default_manager.filter(pk=row.pk).values(*fields).first() if row.pk else None
    return [name for name, value in (before or fields).items() if value != getattr(row, name)]


def check(row: models.Model, *, exclude: tuple[str, ...] = ()) -> None:
    """`full_clean`, raised as `InvalidInput` that names fields and says what they take, but repeats no value."""
    try:
        row.full_clean(exclude=exclude)
    except ValidationError as error:
        words = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise InvalidInput(f"{row._meta.verbose_name} was not saved. {words}") from error


def hold_administrators() -> None:
    """Let one change at a time decide whether an administrator remains; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('people administrators', 0))")


def keep_an_administrator(leaving: User) -> None:
    """Raises `LastAdministrator` when after this write nobody active may manage accounts."""
    managing = Membership.objects.filter(role__in=MANAGING_ROLES, user__is_active=True)
    if not managing.exists():
        raise LastAdministrator(leaving.username)
