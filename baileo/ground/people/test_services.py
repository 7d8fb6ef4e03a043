"""Accounts, roles and agencies: one entry for each change, and the ways in which it must not go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.utils import translation

from baileo.core.errors import InvalidInput, PermissionRefused, SettingsRefused
from baileo.ground.ledger.models import Entry
from baileo.ground.people.errors import LastAdministrator, RoleNotPossible
from baileo.ground.people.models import Agency, Membership, User
from baileo.ground.people.roles import Role
from baileo.ground.people.services import (
    agency_save,
    first_administrator,
    membership_give,
    membership_take,
    second_factor_forget,
    starter_agencies_load,
    user_deactivate,
    user_save,
    user_set_password,
)
from baileo.ground.people.services.agencies import starter_rows
from baileo.ground.people.testing import PASSWORD, Cast, a_person, cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


GOOD = "perahu-semang-biru"


def entries() -> list[tuple[str, str, str]]:
    return list(Entry.objects.order_by("id").values_list("kind", "subject", "actor"))


def last_data() -> dict[str, object]:
    data: dict[str, object] = Entry.objects.latest("id").data
    return data


class TestAccounts:
    def test_a_new_account_is_recorded_with_who_made_it_and_which_fields(self) -> None:
        ana = cast().ana
        user = user_save(user=User(username="budi", full_name="Budi P.", email="Budi@Ambon.example"), actor=ana)
        assert entries() == [("people.user_saved", f"user:{user.pk}", f"user:{ana.pk}")]
        assert last_data() == {"changed": "password,username,email,full_name"}

    def test_the_ledger_never_holds_a_name_an_address_or_a_password(self) -> None:
        user = User(username="budi", full_name="Budi P.", email="budi@ambon.example")
        user_save(user=user, actor=cast().ana, password=GOOD)
        stored = str(list(Entry.objects.values()))
        for secret in ("budi", "Budi", "ambon.example", GOOD):
            assert secret not in stored

    def test_a_change_names_only_what_changed(self) -> None:
        people = cast()
        people.tara.full_name = "Tara T."
        user_save(user=people.tara, actor=people.ana)
        assert last_data() == {"changed": "full_name"}

    def test_an_account_without_password_cannot_be_entered_by_one(self) -> None:
        user = user_save(user=User(username="budi"), actor=cast().ana)
        assert not user.has_usable_password()

    def test_the_address_is_stored_in_small_letters_and_vouched_for(self) -> None:
        user = user_save(user=User(username="budi", email=" Budi@Ambon.example "), actor=cast().ana)
        assert user.email == "budi@ambon.example"
        assert EmailAddress.objects.get(user=user).verified

    def test_a_new_address_replaces_the_old_one(self) -> None:
        ana = cast().ana
        user = user_save(user=User(username="budi", email="old@ambon.example"), actor=ana)
        user.email = "new@ambon.example"
        user_save(user=user, actor=ana)
        assert list(EmailAddress.objects.values_list("email", flat=True).filter(user=user)) == ["new@ambon.example"]

    @pytest.mark.parametrize("values", [{"username": "TARA"}, {"username": "x", "email": "Tara@Ambon.Example"}])
    def test_names_and_addresses_differ_by_more_than_the_case_of_letters(self, values: dict[str, str]) -> None:
        people = cast()
        with pytest.raises(InvalidInput, match="Another account has this"):
            user_save(user=User(**values), actor=people.ana)
        assert entries() == []

    def test_a_wrong_field_is_named_without_repeating_what_was_typed(self) -> None:
        with pytest.raises(InvalidInput, match="email") as caught:
            user_save(user=User(username="budi", email="not-an-address"), actor=cast().ana)
        assert "not-an-address" not in str(caught.value)

    @pytest.mark.parametrize("easy", ["short", "123456789012", "password1234", "budi-budi-budi"])
    def test_an_easy_password_is_refused_and_nothing_is_stored(self, easy: str) -> None:
        with pytest.raises(InvalidInput):
            user_save(user=User(username="budi-budi-budi"), actor=cast().ana, password=easy)
        assert not User.objects.filter(username="budi-budi-budi").exists()

    def test_a_new_password_is_recorded_as_a_fact_without_details(self) -> None:
        people = cast()
        user_set_password(user=people.tara, password=GOOD, actor=people.ana)
        assert User.objects.get(pk=people.tara.pk).check_password(GOOD)
        assert entries() == [("people.password_set", f"user:{people.tara.pk}", f"user:{people.ana.pk}")]
        assert last_data() == {}

    def test_an_easy_new_password_leaves_the_old_one(self) -> None:
        people = cast()
        with pytest.raises(InvalidInput):
            user_set_password(user=people.tara, password="short", actor=people.ana)
        assert User.objects.get(pk=people.tara.pk).check_password(PASSWORD)

    def test_a_lost_second_factor_can_be_forgotten(self) -> None:
        people = cast()
        Authenticator.objects.create(user=people.tara, type=Authenticator.Type.TOTP, data={"secret": "x"})
        second_factor_forget(user=people.tara, actor=people.ana)
        assert not Authenticator.objects.exists()
        assert entries() == [("people.second_factor_forgotten", f"user:{people.tara.pk}", f"user:{people.ana.pk}")]

    def test_a_process_may_act_under_its_own_name(self) -> None:
        user_save(user=User(username="budi"), actor="system:set-up")
        assert Entry.objects.get().actor == "system:set-up"


class TestTheLastAdministrator:
    def test_cannot_be_closed(self) -> None:
        ana = cast().ana
        with pytest.raises(LastAdministrator, match="Make somebody else administrator first"):
            user_deactivate(user=ana, actor=ana)
        assert User.objects.get(pk=ana.pk).is_active
        assert entries() == []

    def test_cannot_lose_the_role(self) -> None:
        ana = cast().ana
        with pytest.raises(LastAdministrator):
            membership_take(membership=ana.memberships.get(), actor=ana)
        assert ana.memberships.exists()

    def test_may_go_when_another_one_is_there(self) -> None:
        people = cast()
        membership_give(user=people.cora, role=Role.ADMINISTRATOR, actor=people.ana)
        user_deactivate(user=people.ana, actor=people.ana)
        assert not User.objects.get(pk=people.ana.pk).is_active

    def test_is_not_saved_by_a_closed_colleague(self) -> None:
        people = cast()
        membership_give(user=people.cora, role=Role.ADMINISTRATOR, actor=people.ana)
        user_deactivate(user=people.cora, actor=people.ana)
        with pytest.raises(LastAdministrator):
            user_deactivate(user=people.ana, actor=people.ana)

    def test_does_not_stand_in_the_way_of_closing_others(self) -> None:
        user_deactivate(user=a_person("tara", Role.CALL_TAKER), actor="system:test")
        assert not User.objects.get(username="tara").is_active


class TestRoles:
    def test_a_role_given_is_recorded_with_its_agency(self) -> None:
        people = cast()
        membership_give(user=people.nobody, role=Role.AGENCY_OFFICER, agency=people.pupr, actor=people.ana)
        assert entries() == [("people.membership_given", f"user:{people.nobody.pk}", f"user:{people.ana.pk}")]
        assert last_data() == {"role": "agency_officer", "agency_code": "pupr"}

    def test_a_new_role_counts_at_once(self) -> None:
        people = cast()
        assert not people.nobody.has_perm("desk.open")
        membership_give(user=people.nobody, role=Role.LEADER, actor=people.ana)
        assert people.nobody.has_perm("desk.open")

    def test_a_role_given_twice_is_one_role_and_one_entry(self) -> None:
        people = cast()
        for _ in range(2):
            membership_give(user=people.nobody, role=Role.LEADER, actor=people.ana)
        assert people.nobody.memberships.count() == len(entries()) == 1

    def test_a_role_taken_is_recorded_and_ends_its_power(self) -> None:
        people = cast()
        membership = people.opi.memberships.get()
        membership_take(membership=membership, actor=people.ana)
        assert entries() == [("people.membership_taken", f"user:{people.opi.pk}", f"user:{people.ana.pk}")]
        assert not User.objects.get(pk=people.opi.pk).has_perm("desk.open")

    def test_a_role_taken_twice_is_recorded_once(self) -> None:
        people = cast()
        membership = people.opi.memberships.get()
        same = Membership.objects.get(pk=membership.pk)
        membership_take(membership=membership, actor=people.ana)
        membership_take(membership=same, actor=people.ana)
        assert len(entries()) == 1

    def test_an_officer_needs_an_agency(self) -> None:
        people = cast()
        with pytest.raises(RoleNotPossible, match="Choose the agency"):
            membership_give(user=people.nobody, role=Role.AGENCY_OFFICER, actor=people.ana)

    @pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.CALL_TAKER, Role.COORDINATOR, Role.WALL])
    def test_a_role_of_the_whole_city_takes_no_agency(self, role: str) -> None:
        people = cast()
        with pytest.raises(RoleNotPossible, match="Leave the agency empty"):
            membership_give(user=people.nobody, role=role, agency=people.pupr, actor=people.ana)

    @pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.LEADER, Role.EDITOR])
    def test_some_roles_are_held_for_the_city_or_for_an_agency(self, role: str) -> None:
        people = cast()
        for agency in (None, people.pupr):
            membership_give(user=people.nobody, role=role, agency=agency, actor=people.ana)
        assert people.nobody.memberships.count() == 2

    @pytest.mark.parametrize("role", ["emperor", "", "Administrator"])
    def test_an_unknown_role_is_refused(self, role: str) -> None:
        people = cast()
        with pytest.raises(RoleNotPossible, match="no role"):
            membership_give(user=people.nobody, role=role, actor=people.ana)

    def test_a_wall_screen_can_be_nothing_else(self) -> None:
        people = cast()
        with pytest.raises(RoleNotPossible, match="separate account"):
            membership_give(user=people.wall, role=Role.LEADER, actor=people.ana)

    def test_who_works_cannot_be_a_wall_screen(self) -> None:
        people = cast()
        with pytest.raises(RoleNotPossible, match="separate account"):
            membership_give(user=people.lea, role=Role.WALL, actor=people.ana)

    @pytest.mark.parametrize(("role", "has_agency"), [("agency_officer", False), ("wall", True), ("auditor", True)])
    def test_the_database_knows_these_rules_too(self, role: str, has_agency: bool) -> None:
        people = cast()
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.create(user=people.nobody, role=role, agency=people.pupr if has_agency else None)


class TestAgencies:
    def test_an_agency_is_recorded_by_its_code(self) -> None:
        ana = cast().ana
        agency_save(agency=Agency(code="damkar", name="Dinas Pemadam", short_name="Damkar"), actor=ana)
        assert entries() == [("people.agency_saved", "agency:damkar", f"user:{ana.pk}")]

    def test_a_change_names_only_what_changed(self) -> None:
        people = cast()
        people.pupr.is_active = False
        agency_save(agency=people.pupr, actor=people.ana)
        assert last_data() == {"changed": "is_active"}

    def test_a_code_that_requests_know_cannot_be_changed(self) -> None:
        people = cast()
        people.pupr.code = "pu"
        with pytest.raises(InvalidInput, match="stays as it is"):
            agency_save(agency=people.pupr, actor=people.ana)
        assert Agency.objects.filter(code="pupr").exists()

    def test_two_agencies_cannot_share_a_code(self) -> None:
        ana = cast().ana
        with pytest.raises(InvalidInput, match="code"):
            agency_save(agency=Agency(code="pupr", name="x", short_name="x"), actor=ana)


class TestStarterCity:
    def test_ambons_agencies_are_there_after_the_first_start_each_with_its_source(self) -> None:
        added = starter_agencies_load()
        assert added == Agency.objects.count() == len(entries()) == 21
        confirmed = Agency.objects.exclude(kind="external")
        assert confirmed.count() == 19
        assert all(agency.source.startswith("https://") for agency in confirmed)
        assert {entry[2] for entry in entries()} == {"system:starter"}

    def test_the_codes_are_those_that_requests_and_rules_use(self) -> None:
        assert [row["code"] for row in starter_rows("81.71")] == [
            "diskominfo", "dlhp", "satpolpp", "dishub", "perkim", "damkar", "bpbd", "dinkes", "pupr", "perikanan",
            "perindag", "koperasi", "perpustakaan", "dispora", "disnaker", "disparbud", "inspektorat", "setwan",
            "kesbangpol", "pln", "pdam",
        ]  # fmt: skip

    def test_bodies_outside_the_city_hall_are_marked_and_nothing_is_claimed_of_them(self) -> None:
        outside = [row for row in starter_rows("81.71") if row["kind"] == "external"]
        assert {row["name"] for row in outside} == {"PLN", "PDAM"}
        assert {(row["duty"], row["source"]) for row in outside} == {("", "public utility")}

    def test_a_second_start_adds_nothing_and_keeps_what_the_office_changed(self) -> None:
        starter_agencies_load()
        Agency.objects.filter(code="pupr").update(name="Dinas Pekerjaan Umum")
        Agency.objects.filter(code="setwan").update(code="sekwan")
        assert starter_agencies_load() == 1
        assert Agency.objects.get(code="pupr").name == "Dinas Pekerjaan Umum"

    def test_a_city_without_facts_starts_empty(self) -> None:
        assert starter_rows("81.01") == []


class TestFirstAdministrator:
    def test_is_made_once_with_a_password_to_show(self) -> None:
        username, password = first_administrator()
        user = User.objects.get(username=username)
        assert password is not None
        assert user.check_password(password)
        assert user.has_perm("people.manage")
        assert first_administrator() == (username, None)

    def test_a_given_password_is_used_and_not_shown_again(self) -> None:
        username, shown = first_administrator(GOOD)
        assert shown is None
        assert User.objects.get(username=username).check_password(GOOD)

    def test_an_existing_administrator_keeps_the_own_password(self) -> None:
        ana = cast().ana
        assert first_administrator(GOOD) == ("ana", None)
        assert User.objects.get(pk=ana.pk).check_password(PASSWORD)

    def test_an_easy_given_password_is_refused_by_the_name_of_its_setting(self) -> None:
        with pytest.raises(SettingsRefused, match="BAILEO_ADMIN_PASSWORD") as caught:
            first_administrator("kecil")
        assert "kecil" not in str(caught.value)
        assert not User.objects.exists()

    def test_a_closed_account_of_that_name_is_opened_again(self) -> None:
        a_person("admin")
        User.objects.update(is_active=False)
        assert first_administrator()[0] == "admin"
        assert User.objects.get().is_active

    def test_has_no_power_but_its_role(self) -> None:
        first_administrator()
        user = User.objects.get()
        assert (user.is_superuser, user.is_staff) == (False, False)


Deed = Callable[[Cast, User], object]
DEEDS: dict[str, Deed] = {
    "save an account": lambda people, actor: user_save(user=people.nobody, actor=actor),
    "make an account": lambda people, actor: user_save(user=User(username="new"), actor=actor),
    "close an account": lambda people, actor: user_deactivate(user=people.nobody, actor=actor),
    "set a password": lambda people, actor: user_set_password(user=people.nobody, password=GOOD, actor=actor),
    "forget a factor": lambda people, actor: second_factor_forget(user=people.nobody, actor=actor),
    "give a role": lambda people, actor: membership_give(user=people.nobody, role=Role.LEADER, actor=actor),
    "take a role": lambda people, actor: membership_take(membership=people.opi.memberships.get(), actor=actor),
    "save an agency": lambda people, actor: agency_save(agency=people.pupr, actor=actor),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("who", ["cora", "tara", "opi", "supi", "lea", "edi", "audi", "wall", "nobody"])
def test_whoever_does_not_manage_accounts_is_refused_and_nothing_happens(who: str, deed: str) -> None:
    people = cast()
    before = list(User.objects.order_by("pk").values()), list(Membership.objects.order_by("pk").values())
    with pytest.raises(PermissionRefused, match="Ask an administrator"):
        DEEDS[deed](people, getattr(people, who))
    assert before == (list(User.objects.order_by("pk").values()), list(Membership.objects.order_by("pk").values()))
    assert entries() == []


@pytest.mark.parametrize("deed", DEEDS)
def test_the_administrator_may_do_all_of_it(deed: str) -> None:
    people = cast()
    DEEDS[deed](people, people.ana)
    assert Entry.objects.get().actor == f"user:{people.ana.pk}"
