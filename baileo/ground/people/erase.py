"""One member of staff's personal data: everything we hold, and its removal."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils.translation import gettext as _

from baileo.core.errors import NotFound
from baileo.ground.ledger.services import append
from baileo.ground.people.models import User
from baileo.ground.people.selectors import access_forget, actor_name
from baileo.ground.people.services.common import (
    MANAGING_ROLES,
    Actor,
    hold_administrators,
    keep_an_administrator,
    manager_name,
)


def user_export(user_id: int) -> dict[str, Any]:
    """All personal data of one account as plain values, fit for JSON. Raises `NotFound`."""
    user = _get(user_id)
    roles = user.memberships.values_list("role", "agency__code")
    return {
        "username": user.username,
        "full_name": user.full_name,
        "email": user.email,
        "language": user.language,
        "is_active": user.is_active,
        "made_at": user.date_joined.isoformat(),
        "last_signed_in_at": user.last_login.isoformat() if user.last_login else None,
        "roles": [{"role": role, "agency": agency or ""} for role, agency in roles],
        "emails": list(EmailAddress.objects.filter(user=user).values_list("email", flat=True)),
        "second_factors": list(Authenticator.objects.filter(user=user).values_list("type", flat=True)),
        "city_sign_ins": list(SocialAccount.objects.filter(user=user).values("provider", "uid", "extra_data")),
    }


@transaction.atomic
def user_erase(user_id: int, *, actor: Actor) -> User:
    """Close the account for good and forget the person. Emits `people.user_erased`.

    The row stays as "former-<id>", because notes and the ledger say who decided; it says nothing about a person
    any more and nobody can enter with it. Raises `NotFound`, `LastAdministrator`.
    """
    name = manager_name(actor)
    hold_administrators()
    user = _get(user_id)
    was_administrator = user.memberships.filter(role__in=MANAGING_ROLES).exists()
    for model in (EmailAddress, Authenticator, SocialAccount):
        model.objects.filter(user=user).delete()
    user.memberships.all().delete()
    user.username, user.full_name, user.email = f"former-{user.pk}", "", ""
    user.first_name = user.last_name = ""
    user.is_active, user.last_login = False, None
    user.set_unusable_password()  # also ends open sessions
    user.save()
    if was_administrator:
        keep_an_administrator(user)
    access_forget(user)
    append(kind="people.user_erased", subject=actor_name(user), actor=name)
    return user


def _get(user_id: int) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound(_("There is no account %(number)s. Look it up in the list.") % {"number": user_id})
    return user
