"""Forms for a small office: they take what people type, and a refusal loses nothing of it."""

from __future__ import annotations

import html
from datetime import date

import pytest
from django.test import Client
from django.utils import translation

from baileo.city.service_requests.models import DeadlineRule, Service
from baileo.ground.people.models import Agency, Membership, User
from baileo.ground.people.testing import Cast, a_person
from baileo.ground.places.models import Area, Landmark
from baileo.web.office.catalogue import rule_limit, rule_scope
from baileo.web.office.fields import WordsField
from baileo.web.office.testing import (
    PASSWORD,
    a_catalogue_service,
    a_landmark,
    a_province,
    a_role,
    a_rule,
    entries_since,
    errors_on,
    last_entry_id,
    section_of,
)

pytestmark = pytest.mark.django_db
STAFF, ROLES, AREAS = section_of("staff"), section_of("roles"), section_of("areas")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("lampu jalan, galap", ["lampu jalan", "galap"]),
        ("got,got ,  got", ["got"]),
        ("satu\ndua; tiga", ["satu", "dua", "tiga"]),
        (" , ,", []),
        ("", []),
    ],
)
def test_words_between_commas_become_a_list(typed: str, kept: list[str]) -> None:
    assert WordsField(required=False).clean(typed) == kept


def test_a_list_is_shown_as_words_between_commas(ana: Client) -> None:
    page = ana.get(section_of("services").edit(a_catalogue_service())).content.decode()
    assert "lampu jalan, galap</textarea>" in page
    assert "[&#x27;" not in page


def test_a_word_without_end_is_refused_with_its_beginning(ana: Client) -> None:
    services = section_of("services")
    answer = ana.post(services.add(), {**services.new(), "words": "x" * 200})
    assert any("xxx…" in error for error in errors_on(answer))


def test_words_of_a_service_are_stored_as_a_list(ana: Client) -> None:
    services = section_of("services")
    ana.post(services.add(), services.new())
    assert Service.objects.get(service_code="got").words == ["got", "selokan"]


def test_other_names_of_landmarks_and_areas_too(ana: Client) -> None:
    landmarks = section_of("landmarks")
    ana.post(landmarks.add(), {**landmarks.new(), "aliases": "gong, gong perdamaian"})
    assert Landmark.objects.get(name="Gong").aliases == ["gong", "gong perdamaian"]
    ana.post(AREAS.add(), AREAS.new())
    assert Area.objects.get(name="Kota Ambon").aliases == ["Ambon", "Amboina"]


def test_an_areas_level_and_parent_follow_from_its_code(ana: Client) -> None:
    ana.post(AREAS.add(), AREAS.new())
    city = Area.objects.get(code="81.71")
    assert (city.level, city.kind, city.parent) == ("regency", "kota", a_province())


@pytest.mark.parametrize("code", ["8171", "81.7", "abc", "81.71.01"])
def test_a_code_that_is_none_or_has_no_parent_is_refused_in_a_sentence(ana: Client, code: str) -> None:
    before = last_entry_id()
    answer = ana.post(AREAS.add(), {"code": code, "name": "Kota Ambon", "aliases": "Amboina"})
    assert answer.status_code == 200
    assert len(errors_on(answer)) == 1
    assert "Amboina" in answer.content.decode()
    assert entries_since(before) == []


def test_population_and_position_are_asked_for_in_pairs(ana: Client) -> None:
    a_province()
    lone = {**AREAS.new(), "population": "350000", "centroid_lon_deg": "128.2"}
    assert len(errors_on(ana.post(AREAS.add(), lone))) == 2


def test_a_landmark_beyond_the_earth_is_refused(ana: Client) -> None:
    landmarks = section_of("landmarks")
    answer = ana.post(landmarks.add(), {**landmarks.new(), "lon_deg": "999"})
    assert answer.status_code == 200
    assert errors_on(answer)


