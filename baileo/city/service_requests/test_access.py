"""Who may do what to whose request: every service against every role, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from baileo.city.service_requests import selectors, services
from baileo.city.service_requests.models import DeadlineRule, Holiday, Service, ServiceGroup, ServiceRequest
from baileo.city.service_requests.testing import a_request, a_service, a_talk, says, step
from baileo.city.service_requests.workflow import State
from baileo.core.errors import NotFound, PermissionRefused
from baileo.core.images import CleanImage
from baileo.ground.ledger.models import Entry
from baileo.ground.people.models import User
from baileo.ground.people.testing import Cast, an_agency, cast

pytestmark = pytest.mark.django_db
ROLES = ("ana", "cora", "tara", "opi", "odi", "supi", "lea", "edi", "audi", "wall", "nobody")
DESK = {"ana", "cora", "supi"}  # administrator, coordinator, supervisor
PNG = b"\x89PNG"
TAKERS = DESK | {"tara"}
OWN = DESK | {"opi"}  # the responsible agency's officer works on its own requests


@dataclass(frozen=True)
class Deed:
    """One service, on a request in one state; `allowed` are the people who may, everybody else is refused."""

    name: str
    allowed: frozenset[str] | set[str]
    run: Callable[[User, ServiceRequest], Any]
    state: str = State.ASSIGNED


def moving(name: str, **more: Any) -> Callable[[User, ServiceRequest], Any]:
    service = getattr(services, name)
    return lambda actor, request: service(number=request.number, seen_version=request.version, actor=actor, **more)


DEEDS = [
    Deed("create", TAKERS, lambda actor, _request: services.request_create(actor=actor, description="Got pampat")),
    Deed("verify", TAKERS, moving("request_verify"), State.NEW),
    Deed("assign", DESK, moving("request_assign", agency_code="pupr"), State.NEW),
    Deed("assign again", DESK, moving("request_assign", agency_code="dlhp")),
    Deed("accept", OWN, moving("request_accept")),
    Deed("return", OWN, moving("request_return", reason="Bukan jalan kota")),
    Deed("start", OWN, moving("request_start"), State.ACCEPTED),
    Deed("ask from the desk", TAKERS, moving("request_ask_information", reason="Di mana?"), State.NEW),
    Deed("ask from the agency", OWN, moving("request_ask_information", reason="Di mana?")),
    Deed("resume", TAKERS, moving("request_resume"), State.NEEDS_INFORMATION),
    Deed("resolve", OWN, moving("request_resolve", answer="Sudah diganti"), State.IN_PROGRESS),
    Deed("close", DESK, moving("request_close"), State.RESOLVED),
    Deed("reject", DESK, moving("request_reject", reason="Milik PLN", refer_to="PLN 123"), State.NEW),
    Deed("reopen", DESK, moving("request_reopen", reason="Masih gelap"), State.CLOSED),
    Deed(
        "merge",
        DESK,
        lambda actor, request: services.request_mark_duplicate(
            number=request.number, seen_version=request.version, actor=actor, original=a_request().number
        ),
        State.NEW,
    ),
    Deed("edit", TAKERS, moving("request_edit", title="Lampu di pasar")),
    Deed("prioritise", DESK, moving("request_set_priority", priority="high")),
    Deed("tag", TAKERS | {"opi"}, moving("request_set_tags", tags=["pasar"])),
    Deed("hand over", OWN, moving("request_set_assignee", assignee_id=None)),
    Deed(
        "note", TAKERS | {"opi"}, lambda a, r: services.request_add_note(number=r.number, actor=a, text="Sudah dicek")
    ),
    Deed("reveal", TAKERS, lambda a, r: services.contact_reveal(number=r.number, actor=a)),
    Deed("publish", DESK | {"edi"}, moving("request_publish", public_text="Lampu jalan mati di pasar")),
    Deed("unpublish", DESK | {"edi"}, moving("request_unpublish", reason="Salah")),
    Deed(
        "reply",
        TAKERS | {"opi"},
        lambda a, r: services.request_reply(number=r.number, actor=a, text="Kami cek", client_id=uuid4()),
    ),
    Deed("attach", TAKERS | {"opi"}, lambda a, r: services.request_attach_proof(number=r.number, actor=a, data=PNG)),
    Deed("link", TAKERS, lambda a, r: services.message_link(message_id=says("dua").pk, number=r.number, actor=a)),
    Deed(
        "make request",
        TAKERS,
        lambda a, _r: services.message_make_request(message_id=says("Pohon tumbang").pk, actor=a),
    ),
    Deed("let be", TAKERS, lambda a, r: services.conversation_let_be(conversation_id=r.conversation_id or 0, actor=a)),
]


@pytest.fixture
def people() -> Cast:
    return cast()


@pytest.fixture(autouse=True)
def any_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures have their own tests; here a few bytes will do."""
    module = "baileo.city.service_requests.services.proving"
    monkeypatch.setattr(f"{module}.inspect_upload", lambda data: type("Kind", (), {"group": "image"})())
    monkeypatch.setattr(f"{module}.clean_image", lambda data: CleanImage(data, "image/png", 1, 1))


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
def test_each_service_is_open_to_those_named_and_refused_to_everybody_else(deed: Deed, people: Cast) -> None:
    talk = a_talk(f"about-{deed.name}")
    request = a_request(deed.state, conversation_id=talk.pk)
    for name in ROLES:
        person: User = getattr(people, name)
        if name not in deed.allowed:
            before = _written()
            with pytest.raises((PermissionRefused, NotFound)):
                deed.run(person, request)
            assert _written() - before <= 1, name  # at most the second request that the deed needs
    untouched = ServiceRequest.objects.get(pk=request.pk)
    assert (untouched.state, untouched.version) == (request.state, request.version)
    for name in deed.allowed:
        deed.run(getattr(people, name), a_request(deed.state, conversation_id=talk.pk))


