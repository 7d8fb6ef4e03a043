"""Who somebody is and what Django may be told that they may do; power comes from roles alone."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from baileo.ground.people.model_permissions import NEEDED_FOR, django_permissions_from
from baileo.ground.people.selectors import Asker, permissions_of

NEVER = ("",)  # a permission that nobody holds


class RolePermissions(AuthenticationBackend):  # type: ignore[misc]
    """Sign-in by user name or e-mail (from allauth); `has_perm("room.verb")` from the roles held.

    `has_perm` says "somewhere": for one agency's thing ask `selectors.user_may(user, permission, agency_code)`.
    Django's groups, single permissions and `is_superuser` give nothing.
    """

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
