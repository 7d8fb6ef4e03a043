"""Who somebody is and what Django may be told that they may do; power comes from roles alone."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from baileo.ground.people.model_permissions import NEEDED_FOR, django_permissions_from
from baileo.ground.people.models import User
from baileo.ground.people.selectors import Asker, permissions_of

NEVER = ("",)  # a permission that nobody holds
_LET_THROUGH = "_baileo_sign_in_is_limited"


def let_through(request: HttpRequest) -> None:
    """Say that this sign-in came through our adapter, which counts attempts and asks for the second factor."""
    setattr(request, _LET_THROUGH, True)


class RolePermissions(AuthenticationBackend):  # type: ignore[misc]
    """Sign-in by user name or e-mail (from allauth); `has_perm("room.verb")` from the roles held.

    `has_perm` says "somewhere": for one agency's thing ask `selectors.user_may(user, permission, agency_code)`.
    Django's groups, single permissions and `is_superuser` give nothing. Other log-in pages, such as Wagtail's own,
    would go round the limits and the second factor: what they send is not even looked at.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        if request is not None and not getattr(request, _LET_THROUGH, False):
            return None
        user: User | None = super().authenticate(request, **credentials)
        return user

    def get_user_permissions(self, user_obj: Asker, obj: Any = None) -> set[str]:
        if obj is not None:  # Django's convention: no object permissions here
            return set()
        held = permissions_of(user_obj)
        return set(held | django_permissions_from(held))

    def get_group_permissions(self, user_obj: Asker, obj: Any = None) -> set[str]:
        return set()

    def get_all_permissions(self, user_obj: Asker, obj: Any = None) -> set[str]:
        return self.get_user_permissions(user_obj, obj)

    def has_perm(self, user_obj: Asker, perm: str, obj: Any = None) -> bool:
        if obj is not None:
            return False
        held = permissions_of(user_obj)
        return perm in held or held.issuperset(NEEDED_FOR.get(perm, NEVER))

    def has_module_perms(self, user_obj: Asker, app_label: str) -> bool:
        return any(name.startswith(f"{app_label}.") for name in self.get_user_permissions(user_obj))
