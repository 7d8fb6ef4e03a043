"""Odd requests at the office's addresses: forged, machine-made, half-made, nonsense. None writes round a service."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from baileo.ground.people.models import Membership, User
from baileo.ground.people.testing import Cast, a_person, sign_in
from baileo.web.office.testing import (
    OWN_PAGES,
    SECTIONS,
    Section,
    a_role,
    entries_since,
    every_page,
    last_entry_id,
    section_of,
)

pytestmark = pytest.mark.django_db
each_section = pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
AS_JSON = {"accept": "application/json"}
NONSENSE = (
    "?p=9999",
    "?p=x",
    "?ordering=password",
    "?ordering=-nothing__here",
    "?q=%00",
    "?q=" + "x" * 3000,
    "?export=csv",
)


def unprotected(person: User) -> Client:
    """A browser that was tricked into posting: signed in, but without the form's token."""
    return sign_in(Client(enforce_csrf_checks=True), person)


@each_section
def test_a_forged_form_writes_nothing(people: Cast, section: Section) -> None:
    row, form = section.make(), section.new()
    client, count, before = unprotected(people.ana), section.count(), last_entry_id()
    for address in (section.add(), section.edit(row), *([section.delete(row)] if section.removal else [])):
        assert client.post(address, form).status_code == 403
    assert (section.count(), entries_since(before)) == (count, [])


def test_a_forged_press_of_a_button_does_nothing(people: Cast) -> None:
    client = unprotected(people.ana)
    for address in ("/office/channel-accounts/1/check/", "/office/rejected/1/again/", "/office/logout/"):
        assert client.post(address).status_code == 403
    assert client.get("/office/").status_code == 200


@each_section
def test_a_form_posted_by_a_script_goes_the_same_way(ana: Client, section: Section) -> None:
    form = section.new()
    before, count = last_entry_id(), section.count()
    answer = ana.post(section.add(), form, headers=AS_JSON)
    assert answer.status_code == 200
    assert json.loads(answer.content)["success"] is True
    assert tuple(entry.kind for entry in entries_since(before)) == section.kinds
    assert section.count() == count + 1


@each_section
def test_a_script_is_refused_like_a_person(audi: Client, section: Section) -> None:
    row, before = section.make(), last_entry_id()
    for address in (section.add(), section.edit(row)):
        assert audi.post(address, section.new(), headers=AS_JSON).status_code == 403
    assert entries_since(before) == []


def test_a_refusal_reaches_a_script_as_such(ana: Client) -> None:
    roles, row, before = section_of("roles"), a_role(), last_entry_id()
    answer = ana.post(roles.edit(row), {"role": "agency_officer", "agency": ""}, headers=AS_JSON)
    assert answer.status_code == 400
    assert json.loads(answer.content)["success"] is False
    assert Membership.objects.filter(pk=row.pk).exists()
    assert entries_since(before) == []


@each_section
@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_change_nothing(ana: Client, section: Section, method: str) -> None:
    row, before = section.make(), last_entry_id()
    for address in (section.root, section.edit(row)):
        assert getattr(ana, method)(address).status_code in {200, 302, 405}
    assert type(row)._default_manager.filter(pk=row.pk).exists()
    assert entries_since(before) == []


@pytest.mark.parametrize("query", NONSENSE)
@pytest.mark.parametrize("section", ["staff", "services", "areas", "channel-accounts"])
def test_nonsense_in_a_lists_address_is_survived(ana: Client, section: str, query: str) -> None:
    section_of(section).make()
    for page in ("", "results/"):
        assert ana.get(f"/office/{section}/{page}{query}").status_code in {200, 404}


@each_section
def test_what_is_not_there_is_not_found(ana: Client, section: Section) -> None:
    for page in ("edit", "inspect", "delete"):
        assert ana.get(f"{section.root}{page}/99999999/").status_code == 404
        assert ana.get(f"{section.root}{page}/x/").status_code == 404


@each_section
def test_pages_of_the_office_are_kept_by_no_cache(ana: Client, section: Section) -> None:
    for address in every_page(section, section.make()):
        assert "no-store" in ana.get(address)["Cache-Control"], address


def test_no_page_may_be_framed_by_another(ana: Client) -> None:
    for address in OWN_PAGES:
        answer = ana.get(address)
        assert answer["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@each_section
def test_a_list_gives_nothing_away_as_a_table_file(ana: Client, section: Section) -> None:
    section.make()
    for kind in ("csv", "xlsx"):
        assert ana.get(f"{section.root}?export={kind}")["Content-Type"].startswith("text/html")


def test_a_role_that_was_taken_shuts_the_office_with_the_next_page(ana: Client, people: Cast) -> None:
    a_person("dua", "administrator")
    assert ana.get("/office/staff/").status_code == 200
    Membership.objects.filter(user=people.ana).delete()
    assert ana.get("/office/staff/").status_code == 403
    assert ana.post("/office/staff/new/", section_of("staff").new()).status_code == 403
    assert not User.objects.filter(username="sari").exists()


@pytest.mark.parametrize(
    "field", ["is_superuser", "is_staff", "password_hash", "groups", "user_permissions", "last_login"]
)
def test_a_field_that_is_not_on_the_form_cannot_be_smuggled_in(ana: Client, field: str) -> None:
    staff, person = section_of("staff"), a_person("budi")
    was = {"is_superuser": person.is_superuser, "is_staff": person.is_staff, "password": person.password}
    ana.post(staff.edit(person), {**staff.change(person), field: "1"})
    person.refresh_from_db()
    assert {name: getattr(person, name) for name in was} == was
    assert person.last_login is None


@pytest.mark.parametrize("field", ["sealed_secrets", "poll_cursor", "trouble", "refused_count", "channel"])
def test_nor_can_an_accounts_inner_state(ana: Client, field: str) -> None:
    accounts = section_of("channel-accounts")
    account = accounts.make()
    was = getattr(account, field)
    ana.post(accounts.edit(account), {**accounts.change(account), field: "7"})
    account.refresh_from_db()
    assert getattr(account, field) == was or field == "sealed_secrets"
    assert getattr(account, field) != "7"
