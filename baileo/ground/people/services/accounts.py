"""Accounts of staff: made, changed, closed; and the very first one."""

from __future__ import annotations

import secrets

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from baileo.core.errors import InvalidInput, SettingsRefused
from baileo.ground.ledger.changes import changed_words
from baileo.ground.ledger.services import append
from baileo.ground.people.models import Membership, User
from baileo.ground.people.roles import Role
from baileo.ground.people.selectors import access_forget, actor_name
from baileo.ground.people.services.common import (
    MANAGING_ROLES,
    Actor,
    check,
    hold_administrators,
    keep_an_administrator,
    manager_name,
)
from baileo.ground.people.services.memberships import membership_give

FIRST_USERNAME = "admin"


@transaction.atomic
def user_save(*, user: User, actor: Actor, password: str = "") -> User:
    """Store a new or changed account, with a password if one is given. Emits `people.user_saved`.

    A new account without password can enter only by the city's own sign-in (OIDC) until it gets one.
    Raises `InvalidInput`, `LastAdministrator`.
    """
    name = manager_name(actor)
    hold_administrators()
    if password:
        _set_checked_password(user, password)
    elif not user.pk:
        user.set_unusable_password()
    user.username, user.email = user.username.strip(), user.email.strip().lower()
    changed = changed_words(user)
    check(user, exclude=("password",))
    user.save()
    _vouch_for_email(user)
    if not user.is_active and user.memberships.filter(role__in=MANAGING_ROLES).exists():
        keep_an_administrator(user)
    access_forget(user)
    append(kind="people.user_saved", subject=actor_name(user), actor=name, data={"changed": changed})
    return user


def user_deactivate(*, user: User, actor: Actor) -> User:
    """Close an account: every session of it ends with its next request. Emits `people.user_saved`."""
    name = manager_name(actor)  # first: an administrator may close the own account
    user.is_active = False
    return user_save(user=user, actor=name)


@transaction.atomic
def user_set_password(*, user: User, password: str, actor: Actor) -> None:
    """Give a new password; the account's open sessions end. Emits `people.password_set`. Raises `InvalidInput`."""
    name = manager_name(actor)
    _set_checked_password(user, password)
    user.save(update_fields=["password"])
    append(kind="people.password_set", subject=actor_name(user), actor=name)


@transaction.atomic
def second_factor_forget(*, user: User, actor: Actor) -> None:
    """For somebody who lost phone and recovery codes. Emits `people.second_factor_forgotten`."""
    name = manager_name(actor)
    Authenticator.objects.filter(user=user).delete()
    append(kind="people.second_factor_forgotten", subject=actor_name(user), actor=name)


@transaction.atomic
def first_administrator(password: str | None = None) -> tuple[str, str | None]:
    """Make sure that somebody can enter: the name of an administrator, and the password to show once.

    No password comes back when an administrator exists already, or when the given one was taken.
    Raises `SettingsRefused` for a given password that is too easy.
    """
    hold_administrators()
    known = Membership.objects.filter(role=Role.ADMINISTRATOR, user__is_active=True).select_related("user").first()
    if known:
        return known.user.username, None
    made = "" if password else secrets.token_urlsafe(15)
    user = User.objects.filter(username=FIRST_USERNAME).first() or User(username=FIRST_USERNAME)
    user.is_active = True
    try:
        user_save(user=user, actor="system:set-up", password=password or made)
    except InvalidInput as error:
        raise SettingsRefused(f"BAILEO_ADMIN_PASSWORD is refused: {error}") from error
    membership_give(user=user, role=Role.ADMINISTRATOR, actor="system:set-up")
    return user.username, made or None


def _set_checked_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages)) from error
    user.set_password(password)


def _vouch_for_email(user: User) -> None:
    """The administrator who typed the address vouches for it; allauth then finds the account by it."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    if user.email:
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