def _written() -> int:
    return Entry.objects.filter(kind__startswith="service_request").count()


CONFIGURING: dict[str, Callable[[User], Any]] = {
    "group": lambda a: services.service_group_save(actor=a, group=ServiceGroup(code="x", name="X")),
    "service": lambda a: services.service_save(actor=a, service=a_service()),
    "rule": lambda a: services.deadline_rule_save(
        actor=a,
        rule=DeadlineRule(
            target="verify_by",
            start_event="requested",
            amount=1,
            unit="hours",
            valid_from=date(2026, 1, 1),
            source="uji",
        ),
    ),
    "holiday": lambda a: services.holiday_save(actor=a, holiday=Holiday(on=date(2026, 9, 7), name="HUT Kota Ambon")),
    "load": lambda a: services.catalogue_load(actor=a),
}


@pytest.mark.parametrize("name", CONFIGURING)
def test_only_administrators_change_the_catalogue_and_the_promises(name: str, people: Cast) -> None:
    for person in people.people():
        if person == people.ana:
            CONFIGURING[name](person)
        else:
            with pytest.raises(PermissionRefused):
                CONFIGURING[name](person)
            Service.objects.filter(service_code="never").delete()


def test_a_saved_filter_needs_the_sight_of_requests(people: Cast) -> None:
    services.saved_filter_save(actor=people.lea, name="Got", query={"q": "got"})
    with pytest.raises(PermissionRefused):
        services.saved_filter_save(actor=people.wall, name="Got", query={})


# --- what exists for whom ---


def seen_by(person: User) -> set[str]:
    return set(selectors.visible_requests(person).values_list("number", flat=True))


def test_people_of_an_agency_see_what_is_theirs_and_nothing_else(people: Cast) -> None:
    ours, theirs, nobodys = a_request(State.ASSIGNED), a_request(State.ASSIGNED, agency="dlhp"), a_request()
    assert seen_by(people.opi) == {ours.number}
    assert seen_by(people.odi) == {theirs.number}
    assert seen_by(people.cora) == {ours.number, theirs.number, nobodys.number}


def test_a_confidential_request_exists_only_for_the_cleared_and_for_those_who_do_the_work(people: Cast) -> None:
    request = a_request(State.ASSIGNED, is_confidential=True)
    allowed = {"ana", "cora", "supi", "audi", "opi"}
    for name in ROLES:
        person: User = getattr(people, name)
        assert (request.number in seen_by(person)) == (name in allowed), name
        if name in allowed:
            assert selectors.request_get(person, request.number) == request
        else:
            with pytest.raises(NotFound):
                selectors.request_get(person, request.number)


