"""What one person may do, worked out once from the roles held; plain data, fit to hand to another thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from baileo.ground.people.roles import ROLE_PERMISSIONS


@dataclass(frozen=True, slots=True)
class Access:
    """Permissions for the whole city, and those within single agencies."""

    city: frozenset[str] = frozenset()
    by_agency: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def agency_codes(self) -> frozenset[str]:
        return frozenset(self.by_agency)

    @property
    def anywhere(self) -> frozenset[str]:
        return self.city.union(*self.by_agency.values())

    def may(self, permission: str, agency_code: str = "") -> bool:
        """For a thing of that agency; without an agency, for a thing of the whole city."""
        return permission in self.city or permission in self.by_agency.get(agency_code, frozenset())

    def may_for_any(self, permission: str, agency_codes: Iterable[str]) -> bool:
        """For a thing that several agencies share, such as a ledger entry with its `agencies`."""
        return permission in self.city or any(self.may(permission, code) for code in agency_codes)


NO_ACCESS = Access()


def access_from(roles: Iterable[tuple[str, str | None]]) -> Access:
    """Join (role, agency code or None) pairs. An unknown role, left over from a newer release, gives nothing."""
    city: set[str] = set()
    by_agency: dict[str, set[str]] = {}
    for role, agency_code in roles:
        held = by_agency.setdefault(agency_code, set()) if agency_code else city
        held |= ROLE_PERMISSIONS.get(role, frozenset())
    return Access(frozenset(city), {code: frozenset(held) for code, held in by_agency.items()})
