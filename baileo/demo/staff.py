"""The pretend city hall: one login for each role, and somebody in every agency that gets work."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

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
    password = demo_password()
    found = {}
    for login in logins():
        user = User.objects.filter(username=login.username).first()
        if user is None:
            user = user_save(user=User(username=login.username, full_name=login.name), password=password, actor=ACTOR)
            agency = agency_get(login.agency_code) if login.agency_code else None
            membership_give(user=user, role=login.role, agency=agency, actor=ACTOR)
        found[login.username] = user
    return found


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
