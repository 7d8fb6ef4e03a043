"""The pretend city hall: one login for each role, and somebody in every agency that gets work."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password

from baileo.core.ids import SHORT_ALPHABET
from baileo.demo.town import ACTOR
from baileo.ground.people.models import User
from baileo.ground.people.roles import Role
from baileo.ground.people.selectors import agency_get, agency_list
from baileo.ground.people.services import membership_give, user_save

PASSWORD_FILE = "demo-password.txt"  # noqa: S105  # a file's name
PASSWORD_SIGNS = 12


@dataclass(frozen=True)
class Login:
    username: str
    name: str
    role: Role
    agency_code: str = ""


CITY_HALL = (
    Login("koordinator", "Koordinator (DEMO)", Role.COORDINATOR),
    Login("penerima", "Penerima Laporan (DEMO)", Role.CALL_TAKER),
    Login("pengawas", "Pengawas Sif (DEMO)", Role.SUPERVISOR),
    Login("pimpinan", "Pimpinan (DEMO)", Role.LEADER),
    Login("penyunting", "Penyunting (DEMO)", Role.EDITOR),
    Login("auditor", "Auditor (DEMO)", Role.AUDITOR),
    Login("dinding", "Layar Dinding (DEMO)", Role.WALL),
)


def logins() -> list[Login]:
    """City hall first, then an officer for each agency."""
    officers = [
        Login(f"petugas-{agency.code}", f"Petugas {agency.short_name} (DEMO)", Role.AGENCY_OFFICER, agency.code)
        for agency in agency_list()
    ]
    return [*CITY_HALL, *officers]


def staff_ensure() -> dict[str, User]:
    """All accounts, made where missing, by username. An account somebody changed since stays as it is."""
    found = {user.username: user for user in User.objects.filter(username__in=[login.username for login in logins()])}
    missing = [login for login in logins() if login.username not in found]
    for login in missing:
        user = user_save(user=User(username=login.username, full_name=login.name), actor=ACTOR)
        agency = agency_get(login.agency_code) if login.agency_code else None
        membership_give(user=user, role=login.role, agency=agency, actor=ACTOR)
        found[login.username] = user
    _let_in([found[login.username] for login in missing])
    return found


def _let_in(users: list[User]) -> None:
    """The same password for all, hashed once: a good hash takes half a second, thirty of them a quarter of a minute."""
    if users:
        hashed = make_password(demo_password())
        User.objects.filter(pk__in=[user.pk for user in users]).update(password=hashed)
        for user in users:
            user.password = hashed


def password_path() -> Path:
    return Path(settings.BAILEO.data_dir) / PASSWORD_FILE


def demo_password() -> str:
    """One password for all pretend staff, made once per demo: even a demo may be reached by strangers."""
    path = password_path()
    if path.exists():
        return path.read_text(encoding="utf-8").strip()
    password = "".join(secrets.choice(SHORT_ALPHABET) for _ in range(PASSWORD_SIGNS))
    path.touch(mode=0o600)
    path.write_text(f"{password}\n", encoding="utf-8")
    return password
