"""From a session to what its person may be told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from baileo.core.clock import now
from baileo.ground.people.access import access_from
from baileo.ground.people.models import Membership
from baileo.ground.people.roles import Role
from baileo.ground.people.testing import a_person, an_agency, cast
from baileo.web.api.stream.viewer import Viewer, viewer_of
from baileo.web.api.testing import session_of

pytestmark = pytest.mark.django_db


def key_of(username: str, role: str = Role.COORDINATOR) -> str:
    [key] = session_of(a_person(username, role)).values()
    return key


def test_a_signed_in_person_is_found_with_all_their_roles() -> None:
    opi = a_person("opi", Role.AGENCY_OFFICER, an_agency("pupr"))
    Membership.objects.create(user=opi, role=Role.LEADER)
    viewer = viewer_of(session_of(opi)["sessionid"])
    assert viewer is not None
    assert viewer.user_id == opi.pk
    assert viewer.access == access_from([(Role.AGENCY_OFFICER, "pupr"), (Role.LEADER, None)])
    assert viewer.holds("service_requests.work")
    assert not viewer.holds("people.manage")


@pytest.mark.parametrize("key", ["", "x", "not-a-session-key-at-all", "../../etc/passwd", "\0"])
def test_no_key_and_a_guessed_one_are_nobody(key: str) -> None:
    assert viewer_of(key.replace("\0", "0")) is None


def test_an_ended_session_is_nobody() -> None:
    key = key_of("cora")
    Session.objects.update(expire_date=now() - timedelta(seconds=1))
    assert viewer_of(key) is None


def test_a_new_password_ends_what_was_open_before() -> None:
    key = key_of("cora")
    cora = a_person("cora")
    cora.set_password("baru sekali")
    cora.save()
    assert viewer_of(key) is None


def test_a_closed_account_is_nobody_and_one_without_role_may_nothing() -> None:
    key = key_of("cora")
    person = a_person("cora")
    person.is_active = False
    person.save()
    assert viewer_of(key) is None
    nobody = viewer_of(session_of(cast().nobody)["sessionid"])
    assert nobody is not None
    assert not nobody.access.anywhere


def test_the_same_rights_are_equal_so_that_a_change_is_seen() -> None:
    key = key_of("cora")
    before = viewer_of(key)
    assert before == viewer_of(key)
    Membership.objects.filter(user__username="cora").update(role=Role.CALL_TAKER)
    assert before != viewer_of(key)


def test_asking_costs_few_queries(django_assert_max_num_queries: pytest.FixtureLookupError) -> None:
    key = key_of("cora")
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        viewer_of(key)


@pytest.mark.parametrize(
    ("roles", "agencies", "is_confidential", "sees"),
    [
        ([("call_taker", None)], [], False, True),
        ([("call_taker", None)], ["pupr"], False, True),
        ([("call_taker", None)], ["pupr"], True, False),
        ([("supervisor", None)], [], True, True),
        ([("supervisor", "pupr")], ["pupr"], True, True),
        ([("supervisor", "pupr")], ["dlhp"], False, False),
        ([("supervisor", "pupr"), ("call_taker", None)], ["dlhp"], False, True),
        ([("supervisor", "pupr"), ("call_taker", None)], ["dlhp"], True, False),
        ([("editor", "pupr")], ["dlhp", "pupr"], False, True),
        ([], ["pupr"], False, False),
    ],
)
def test_city_and_agency_rights_add_up_but_do_not_mix(
    roles: list[tuple[str, str | None]], agencies: list[str], is_confidential: bool, sees: bool
) -> None:
    viewer = Viewer(1, access_from(roles))
    assert viewer.may_see("service_requests.view", agencies, is_confidential=is_confidential) is sees
