"""What the services share: who acts, what changed, and who may not be lost."""

from __future__ import annotations

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import connection, models
from django.utils.translation import gettext as _

from baileo.core.errors import InvalidInput, PermissionRefused
from baileo.ground.people.errors import LastAdministrator
from baileo.ground.people.models import Membership, User
from baileo.ground.people.roles import ROLE_PERMISSIONS
from baileo.ground.people.selectors import actor_name, user_may

Actor = User | str
MANAGE = "people.manage"
MANAGING_ROLES = tuple(role for role, held in ROLE_PERMISSIONS.items() if MANAGE in held)


def manager_name(actor: Actor) -> str:
    """The actor as the ledger names it. Raises `PermissionRefused` for a person who may not manage accounts."""
    if isinstance(actor, User) and not user_may(actor, MANAGE):
        raise PermissionRefused(_("You may not change accounts, roles or agencies. Ask an administrator."))
    return actor_name(actor)


def check(row: models.Model, *, exclude: tuple[str, ...] = ()) -> None:
    """`full_clean`, raised as `InvalidInput` that names fields and says what they take, but repeats no value."""
    try:
        row.full_clean(exclude=exclude)
    except ValidationError as error:
        name = str(row._meta.verbose_name)
        words = " ".join(f"{_label(row, field)}: {' '.join(texts)}" for field, texts in error.message_dict.items())
        raise InvalidInput(_("Not saved: %(thing)s. %(fields)s") % {"thing": name, "fields": words}) from error


def _label(row: models.Model, field: str) -> str:
    """The field's name as the form shows it; errors of the whole row have none."""
    return str(row._meta.verbose_name if field == NON_FIELD_ERRORS else row._meta.get_field(field).verbose_name)  # type: ignore[union-attr]


def hold_administrators() -> None:
    """Let one change at a time decide whether an administrator remains; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('people administrators', 0))")


def keep_an_administrator(leaving: User) -> None:
    """Raises `LastAdministrator` when after this write nobody active may manage accounts."""
    managing = Membership.objects.filter(role__in=MANAGING_ROLES, user__is_active=True)
    if not managing.exists():
        raise LastAdministrator(leaving.username)
