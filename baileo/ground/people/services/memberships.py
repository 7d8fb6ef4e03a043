"""Roles: who holds which, where."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from baileo.ground.ledger.services import append
from baileo.ground.people.errors import RoleNotPossible
from baileo.ground.people.models import Agency, Membership, User
from baileo.ground.people.roles import AGENCY_ROLES, CITY_ROLES, Role
from baileo.ground.people.selectors import access_forget, actor_name
from baileo.ground.people.services.common import (
    MANAGING_ROLES,
    Actor,
    hold_administrators,
    keep_an_administrator,
    manager_name,
)


@transaction.atomic
def membership_give(*, user: User, role: str, agency: Agency | None = None, actor: Actor) -> Membership:
    """Give a role; a role held already is given again without an entry. Emits `people.membership_given`.

    Raises `RoleNotPossible` when the role needs an agency, cannot have one, or mixes a wall screen with work.
    """
    name = manager_name(actor)
    _check_place(role, agency)
    User.objects.select_for_update().get(pk=user.pk)  # two roles given at once cannot mix a wall with work
    _check_wall(user, role)
    membership, is_new = Membership.objects.get_or_create(user=user, role=role, agency=agency)
    if is_new:
        _record("people.membership_given", membership, name)
    return membership


@transaction.atomic
def membership_take(*, membership: Membership, actor: Actor) -> None:
    """Take a role away. Emits `people.membership_taken`. Raises `LastAdministrator`."""
    name = manager_name(actor)
    hold_administrators()
    if Membership.objects.filter(pk=membership.pk).delete()[0]:
        if membership.role in MANAGING_ROLES:
            keep_an_administrator(membership.user)
        _record("people.membership_taken", membership, name)


def _check_place(role: str, agency: Agency | None) -> None:
    if role not in Role.values:
        raise RoleNotPossible(_("There is no role “%(role)s”. Choose one from the list.") % {"role": role[:40]})
    name = {"role": Role(role).label}
    if role in AGENCY_ROLES and agency is None:
        raise RoleNotPossible(_("The role %(role)s belongs to one agency. Choose the agency.") % name)
    if role in CITY_ROLES and agency is not None:
        raise RoleNotPossible(_("The role %(role)s is for the whole city. Leave the agency empty.") % name)


def _check_wall(user: User, role: str) -> None:
    """A wall screen stands open in a hall day and night: its account can be nothing else."""
    held = set(user.memberships.values_list("role", flat=True)) - {role}
    if held and Role.WALL in held | {role}:
        raise RoleNotPossible(
            _("%(name)s cannot be a wall screen and do other work. Make a separate account for the wall.")
            % {"name": user.username}
        )


def _record(kind: str, membership: Membership, name: str) -> None:
    agency_code = membership.agency.code if membership.agency else ""
    data = {"role": membership.role, "agency_code": agency_code}
    append(kind=kind, subject=actor_name(membership.user), actor=name, data=data)
    access_forget(membership.user)
