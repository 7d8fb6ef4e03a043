"""Every question about staff, agencies and who may do what."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from baileo.ground.people.access import NO_ACCESS, Access, access_from
from baileo.ground.people.models import Agency, Membership, User
from baileo.ground.people.roles import ROLE_PERMISSIONS

Asker = AbstractBaseUser | AnonymousUser
ONLY_WALL = frozenset({"wall.view"})
NEEDS_SECOND_FACTOR = frozenset({"people.manage", "people.audit"})
_KEPT_AS = "_baileo_access"


def access_of(user: Asker) -> Access:
    """All that this person may do. One query per user object, so one per web request; plain data afterwards."""
    if user.pk is None or not user.is_active:
        return NO_ACCESS
    kept: Access | None = getattr(user, _KEPT_AS, None)
    if kept is None:
        kept = access_from(Membership.objects.filter(user_id=user.pk).values_list("role", "agency__code"))
        setattr(user, _KEPT_AS, kept)  # not into __dict__: request.user is a lazy wrapper around the person
    return kept


def access_forget(user: Asker) -> None:
    """Ask the database again next time; for services that change roles."""
    if hasattr(user, _KEPT_AS):
        delattr(user, _KEPT_AS)


def permissions_of(user: Asker) -> frozenset[str]:
    """Every permission the person holds somewhere, city or agency; what `user.has_perm` answers from."""
    return access_of(user).anywhere


def user_may(user: Asker, permission: str, agency_code: str = "") -> bool:
    """Whether for a thing of that agency; with an empty code, for a thing that no single agency owns."""
    return access_of(user).may(permission, agency_code)


def agency_codes_of(user: Asker) -> frozenset[str]:
    """Agencies in which the person holds a role; empty for the city desk."""
    return access_of(user).agency_codes


def is_wall(user: Asker) -> bool:
    """An account that can look at the wall and do nothing else."""
    return permissions_of(user) == ONLY_WALL


def needs_mfa(user: Asker) -> bool:
    """Whether to remind: the account can manage or read everything and is guarded by a password alone."""
    if permissions_of(user).isdisjoint(NEEDS_SECOND_FACTOR):
        return False
    return not Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def actor_name(actor: User | str) -> str:
    """How the ledger names who acts: "user:3", "system:worker", "contact"."""
    return actor if isinstance(actor, str) else f"user:{actor.pk}"


def agency_list(*, with_inactive: bool = False) -> QuerySet[Agency]:
    """By name; those switched off only on demand."""
    return Agency.objects.all() if with_inactive else Agency.objects.filter(is_active=True)


def agency_get(code: str) -> Agency | None:
    return Agency.objects.filter(code=code).first()


def members_of(agency_code: str) -> QuerySet[Membership]:
    """Roles held in one agency, with their people loaded, by name."""
    members = Membership.objects.filter(agency__code=agency_code).select_related("user", "agency")
    return members.order_by("user__full_name", "user__username")


def staff_with(permission: str, agency_code: str = "") -> QuerySet[User]:
    """Active people for whom `user_may(person, permission, agency_code)` holds, by name; 1 query."""
    roles = [role for role, held in ROLE_PERMISSIONS.items() if permission in held]
    where = Q(agency__isnull=True) | Q(agency__code=agency_code) if agency_code else Q(agency__isnull=True)
    holders = Membership.objects.filter(where, role__in=roles).values("user_id")
    return User.objects.filter(is_active=True, pk__in=holders).order_by("full_name", "username")


def staff_on(agency_code: str) -> QuerySet[User]:
    """Active people who hold a role within the agency: those to whom its work can be given."""
    members = Membership.objects.filter(agency__code=agency_code).values("user_id")
    return User.objects.filter(is_active=True, pk__in=members).order_by("full_name", "username")