def test_codes_that_others_know_cannot_be_typed_over(ana: Client) -> None:
    for name, field in (
        ("services", "service_code"),
        ("service-groups", "code"),
        ("agencies", "code"),
        ("areas", "code"),
    ):
        section = section_of(name)
        row = section.make()
        was = getattr(row, field)
        ana.post(section.edit(row), {**section.change(row), field: "other"})
        row.refresh_from_db()
        assert getattr(row, field) == was


def test_a_rule_says_in_words_what_it_promises() -> None:
    with translation.override("en"):
        assert rule_limit(a_rule()) == "3 working days after it is received"
        assert rule_scope(a_rule()) == "all requests"
        service = a_catalogue_service()
        assert rule_scope(DeadlineRule(kind="complaint", service=service)) == "Lampu jalan mati, Complaint"


def test_a_rule_that_ends_before_it_begins_is_refused_once(ana: Client) -> None:
    rules = section_of("deadline-rules")
    answer = ana.post(rules.add(), {**rules.new(), "valid_to": "2025-01-01"})
    assert len(errors_on(answer)) == 1
    assert "Perwali 1/2026" in answer.content.decode()


def test_a_rule_of_no_time_is_refused(ana: Client) -> None:
    rules = section_of("deadline-rules")
    assert errors_on(ana.post(rules.add(), {**rules.new(), "amount": "0"}))


def test_the_form_of_a_rule_explains_which_rule_wins(ana: Client) -> None:
    page = ana.get("/office/deadline-rules/new/", headers={"accept-language": "en"}).content.decode()
    assert "the one for its service wins" in page
    assert 'type="date"' in page


def test_days_are_shown_the_way_the_browsers_calendar_wants_them(ana: Client) -> None:
    rule = a_rule()
    page = ana.get(section_of("deadline-rules").edit(rule)).content.decode()
    assert f'value="{rule.valid_from.isoformat()}"' in page
    assert rule.valid_from == date(2020, 1, 1)


def test_the_role_form_says_which_roles_need_an_agency(ana: Client) -> None:
    page = html.unescape(ana.get(ROLES.add(), headers={"accept-language": "en"}).content.decode())
    assert "For one agency, choose it below: Agency officer." in page
    assert "Administrator, Auditor" in page


@pytest.mark.parametrize(("role", "with_agency"), [("agency_officer", False), ("administrator", True), ("wall", True)])
def test_a_role_in_the_wrong_place_is_refused_in_one_sentence(
    ana: Client, people: Cast, role: str, with_agency: bool
) -> None:
    form = {"user": str(people.nobody.pk), "role": role, "agency": str(people.pupr.pk) if with_agency else ""}
    answer = ana.post(ROLES.add(), form)
    assert len(errors_on(answer)) == 1
    assert not Membership.objects.filter(user=people.nobody).exists()


def test_a_role_is_exchanged_in_one_go(ana: Client) -> None:
    row = a_role()
    ana.post(ROLES.edit(row), {"role": "supervisor", "agency": ""})
    assert list(Membership.objects.filter(user=row.user_id).values_list("role", flat=True)) == ["supervisor"]


def test_a_refused_exchange_leaves_the_old_role_in_place(ana: Client) -> None:
    row, before = a_role(), last_entry_id()
    answer = ana.post(ROLES.edit(row), {"role": "agency_officer", "agency": ""})
    assert len(errors_on(answer)) == 1
    assert list(Membership.objects.filter(user=row.user_id).values_list("role", flat=True)) == ["coordinator"]
    assert entries_since(before) == []


def test_an_unchanged_role_is_not_taken_and_given_again(ana: Client) -> None:
    row, before = a_role(), last_entry_id()
    assert ana.post(ROLES.edit(row), {"role": "coordinator", "agency": ""}).status_code == 302
    assert entries_since(before) == []
    assert Membership.objects.filter(pk=row.pk).exists()