def test_what_must_not_be_seen_is_not_found_rather_than_refused(people: Cast) -> None:
    request = a_request(is_confidential=True)
    with pytest.raises(NotFound) as hidden:
        services.request_verify(number=request.number, seen_version=1, actor=people.tara)
    with pytest.raises(NotFound) as missing:
        services.request_verify(number="2026-999999", seen_version=1, actor=people.tara)
    assert str(hidden.value).replace(request.number, "N") == str(missing.value).replace("2026-999999", "N")


def test_when_an_agency_gives_a_request_back_it_is_gone_for_them(people: Cast) -> None:
    request = a_request(State.ASSIGNED)
    services.request_return(
        number=request.number, seen_version=request.version, actor=people.opi, reason="Jalan negara"
    )
    assert seen_by(people.opi) == set()
    entry = Entry.objects.latest("id")
    assert entry.agencies == ["pupr"]  # so that their open pages hear of it


def test_wall_screens_and_people_without_a_role_see_no_request(people: Cast) -> None:
    a_request()
    assert seen_by(people.wall) == seen_by(people.nobody) == set()


def test_the_reporter_of_an_anonymous_request_stays_unknown_to_agencies(people: Cast) -> None:
    talk = a_talk("oca", name="Oca Pattimura", phone="+6281234567808")
    request = a_request(State.ASSIGNED, conversation_id=talk.pk, is_anonymous=True)
    theirs = selectors.request_detail(people.opi, request.number).contact
    assert (theirs.name, theirs.phone, theirs.is_hidden, theirs.may_reveal) == ("", "", True, False)
    ours = selectors.request_detail(people.cora, request.number).contact
    assert ours.may_reveal
    assert "Oca" not in ours.name
    assert "4567" not in ours.phone


def test_a_named_reporter_is_shown_with_a_masked_number(people: Cast) -> None:
    talk = a_talk("oca", name="Oca", phone="+6281234567808")
    request = a_request(State.ASSIGNED, conversation_id=talk.pk)
    contact = selectors.request_detail(people.opi, request.number).contact
    assert contact.name == "Oca"
    assert "4567" not in contact.phone
    editor = selectors.request_detail(people.edi, request.number)
    assert editor.contact.name == "O•••"  # reads no messages
    assert editor.thread == []


def test_people_of_an_agency_read_only_the_messages_of_their_request(people: Cast) -> None:
    first = says("Lampu jalan mati di pasar", sender="oca")
    other = says("Beta mo batanya soal KTP", sender="oca")
    request = a_request(State.ASSIGNED, conversation_id=first.conversation_id, message_ids=[first.pk])
    theirs = [item.message.pk for item in selectors.request_detail(people.opi, request.number).thread]
    ours = [item.message.pk for item in selectors.request_detail(people.cora, request.number).thread]
    assert other.pk not in theirs
    assert {first.pk, other.pk} <= set(ours)


def test_each_look_at_a_contact_is_recorded_for_the_auditor_only(people: Cast) -> None:
    talk = a_talk("oca", name="Oca", phone="+6281234567808")
    request = a_request(conversation_id=talk.pk)
    assert services.contact_reveal(number=request.number, actor=people.cora).phone == "+6281234567808"
    entry = Entry.objects.get(kind="service_request.contact_seen")
    assert (entry.subject, entry.actor) == (request.number, f"user:{people.cora.pk}")
    seen = [item.detail.get("kind") for item in selectors.request_detail(people.audi, request.number).timeline]
    hidden = [item.detail.get("kind") for item in selectors.request_detail(people.cora, request.number).timeline]
    assert "service_request.contact_seen" in seen
    assert "service_request.contact_seen" not in hidden


def test_a_person_of_two_agencies_works_for_both(people: Cast) -> None:
    both = people.opi
    both.memberships.create(role="agency_officer", agency=an_agency("dlhp"))
    both.__dict__.pop("_baileo_access", None)
    ours, theirs = a_request(State.ASSIGNED), a_request(State.ASSIGNED, agency="dlhp")
    assert seen_by(both) == {ours.number, theirs.number}
    assert step(theirs, State.ACCEPTED, actor=both).state == State.ACCEPTED


def test_the_buttons_shown_are_the_steps_that_will_be_allowed(people: Cast) -> None:
    for state in State:
        request = a_request(state)
        for name in ("cora", "opi", "tara", "lea"):
            person: User = getattr(people, name)
            if request.number not in seen_by(person):
                continue
            for edge in selectors.request_detail(person, request.number).steps:
                again = a_request(state)
                assert step(again, edge.to_state, actor=person).state == edge.to_state, (state, name, edge.step)
