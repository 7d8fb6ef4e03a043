"""The pretend city hall's logins: each role once, every agency somebody, one password that is not everybody's."""

from __future__ import annotations

from baileo.core.ids import SHORT_ALPHABET
from baileo.demo.staff import PASSWORD_SIGNS, demo_password, logins, password_path, staff_ensure
from baileo.ground.people.models import User
from baileo.ground.people.roles import Role
from baileo.ground.people.selectors import agency_list, is_wall, user_may
from baileo.ground.people.services import user_save


def test_every_role_but_the_administrator_s_has_a_login(staff: dict[str, User]) -> None:
    held = {membership.role for user in staff.values() for membership in user.memberships.all()}
    assert held == {role.value for role in Role} - {Role.ADMINISTRATOR.value}


def test_every_agency_has_an_officer_and_only_there(staff: dict[str, User]) -> None:
    for agency in agency_list():
        officer = staff[f"petugas-{agency.code}"]
        assert user_may(officer, "service_requests.work", agency_code=agency.code)
        assert not user_may(officer, "service_requests.work", agency_code="")


MAY = {
    "koordinator": {"service_requests.assign": True, "people.manage": False},
    "penerima": {"service_requests.create": True, "service_requests.assign": False},
    "pengawas": {"service_requests.close": True, "people.manage": False},
    "pimpinan": {"service_requests.view": True, "service_requests.work": False},
    "penyunting": {"service_requests.publish": True, "messages.send": False},
    "auditor": {"people.audit": True, "messages.send": False},
    "dinding": {"wall.view": True, "desk.open": False},
}


def test_each_login_can_do_what_its_name_says(staff: dict[str, User]) -> None:
    for username, permissions in MAY.items():
        held = {permission: staff[username].has_perm(permission) for permission in permissions}
        assert held == permissions, username


def test_the_wall_is_a_wall_and_nothing_else(staff: dict[str, User]) -> None:
    assert is_wall(staff["dinding"])
    assert not [name for name, user in staff.items() if is_wall(user) and name != "dinding"]


def test_a_second_start_leaves_what_somebody_changed(staff: dict[str, User]) -> None:
    user_save(user=staff["koordinator"], password="Sandi-baru-kami-2026", actor="system:test")
    again = staff_ensure()
    assert again["koordinator"].check_password("Sandi-baru-kami-2026")
    assert len(again) == User.objects.count() == len(logins())


def test_a_login_somebody_removed_comes_back(staff: dict[str, User]) -> None:
    User.objects.filter(username="penerima").update(username="former-1")
    again = staff_ensure()
    assert again["penerima"].check_password(demo_password())


def test_the_password_is_made_once_and_hard_to_guess(demo_port: int) -> None:
    password = demo_password()
    assert demo_password() == password
    assert len(password) == PASSWORD_SIGNS
    assert set(password) <= set(SHORT_ALPHABET)
    password_path().unlink()
    assert demo_password() != password


def test_everybody_has_the_same_password_but_it_is_stored_hashed(staff: dict[str, User]) -> None:
    assert all(user.check_password(demo_password()) for user in User.objects.all())
    assert not User.objects.filter(password__contains=demo_password()).exists()


def test_no_two_logins_share_a_name(staff: dict[str, User]) -> None:
    names = [login.username for login in logins()]
    assert len(set(names)) == len(names)
    assert all("DEMO" in login.name for login in logins())
