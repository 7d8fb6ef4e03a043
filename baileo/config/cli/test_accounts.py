"""Accounts from the terminal."""

from __future__ import annotations

import io
import sys

import pytest
import typer

from baileo.config.cli.accounts import add, new_password
from baileo.core.errors import InvalidInput, NotFound
from baileo.ground.ledger.models import Entry
from baileo.ground.people.errors import RoleNotPossible
from baileo.ground.people.models import Agency, User

pytestmark = pytest.mark.django_db
PASSWORD = "a long walk to Latuhalat"


@pytest.fixture
def agency() -> Agency:
    return Agency.objects.create(code="pupr", name="Dinas PUPR", short_name="PUPR")


def shown_password(said: str) -> str:
    return said.split("Password: ")[1].split(maxsplit=1)[0]


def test_a_new_account_can_sign_in_with_the_password_shown(capsys: pytest.CaptureFixture[str]) -> None:
    add(username="ana", role="coordinator", agency="", email="ana@ambon.go.id", name="Ana")
    user = User.objects.get(username="ana")
    assert user.check_password(shown_password(capsys.readouterr().out))
    assert user.has_perm("desk.open")


def test_a_role_of_an_agency_is_held_there(agency: Agency) -> None:
    add(username="ben", role="agency_officer", agency="pupr", email="", name="")
    assert [m.agency for m in User.objects.get(username="ben").memberships.all()] == [agency]


def test_an_unknown_agency_is_named_and_nobody_is_made() -> None:
    with pytest.raises(NotFound, match="'roads'"):
        add(username="ben", role="agency_officer", agency="roads", email="", name="")
    assert not User.objects.exists()


def test_a_role_without_its_agency_is_refused_and_nobody_is_made() -> None:
    with pytest.raises(RoleNotPossible):
        add(username="ben", role="agency_officer", agency="", email="", name="")
    assert not User.objects.exists()


def test_a_typed_password_is_asked_for_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, object] = {}

    def prompt(text: str, **how: object) -> str:
        asked.update(how)
        return PASSWORD

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(typer, "prompt", prompt)
    add(username="ana", role="coordinator", agency="", email="", name="")
    assert asked["hide_input"] is True
    assert User.objects.get(username="ana").check_password(PASSWORD)
    assert PASSWORD not in capsys.readouterr().out


def test_a_new_password_replaces_the_old_one(capsys: pytest.CaptureFixture[str]) -> None:
    add(username="ana", role="coordinator", agency="", email="", name="")
    old = shown_password(capsys.readouterr().out)
    new_password("ANA")
    new = shown_password(capsys.readouterr().out)
    user = User.objects.get(username="ana")
    assert user.check_password(new)
    assert not user.check_password(old)


def test_nobody_of_that_name_is_one_sentence() -> None:
    with pytest.raises(NotFound, match="There is no account 'nobody'"):
        new_password("nobody")


def test_the_ledger_knows_that_it_was_the_terminal() -> None:
    add(username="ana", role="coordinator", agency="", email="", name="")
    assert set(Entry.objects.values_list("actor", flat=True)) == {"system:cli"}


def test_a_name_taken_is_refused() -> None:
    add(username="ana", role="coordinator", agency="", email="", name="")
    with pytest.raises(InvalidInput):
        add(username="ana", role="coordinator", agency="", email="", name="")
