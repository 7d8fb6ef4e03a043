"""A former colleague's personal data go; what was decided, and by whom, stays."""

from __future__ import annotations

import json

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.forms.models import model_to_dict
from django.test import Client

from baileo.core.errors import NotFound, PermissionRefused
from baileo.ground.ledger.models import Entry
from baileo.ground.people.erase import user_erase, user_export
from baileo.ground.people.errors import LastAdministrator
from baileo.ground.people.models import User
from baileo.ground.people.services import user_save
from baileo.ground.people.testing import Cast, cast, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("baileo.ground.people.testing_urls")]


@pytest.fixture
def people() -> Cast:
    everybody = cast()
    user_save(user=everybody.opi, actor=everybody.ana)
    SocialAccount.objects.create(user=everybody.opi, provider="city", uid="77", extra_data={"name": "Opi"})
    Authenticator.objects.create(user=everybody.opi, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    return everybody


def test_an_export_holds_all_that_we_know_and_no_secret(people: Cast) -> None:
    export = user_export(people.opi.pk)
    assert export["username"] == "opi"
    assert export["emails"] == ["opi@ambon.example"]
    assert export["roles"] == [{"role": "agency_officer", "agency": "pupr"}]
    assert export["second_factors"] == ["totp"]
    assert export["city_sign_ins"][0]["uid"] == "77"
    written = json.dumps(export)
    assert "sealed" not in written
    assert people.opi.password not in written


def test_after_erasing_nothing_of_the_person_is_left(people: Cast) -> None:
    user_erase(people.opi.pk, actor=people.ana)
    row = User.objects.get(pk=people.opi.pk)
    assert "opi" not in str(model_to_dict(row)).lower()
    assert row.username == f"former-{row.pk}"
    assert (row.is_active, row.has_usable_password(), row.last_login) == (False, False, None)
    for model in (EmailAddress, SocialAccount, Authenticator):
        assert not model.objects.filter(user=row).exists()
    assert not row.memberships.exists()


def test_erasing_is_recorded_by_number(people: Cast) -> None:
    user_erase(people.opi.pk, actor=people.ana)
    entry = Entry.objects.latest("id")
    assert (entry.kind, entry.subject, entry.data) == ("people.user_erased", f"user:{people.opi.pk}", {})


def test_an_erased_account_is_signed_out(people: Cast, client: Client) -> None:
    sign_in(client, people.opi)
    user_erase(people.opi.pk, actor=people.ana)
    assert not client.session.is_empty()
    response = client.get("/desk/")
    assert not response.wsgi_request.user.is_authenticated


def test_the_last_administrator_cannot_be_erased(people: Cast) -> None:
    with pytest.raises(LastAdministrator):
        user_erase(people.ana.pk, actor=people.ana)
    assert User.objects.get(pk=people.ana.pk).username == "ana"


def test_only_who_manages_accounts_may_erase(people: Cast) -> None:
    with pytest.raises(PermissionRefused):
        user_erase(people.opi.pk, actor=people.audi)


@pytest.mark.parametrize("deed", [user_export, lambda pk: user_erase(pk, actor="system:test")])
def test_an_unknown_account_is_said_to_be_unknown(deed: object) -> None:
    with pytest.raises(NotFound, match="4711"):
        deed(4711)  # type: ignore[operator]
