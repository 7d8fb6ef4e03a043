"""Who may do what at the desk: every deed tried by every role, and a refusal leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.services import Reporter
from baileo.city.service_requests.testing import a_request, a_service
from baileo.core.clock import now
from baileo.demo.providers.pictures import picture
from baileo.ground.ledger.models import Entry
from baileo.ground.people.models import User
from baileo.ground.people.roles import ROLE_PERMISSIONS, Role
from baileo.ground.people.testing import Cast, sign_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
State = ServiceRequest.State
REASON = {"reason": "Bukan urusan kota", "refer_to": "PLN Ambon, 123"}
# deed -> what is sent beside the version, and the permission it needs
DEEDS: dict[str, tuple[dict[str, Any], str]] = {
    "step/verify/": ({}, "service_requests.verify"),
    "step/assign/": ({"agency_code": "pupr"}, "service_requests.assign"),
    "step/reject/": (REASON, "service_requests.reject"),
    "edit/": ({"title": "Lampu mati"}, "service_requests.edit"),
    "priority/": ({"value": "urgent"}, "service_requests.prioritise"),
    "tags/": ({"value": "lampu"}, "service_requests.tag"),
    "note/": ({"text": "Sudah ditelepon"}, "service_requests.note"),
    "proof/": ({"stage": "document"}, "service_requests.attach"),
    "publish/": ({"public_text": "Lampu jalan mati"}, "service_requests.publish"),
    "contact/": ({}, "people.see_contact"),
}
CITY_PEOPLE = {
    "ana": Role.ADMINISTRATOR,
    "cora": Role.COORDINATOR,
    "tara": Role.CALL_TAKER,
    "supi": Role.SUPERVISOR,
    "lea": Role.LEADER,
    "edi": Role.EDITOR,
    "audi": Role.AUDITOR,
}
PHOTO = picture("flood", taken_at=now())


def attempt(client: Client, request: ServiceRequest, deed: str) -> int:
    data, _permission = DEEDS[deed]
    sent = {"seen_version": request.version, **data}
    if deed == "proof/":
        sent["file"] = SimpleUploadedFile("foto.jpg", PHOTO, "image/jpeg")
    return client.post(f"/desk/r/{request.number}/{deed}", sent, headers=HTMX).status_code


def attempts(user: User, make: Any) -> dict[str, bool]:
    """Deed -> was it done? Checked on the way: what was refused left no trace."""
    client = sign_in(Client(), user)
    done = {}
    for deed in DEEDS:
        request = make()
        before = Entry.objects.count()
        done[deed] = attempt(client, request, deed) < 400
        if not done[deed]:
            assert Entry.objects.count() == before, deed
            assert ServiceRequest.objects.get(pk=request.pk).version == request.version, deed
    return done


@pytest.fixture
def services_known(db: None) -> None:
    a_service()


@pytest.mark.usefixtures("services_known")
@pytest.mark.parametrize("who", CITY_PEOPLE)
def test_each_city_role_does_what_its_table_says_and_nothing_else(people: Cast, who: str) -> None:
    allowed = ROLE_PERMISSIONS[CITY_PEOPLE[who]]
    done = attempts(getattr(people, who), lambda: a_request(reporter=Reporter(name="Nona", phone="+6281299887766")))
    assert done == {deed: permission in allowed for deed, (_data, permission) in DEEDS.items()}


@pytest.mark.usefixtures("services_known")
def test_an_agencys_officer_works_on_its_own_requests_only(people: Cast) -> None:
    done = attempts(people.opi, lambda: a_request(State.ASSIGNED, agency="pupr"))
    assert {deed for deed, is_done in done.items() if is_done} == {"tags/", "note/", "proof/"}


@pytest.mark.usefixtures("services_known")
def test_another_agencys_officer_is_told_there_is_no_such_request(people: Cast) -> None:
    request = a_request(State.ASSIGNED, agency="pupr")
    odi = sign_in(Client(), people.odi)
    assert not any(attempts(people.odi, lambda: a_request(State.ASSIGNED, agency="pupr")).values())
    assert odi.get(f"/desk/r/{request.number}/").status_code == 404


@pytest.mark.usefixtures("services_known")
def test_a_secret_request_is_not_there_for_whom_it_is_not_meant(people: Cast) -> None:
    request = a_request(is_confidential=True)
    for who, is_seen in (("cora", True), ("audi", True), ("tara", False), ("lea", False), ("opi", False)):
        client = sign_in(Client(), getattr(people, who))
        assert (client.get(f"/desk/r/{request.number}/").status_code == 200) == is_seen, who
        assert (request.number in client.get("/desk/?queue=open").content.decode()) == is_seen, who


@pytest.mark.parametrize("who", ["wall", "nobody"])
def test_who_has_no_desk_reaches_no_deed_at_all(people: Cast, who: str) -> None:
    request = a_request()
    client = sign_in(Client(), getattr(people, who))
    assert all(attempt(client, request, deed) == 403 for deed in DEEDS)


def test_a_stranger_reaches_no_deed_at_all(db: None) -> None:
    request = a_request()
    before = Entry.objects.count()
    for deed in DEEDS:
        assert attempt(Client(), request, deed) == 204  # with the way to the sign-in
    assert Entry.objects.count() == before


def test_a_deed_is_never_done_by_following_a_link(cora: Client, request_new: ServiceRequest) -> None:
    for deed in DEEDS:
        assert cora.get(f"/desk/r/{request_new.number}/{deed}").status_code == 405