def test_the_person_of_a_role_cannot_be_exchanged(ana: Client, people: Cast) -> None:
    row = a_role()
    ana.post(ROLES.edit(row), {"user": str(people.nobody.pk), "role": "supervisor", "agency": ""})
    assert not Membership.objects.filter(user=people.nobody).exists()


def test_the_last_administrator_keeps_the_role_and_hears_why(ana: Client, people: Cast) -> None:
    row = Membership.objects.get(user=people.ana)
    before = last_entry_id()
    answer = ana.post(ROLES.delete(row), follow=True)
    assert "ana" in " ".join(str(message) for message in answer.context["messages"])
    assert len(errors_on(ana.post(ROLES.edit(row), {"role": "coordinator", "agency": ""}))) == 1
    staff = {"username": "ana", "full_name": "Ana", "email": people.ana.email, "language": "id"}  # switched off
    assert len(errors_on(ana.post(STAFF.edit(people.ana), staff))) == 1
    assert Membership.objects.filter(pk=row.pk).exists()
    assert User.objects.get(pk=people.ana.pk).is_active
    assert entries_since(before) == []


def test_with_a_second_administrator_the_first_may_go(ana: Client, people: Cast) -> None:
    a_person("dua", "administrator")
    assert ana.post(ROLES.delete(Membership.objects.get(user=people.ana))).status_code == 302
    assert ana.get("/office/").status_code == 403


def test_a_new_person_gets_the_typed_password_and_a_weak_one_is_refused(ana: Client) -> None:
    answer = ana.post(STAFF.add(), {**STAFF.new(), "password": "12345"})
    assert len(errors_on(answer)) == 1
    assert "12345" not in answer.content.decode()
    assert not User.objects.filter(username="sari").exists()
    ana.post(STAFF.add(), STAFF.new())
    assert User.objects.get(username="sari").check_password(PASSWORD)


def test_saving_without_a_password_keeps_the_old_one(ana: Client) -> None:
    person = a_person("budi")
    was = person.password
    ana.post(STAFF.edit(person), STAFF.change(person))
    person.refresh_from_db()
    assert person.password == was


def test_who_changes_the_own_password_stays_signed_in(ana: Client, people: Cast) -> None:
    ana.post(STAFF.edit(people.ana), {**STAFF.change(people.ana), "password": PASSWORD})
    assert ana.get("/office/").status_code == 200


def test_closing_an_account_ends_its_sessions(ana: Client, audi: Client, people: Cast) -> None:
    form = STAFF.change(people.audi)
    del form["is_active"]
    ana.post(STAFF.edit(people.audi), form)
    assert audi.get("/office/").status_code == 302


def test_a_name_in_use_is_a_complaint_and_not_an_accident(ana: Client, people: Cast) -> None:
    answer = ana.post(STAFF.add(), {**STAFF.new(), "username": "CORA"})
    assert answer.status_code == 200
    assert errors_on(answer)


def test_agencies_that_were_switched_off_are_offered_only_where_they_stand(ana: Client, people: Cast) -> None:
    service = a_catalogue_service()
    Service.objects.filter(pk=service.pk).update(default_agency=people.pupr)
    Agency.objects.filter(pk=people.pupr.pk).update(is_active=False)
    services = section_of("services")
    option = f'<option value="{people.pupr.pk}"'
    assert option in ana.get(services.edit(service)).content.decode()
    assert option not in ana.get(services.add()).content.decode()


def test_a_landmark_finds_its_area_by_its_position(ana: Client) -> None:
    landmarks = section_of("landmarks")
    row = a_landmark()
    assert ana.post(landmarks.edit(row), landmarks.change(row)).status_code == 302


def test_lists_say_yes_and_no_and_times_with_their_zone(ana: Client, people: Cast) -> None:
    page = ana.get("/office/staff/", headers={"accept-language": "en"}).content.decode()
    assert "True" not in page
    assert "WIT" in page
