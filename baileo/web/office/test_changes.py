"""Every change goes through a service: one transaction, entries with who and what, refusals that change nothing."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from baileo.ground.people.selectors import actor_name
from baileo.ground.people.testing import Cast
from baileo.web.office.testing import (
    OWN_PAGES,
    SECTIONS,
    Section,
    entries_since,
    errors_on,
    every_page,
    last_entry_id,
)

pytestmark = pytest.mark.django_db
each_section = pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
REMOVABLE = [section for section in SECTIONS if section.removal]


@each_section
def test_an_administrator_opens_every_page(ana: Client, section: Section) -> None:
    row = section.make()
    for address in every_page(section, row):
        answer = ana.get(address)
        assert answer.status_code == 200, address


@each_section
def test_making_one_leaves_an_entry_that_says_who(ana: Client, people: Cast, section: Section) -> None:
    form = section.new()
    count, before = section.count(), last_entry_id()
    answer = ana.post(section.add(), form)
    assert answer.status_code == 302, errors_on(answer)
    assert section.count() == count + 1
    written = entries_since(before)
    assert tuple(entry.kind for entry in written) == section.kinds
    assert {entry.actor for entry in written} == {actor_name(people.ana)}


@each_section
def test_changing_one_leaves_an_entry_that_says_what(ana: Client, people: Cast, section: Section) -> None:
    row = section.make()
    form, before = section.change(row), last_entry_id()
    answer = ana.post(section.edit(row), form)
    assert answer.status_code == 302, errors_on(answer)
    written = entries_since(before)
    assert tuple(entry.kind for entry in written) == (section.kinds_of_change or section.kinds)
    assert {entry.actor for entry in written} == {actor_name(people.ana)}
    if section.changed:
        assert section.changed in written[-1].data["changed"].split(",")


@each_section
def test_the_history_button_leads_to_those_entries(ana: Client, section: Section) -> None:
    row = section.make()
    ana.post(section.edit(row), section.change(row))
    row = section.model._default_manager.order_by("-pk")[0] if section.name == "roles" else row  # given anew
    page = ana.get(section.edit(row)).content.decode()
    address = re.search(r"/office/ledger/\?subject=[^\"]+", page)
    assert address is not None
    assert len(ana.get(address[0]).context["rows"]) >= 1


@pytest.mark.parametrize("section", REMOVABLE, ids=lambda section: section.name)
def test_taking_one_away_leaves_an_entry(ana: Client, people: Cast, section: Section) -> None:
    row = section.make()
    before = last_entry_id()
    assert ana.post(section.delete(row)).status_code == 302
    assert not type(row)._default_manager.filter(pk=row.pk).exists()
    written = entries_since(before)
    assert [entry.kind for entry in written] == [section.removal]
    assert written[0].actor == actor_name(people.ana)


@pytest.mark.parametrize("section", [s for s in SECTIONS if not s.removal], ids=lambda section: section.name)
def test_what_history_refers_to_cannot_be_taken_away(ana: Client, section: Section) -> None:
    row = section.make()
    assert ana.post(section.delete(row)).status_code == 404
    assert type(row)._default_manager.filter(pk=row.pk).exists()


@each_section
def test_an_auditor_sees_everything_and_changes_nothing(audi: Client, section: Section) -> None:
    row = section.make()
    shown = {name: getattr(row, name) for name in (field.attname for field in row._meta.concrete_fields)}
    count, before = section.count(), last_entry_id()
    assert audi.get(section.root).status_code == 200
    assert audi.get(section.inspect(row)).status_code == 200
    for address in (section.add(), section.edit(row), *([section.delete(row)] if section.removal else [])):
        assert audi.get(address).status_code == 403, address
        assert audi.post(address, {**section.new(), **section.change(row)}).status_code == 403, address
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in shown} == shown
    assert section.count() == count
    assert entries_since(before) == []


def test_an_auditor_reads_ledger_and_rejected_payloads_but_presses_nothing(audi: Client) -> None:
    for address in OWN_PAGES:
        assert audi.get(address).status_code == 200
    assert audi.post("/office/channel-accounts/1/check/").status_code == 403
    assert audi.post("/office/rejected/1/again/").status_code == 403


@each_section
def test_an_empty_form_is_shown_again_with_its_complaints(ana: Client, section: Section) -> None:
    count, before = section.count(), last_entry_id()
    answer = ana.post(section.add(), {})
    assert answer.status_code == 200
    assert errors_on(answer)
    assert (section.count(), entries_since(before)) == (count, [])


@each_section
def test_saving_without_any_change_does_no_harm(ana: Client, section: Section) -> None:
    row = section.make()
    form = ana.get(section.edit(row)).context["form"]
    values = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
    typed = {name: str(value) for name, value in values.items() if value is not False}
    answer = ana.post(section.edit(row), typed)
    assert answer.status_code == 302, errors_on(answer)
    before = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    row.refresh_from_db()
    after = {name: getattr(row, name) for name in before}
    assert {name for name in before if before[name] != after[name]} <= {"updated_at", "send_after", "sealed_secrets"}
