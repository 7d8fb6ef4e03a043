from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from pytest_django import DjangoAssertNumQueries

from baileo.ground.people.models import Agency, Membership, User
from baileo.ground.people.roles import Role
from baileo.ground.people.selectors import (
    actor_name,
    agency_get,
    agency_list,
    members_of,
    needs_mfa,
    staff_on,
    staff_with,
    user_may,
)
from baileo.ground.people.testing import Cast, a_person, an_agency, cast

pytestmark = pytest.mark.django_db


def names(people: object) -> list[str]:
    return [person.username for person in people]  # type: ignore[attr-defined]


def test_agencies_come_by_name_without_those_switched_off() -> None:
    an_agency("b", name="Badan B")
    an_agency("a", name="Badan A")
    Agency.objects.create(code="old", name="Old", short_name="Old", is_active=False)
    assert [agency.code for agency in agency_list()] == ["a", "b"]
    assert [agency.code for agency in agency_list(with_inactive=True)] == ["a", "b", "old"]


def test_an_agency_is_found_by_its_code_or_not_at_all() -> None:
    assert agency_get("pupr") is None
    assert agency_get(an_agency("pupr").code) is not None


def test_the_members_of_an_agency_come_with_their_people_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = cast()
    a_person("andi", Role.SUPERVISOR, people.pupr)
    with django_assert_num_queries(1):
        assert [(one.user.username, one.role, str(one.agency)) for one in members_of("pupr")] == [
            ("andi", "supervisor", "PUPR"),
            ("opi", "agency_officer", "PUPR"),
        ]


def test_work_of_an_agency_is_given_to_its_active_people_only() -> None:
    people = cast()
    a_person("andi", Role.AGENCY_OFFICER, people.pupr)
    User.objects.filter(username="andi").update(is_active=False)
    assert names(staff_on("pupr")) == ["opi"]


def test_a_person_with_two_roles_in_an_agency_is_named_once() -> None:
    people = cast()
    Membership.objects.create(user=people.opi, role=Role.SUPERVISOR, agency=people.pupr)
    assert names(staff_on("pupr")) == ["opi"]
    assert names(staff_with("service_requests.work", "pupr")).count("opi") == 1


@pytest.mark.parametrize("agency_code", ["", "pupr", "dlhp"])
@pytest.mark.parametrize("permission", ["service_requests.work", "people.manage", "wall.view", "nothing.at_all"])
def test_staff_with_names_those_whom_user_may_names(permission: str, agency_code: str) -> None:
    people = cast()
    expected = {person.username for person in people.people() if user_may(person, permission, agency_code)}
    assert set(names(staff_with(permission, agency_code))) == expected


class TestReminderOfTheSecondFactor:
    @pytest.fixture
    def people(self) -> Cast:
        return cast()

    def test_reaches_those_who_manage_or_read_everything(self, people: Cast) -> None:
        assert {person.username for person in people.people() if needs_mfa(person)} == {"ana", "audi"}

    def test_ends_with_an_authenticator_app(self, people: Cast) -> None:
        Authenticator.objects.create(user=people.ana, type=Authenticator.Type.TOTP, data={})
        assert not needs_mfa(people.ana)

    def test_does_not_end_with_recovery_codes_alone(self, people: Cast) -> None:
        Authenticator.objects.create(user=people.ana, type=Authenticator.Type.RECOVERY_CODES, data={})
        assert needs_mfa(people.ana)


def test_the_ledger_names_people_by_number_and_processes_by_name() -> None:
    ana = cast().ana
    assert actor_name(ana) == f"user:{ana.pk}"
    assert actor_name("system:worker") == "system:worker"


def test_things_name_themselves_for_people() -> None:
    people = cast()
    assert str(people.ana) == people.ana.get_full_name() == people.ana.get_short_name() == "Ana"
    assert str(User(username="plain")) == "plain"
    assert str(Agency(name="Dinas PUPR")) == "Dinas PUPR"
    assert str(people.opi.memberships.get()) == "agency_officer @ PUPR"
    assert str(people.ana.memberships.get()) == "administrator @ -"
