"""What the ledger keeps of sign-ins. Called by the adapters; nobody acts here but the person at the door."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.db import transaction

from baileo.ground.ledger.services import append
from baileo.ground.people.models import User
from baileo.ground.people.selectors import actor_name


@transaction.atomic
def sign_in_record(*, user: User, methods: list[str]) -> None:
    """Somebody came in. Emits `people.signed_in` with how: password, mfa, socialaccount."""
    append(
        kind="people.signed_in",
        subject=actor_name(user),
        actor=actor_name(user),
        data={"with": ",".join(methods)[:100]},
    )


@transaction.atomic
def sign_in_refused_record(*, typed: str, address: str, user: User | None = None) -> None:
    """Somebody was turned away. Emits `people.sign_in_refused`.

    Neither the typed name (people type passwords there) nor the address is kept, only keyed fingerprints:
    enough to count that one name is tried from many places, or many names from one.
    """
    data = {"name": fingerprint(typed.strip().lower()), "from": fingerprint(address)}
    append(
        kind="people.sign_in_refused", subject=actor_name(user) if user else "user:unknown", actor="visitor", data=data
    )


@transaction.atomic
def credentials_changed_record(*, user: User, what: str) -> None:
    """The person changed a password, second factor or linked sign-in. Emits `people.credentials_changed`."""
    append(
        kind="people.credentials_changed", subject=actor_name(user), actor=actor_name(user), data={"what": what[:60]}
    )


def fingerprint(text: str) -> str:
    """12 hex digits that say "the same again" to us and nothing to others: HMAC-SHA256 under the secret key."""
    key = f"sign-in {settings.SECRET_KEY}".encode()
    return hmac.digest(key, text.encode(), "sha256").hex()[:12]
