"""The people in every room's tests. `cast()` makes them all; `sign_in(client, person)` opens a session.

They are written to the tables directly, so a test's ledger holds only what the test did.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.contrib.auth.hashers import make_password
from django.test import Client

from baileo.ground.people.models import Agency, Membership, User
from baileo.ground.people.roles import Role

PASSWORD = "lampu-mati-di-pasar"  # everybody's


@dataclass(frozen=True)
class Cast:
    """One of each; the first letters help: Ana the Administrator, Cora the Coordinator."""

    ana: User  # administrator
    cora: User  # coordinator
    tara: User  # call-taker
    opi: User  # agency officer of pupr
    odi: User  # agency officer of dlhp
    supi: User  # shift supervisor, whole city
    lea: User  # leader
    edi: User  # editor
    audi: User  # auditor
    wall: User  # a wall screen
    nobody: User  # an account without a role
    pupr: Agency
    dlhp: Agency

    def people(self) -> list[User]:
        return [value for value in vars(self).values() if isinstance(value, User)]


def cast() -> Cast:
    """Everybody, once per test database state; called twice it gives the same people."""
    pupr, dlhp = an_agency("pupr"), an_agency("dlhp")
    return Cast(
        ana=a_person("ana", Role.ADMINISTRATOR),
        cora=a_person("cora", Role.COORDINATOR),
        tara=a_person("tara", Role.CALL_TAKER),
        opi=a_person("opi", Role.AGENCY_OFFICER, pupr),
        odi=a_person("odi", Role.AGENCY_OFFICER, dlhp),
        supi=a_person("supi", Role.SUPERVISOR),
        lea=a_person("lea", Role.LEADER),
        edi=a_person("edi", Role.EDITOR),
        audi=a_person("audi", Role.AUDITOR),
        wall=a_person("wall", Role.WALL),
        nobody=a_person("nobody"),
        pupr=pupr,
        dlhp=dlhp,
    )


def a_person(username: str, role: str = "", agency: Agency | None = None) -> User:
    """An active account with `PASSWORD`, holding the role if one is named."""
    values = {"full_name": username.title(), "email": f"{username}@ambon.example", "password": _hashed()}
    user, _ = User.objects.get_or_create(username=username, defaults=values)
    if role:
        Membership.objects.get_or_create(user=user, role=role, agency=agency)
    return user


def an_agency(code: str, **values: str) -> Agency:
    """An active agency whose names are its code in capitals."""
    names = {"name": code.upper(), "short_name": code.upper(), "kind": "dinas"}
    return Agency.objects.get_or_create(code=code, defaults={**names, **values})[0]


def sign_in(client: Client, user: User) -> Client:
    """Past the door without typing; for tests that are not about the door."""
    client.force_login(user)
    return client


@cache
def _hashed() -> str:
    return make_password(PASSWORD)
