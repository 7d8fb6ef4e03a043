"""Who may do what, written out by hand so that a change of the table in `roles.py` must be meant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject
from pytest_django import DjangoAssertNumQueries

from baileo.ground.ledger.kinds import declared_kinds
from baileo.ground.people.access import NO_ACCESS, access_from
from baileo.ground.people.models import Membership, User
from baileo.ground.people.roles import ALL_PERMISSIONS, ROLE_PERMISSIONS, Role
from baileo.ground.people.selectors import (
    access_forget,
    access_of,
    agency_codes_of,
    is_wall,
    permissions_of,
    user_may,
)
from baileo.ground.people.testing import a_person, an_agency, cast

pytestmark = pytest.mark.django_db

ROLES = ["ana", "cora", "tara", "opi", "supi", "lea", "edi", "audi", "wall", "nobody"]  # see `testing.Cast`
MATRIX = """
                              ana  cora tara opi  supi lea  edi  audi wall nobody
desk.open                     yes  yes  yes  yes  yes  yes  yes  yes  -    -
service_requests.view         yes  yes  yes  yes  yes  yes  yes  yes  -    -
messages.view                 yes  yes  yes  yes  yes  yes  -    yes  -    -
places.view                   yes  yes  yes  yes  yes  yes  yes  yes  -    -
service_requests.create       yes  yes  yes  -    yes  -    -    -    -    -
service_requests.verify       yes  yes  yes  -    yes  -    -    -    -    -
service_requests.edit         yes  yes  yes  -    yes  -    -    -    -    -
service_requests.assign       yes  yes  -    -    yes  -    -    -    -    -
service_requests.reject       yes  yes  -    -    yes  -    -    -    -    -
service_requests.merge        yes  yes  -    -    yes  -    -    -    -    -
service_requests.prioritise   yes  yes  -    -    yes  -    -    -    -    -
service_requests.work         yes  yes  -    yes  yes  -    -    -    -    -
service_requests.note         yes  yes  yes  yes  yes  -    -    -    -    -
service_requests.tag          yes  yes  yes  yes  yes  -    -    -    -    -
service_requests.attach       yes  yes  yes  yes  yes  -    -    -    -    -
messages.send                 yes  yes  yes  yes  yes  -    -    -    -    -
service_requests.close        yes  yes  -    -    yes  -    -    -    -    -
service_requests.reopen       yes  yes  -    -    yes  -    -    -    -    -
service_requests.publish      yes  yes  -    -    yes  -    yes  -    -    -
service_requests.secret       yes  yes  -    -    yes  -    -    yes  -    -
people.see_contact            yes  yes  yes  -    yes  -    -    -    -    -
wall.view                     yes  yes  -    -    yes  yes  -    yes  yes  -
health.view                   yes  yes  -    -    yes  -    -    yes  -    -
office.open                   yes  -    -    -    -    -    -    yes  -    -
people.view                   yes  -    -    -    -    -    -    yes  -    -
people.audit                  yes  -    -    -    -    -    -    yes  -    -
messages.see_rejected         yes  -    -    -    -    -    -    yes  -    -
people.manage                 yes  -    -    -    -    -    -    -    -    -
places.manage                 yes  -    -    -    -    -    -    -    -    -
service_requests.configure    yes  -    -    -    -    -    -    -    -    -
messages.configure            yes  -    -    -    -    -    -    -    -    -
"""
# What an auditor holds; none of these changes anything
READS = {
    "desk.open", "service_requests.view", "messages.view", "places.view", "service_requests.secret", "wall.view",
    "health.view", "office.open", "people.view", "people.audit", "messages.see_rejected",
}  # fmt: skip
OFFICE_MODELS = [
    "people.user", "people.agency", "people.membership", "places.area", "service_requests.service",
    "service_requests.servicegroup", "service_requests.deadlinerule", "service_requests.holiday",
    "city_messages.channelaccount", "city_messages.cannedreply",
]  # fmt: skip


def cells() -> Iterator[tuple[str, str, bool]]:
    heading, *rows = MATRIX.strip().splitlines()
    assert heading.split() == ROLES
    for row in rows:
        permission, *words = row.split()
        assert len(words) == len(ROLES), permission
        yield from ((permission, who, word == "yes") for who, word in zip(ROLES, words, strict=True))


@pytest.mark.parametrize("who", ROLES)
def test_a_role_may_exactly_what_the_matrix_says(who: str) -> None:
    person = getattr(cast(), who)
    for permission, column, expected in cells():
        if column == who:
            assert person.has_perm(permission) is expected, permission
            assert user_may(person, permission) is (expected and who != "opi"), permission  # officers: not city-wide
            assert user_may(person, permission, "pupr") is expected, permission


def test_the_matrix_forgets_no_permission_and_no_role() -> None:
    assert {permission for permission, _, _ in cells()} == ALL_PERMISSIONS
    assert set(ROLE_PERMISSIONS) == set(Role.values)
    people = cast()
    held = {getattr(people, who).memberships.values_list("role", flat=True).first() for who in ROLES}
    assert held == {*Role.values, None}


class TestWithinAnAgency:
    def test_an_officer_works_for_the_own_agency_and_for_no_other(self) -> None:
        opi = cast().opi
        assert user_may(opi, "service_requests.work", "pupr")
        assert not user_may(opi, "service_requests.work", "dlhp")

    def test_an_officer_may_nothing_for_what_belongs_to_no_agency(self) -> None:
        people = cast()
        for permission in ALL_PERMISSIONS:
            assert not user_may(people.opi, permission)
            assert not user_may(people.opi, permission, "")

    def test_a_permission_of_another_role_is_not_held_in_the_own_agency_either(self) -> None:
        assert not user_may(cast().opi, "service_requests.assign", "pupr")

    def test_the_city_desk_may_for_every_agency(self) -> None:
        people = cast()
        for agency_code in ("", "pupr", "dlhp", "unknown"):
            assert user_may(people.cora, "service_requests.assign", agency_code)

    def test_a_supervisor_of_one_agency_decides_there_only(self) -> None:
        sari = a_person("sari", Role.SUPERVISOR, an_agency("pupr"))
        assert user_may(sari, "service_requests.close", "pupr")
        assert not user_may(sari, "service_requests.close", "dlhp")
        assert not user_may(sari, "service_requests.close")
        assert sari.has_perm("service_requests.close")  # somewhere: enough to show the menu, not to do it

    def test_roles_in_two_agencies_do_not_mix(self) -> None:
        mixed = a_person("mixed", Role.AGENCY_OFFICER, an_agency("pupr"))
        Membership.objects.create(user=mixed, role=Role.LEADER, agency=an_agency("dlhp"))
        assert agency_codes_of(mixed) == {"pupr", "dlhp"}
        assert user_may(mixed, "service_requests.work", "pupr")
        assert not user_may(mixed, "service_requests.work", "dlhp")
        assert user_may(mixed, "service_requests.view", "dlhp")

    def test_the_city_desk_has_no_agency(self) -> None:
        people = cast()
        assert agency_codes_of(people.cora) == frozenset()
        assert agency_codes_of(people.opi) == {"pupr"}

    def test_a_thing_of_several_agencies_is_open_to_each_of_them(self) -> None:
        people = cast()
        both = ["pupr", "dlhp"]
        assert access_of(people.opi).may_for_any("service_requests.view", both)
        assert not access_of(people.opi).may_for_any("service_requests.view", ["dlhp"])
        assert not access_of(people.opi).may_for_any("service_requests.view", [])
        assert access_of(people.cora).may_for_any("service_requests.view", [])


class TestAuditor:
    def test_holds_nothing_but_what_reads(self) -> None:
        assert permissions_of(cast().audi) == READS

    def test_sees_every_office_model_and_changes_none(self) -> None:
        audi = cast().audi
        for model in OFFICE_MODELS:
            app_label, name = model.split(".")
            assert audi.has_perm(f"{app_label}.view_{name}")
            assert not any(audi.has_perm(f"{app_label}.{verb}_{name}") for verb in ("add", "change", "delete"))


class TestWagtailsPermissions:
    def test_the_office_opens_to_those_who_hold_office_open(self) -> None:
        people = cast()
        entering = {who for who in ROLES if getattr(people, who).has_perm("wagtailadmin.access_admin")}
        assert entering == {"ana", "audi"}

    @pytest.mark.parametrize("model", OFFICE_MODELS)
    def test_only_the_administrator_changes_office_models(self, model: str) -> None:
        app_label, name = model.split(".")
        people = cast()
        for verb in ("add", "change", "delete"):
            changing = {who for who in ROLES if getattr(people, who).has_perm(f"{app_label}.{verb}_{name}")}
            assert changing == {"ana"}, verb

    @pytest.mark.parametrize("verb", ["add", "change", "delete"])
    def test_nobody_changes_requests_messages_or_the_ledger_in_the_office(self, verb: str) -> None:
        ana = cast().ana
        for model in ("service_requests.{}_servicerequest", "city_messages.{}_message", "ledger.{}_entry"):
            assert not ana.has_perm(model.format(verb))

    def test_a_room_shows_in_the_menu_when_something_in_it_may_be_done(self) -> None:
        people = cast()
        assert people.ana.has_module_perms("places")
        assert not people.wall.has_module_perms("places")

    def test_get_all_permissions_names_ours_and_djangos(self) -> None:
        named = cast().ana.get_all_permissions()
        assert {"people.manage", "people.change_user", "wagtailadmin.access_admin"} <= named
        assert cast().ana.get_group_permissions() == set()


class TestWherePowerDoesNotComeFrom:
    def test_the_database_refuses_superusers(self) -> None:
        with pytest.raises(IntegrityError, match="power_comes_from_roles"), transaction.atomic():
            User.objects.create_superuser("root", password="x")

    def test_groups_and_single_permissions_of_django_give_nothing(self) -> None:
        nobody = cast().nobody
        permission = Permission.objects.get(codename="change_user", content_type__app_label="people")
        nobody.user_permissions.add(permission)
        group = Group.objects.create(name="editors")
        group.permissions.add(permission)
        nobody.groups.add(group)
        assert not User.objects.get(pk=nobody.pk).has_perm("people.change_user")

    def test_a_closed_account_may_nothing(self) -> None:
        ana = cast().ana
        ana.is_active = False
        assert not ana.has_perm("people.manage")
        assert permissions_of(ana) == frozenset()

    def test_a_visitor_may_nothing(self) -> None:
        visitor = AnonymousUser()
        assert not visitor.has_perm("desk.open")
        assert access_of(visitor) is NO_ACCESS
        assert not user_may(visitor, "desk.open")
        assert not is_wall(visitor)

    def test_a_permission_for_one_object_is_never_claimed(self) -> None:
        people = cast()
        assert not people.ana.has_perm("people.manage", people.pupr)
        assert people.ana.get_all_permissions(people.pupr) == set()

    def test_an_unknown_permission_is_held_by_nobody(self) -> None:
        people = cast()
        assert not any(person.has_perm(name) for person in people.people() for name in ("", "x.y", "people."))

    def test_a_role_from_a_newer_release_gives_nothing(self) -> None:
        assert access_from([("emperor", None), ("emperor", "pupr")]).anywhere == frozenset()


class TestCost:
    def test_any_number_of_questions_costs_one_query(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        opi = User.objects.get(pk=cast().opi.pk)
        with django_assert_num_queries(1):
            for permission in ALL_PERMISSIONS:
                opi.has_perm(permission)
                user_may(opi, permission, "pupr")
            opi.has_perm("people.change_user")
            agency_codes_of(opi)

    def test_the_lazy_user_of_a_request_remembers_too(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        opi = User.objects.get(pk=cast().opi.pk)
        request = RequestFactory().get("/")
        request.user = SimpleLazyObject(lambda: opi)  # type: ignore[assignment]
        with django_assert_num_queries(1):
            assert user_may(request.user, "service_requests.work", "pupr")
            assert request.user.has_perm("service_requests.work")

    def test_a_new_role_counts_after_forgetting(self) -> None:
        nobody = cast().nobody
        assert not nobody.has_perm("desk.open")
        Membership.objects.create(user=nobody, role=Role.LEADER)
        access_forget(nobody)
        access_forget(nobody)  # twice does no harm
        assert nobody.has_perm("desk.open")


def test_every_kind_in_the_ledger_is_shown_by_a_permission_that_a_role_holds() -> None:
    assert set(declared_kinds().values()) <= ALL_PERMISSIONS


def test_the_wall_is_known_by_what_it_may_not_by_its_role() -> None:
    people = cast()
    assert [who for who in ROLES if is_wall(getattr(people, who))] == ["wall"]
