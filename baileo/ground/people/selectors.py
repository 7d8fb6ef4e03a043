"""Every question about staff, agencies and who may do what."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from baileo.ground.people.access import NO_ACCESS, Access, access_from
from baileo.ground.people.models import Membership

Asker = AbstractBaseUser | AnonymousUser
_KEPT_AS = "_baileo_access"


def access_of(user: Asker) -> Access:
    """All that this person may do. One query per user object, so one per web request; plain data afterwards."""
    if user.pk is None or not user.is_active:
        return NO_ACCESS
    kept: Access | None = user.__dict__.get(_KEPT_AS)
    if kept is None:
        roles = Membership.objects.filter(user_id=user.pk).values_list("role", "agency__code")
        kept = user.__dict__[_KEPT_AS] = access_from(roles)
    return kept


def access_forget(user: Asker) -> None:
    """Ask the database again next time; for services that change roles."""
    user.__dict__.pop(_KEPT_AS, None)


def permissions_of(user: Asker) -> frozenset[str]:
    """Every permission the person holds somewhere, city or agency; what `user.has_perm` answers from."""
    return access_of(user).anywhere


def user_may(user: Asker, permission: str, agency_code: str = "") -> bool:
    """Whether for a thing of that agency; with an empty code, for a thing that no single agency owns."""
    return access_of(user).may(permission, agency_code)


def agency_codes_of(user: Asker) -> frozenset[str]:
    """Agencies in which the person holds a role; empty for the city desk."""
    return access_of(user).agency_codes
