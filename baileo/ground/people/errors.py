"""What can go wrong with accounts and roles, said for the administrator who tried."""

from __future__ import annotations

from django.utils.translation import gettext as _

from baileo.core.errors import BaileoError


class LastAdministrator(BaileoError):
    """The step would leave nobody who can manage accounts."""

    code = "last-administrator"
    http_status = 409

    def __init__(self, username: str) -> None:
        super().__init__(
            _(
                "%(name)s is the last administrator, so nobody could manage accounts afterwards. "
                "Nothing was changed. Make somebody else administrator first."
            )
            % {"name": username}
        )


class RoleNotPossible(BaileoError):
    """A role that this account, or this agency, cannot hold."""

    code = "role-not-possible"
    http_status = 422
