"""Who has it open: told to those who may see the request, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.asgi import get_asgi_application
from django.db import connection
from django.test import Client

from baileo.city.service_requests.testing import a_request
from baileo.ground.ledger.models import Entry
from baileo.ground.people.access import access_from
from baileo.ground.people.testing import Cast, cast, sign_in
from baileo.web.api.edge import Edge
from baileo.web.api.stream.hub import Limits
from baileo.web.api.stream.presence import CHANNEL, Sign
from baileo.web.api.stream.viewer import Viewer
from baileo.web.api.testing import SseClient, serve, session_of

AT = "2026-11-23T05:05:00.000Z"


def say(client: Client, **said: str) -> int:
    return client.post("/stream/presence", said).status_code


class TestOverTheStream:
    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture
    def people(self, transactional_db: None) -> Cast:
        return cast()

    @pytest.fixture
    def address(self, people: Cast) -> Iterator[str]:
        with serve(Edge(get_asgi_application(), Limits(heartbeat_s=1000, recheck_s=1000))) as base:  # type: ignore[arg-type]
            yield base + "/stream/"

    def test_another_officer_is_told_who_types_and_a_wall_is_not(self, address: str, people: Cast) -> None:
        number = a_request("assigned").number
        client = sign_in(Client(), people.opi)
        with (
            SseClient(address, cookies=session_of(people.cora)) as desk,
            SseClient(address, cookies=session_of(people.cora), view="wall") as wall,
        ):
            assert {desk.next().name, wall.next().name} == {"hello"}
            assert say(client, subject=number, doing="typing", page="tab-1") == 204
            told = desk.next("presence")
            assert (told.name, told.id) == ("presence", "")
            assert told.data.pop("at")
            assert told.data == {
                "subject": number,
                "doing": "typing",
                "page": "tab-1",
                "user": people.opi.pk,
                "name": "Opi",
            }
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, 'not of this version')", [CHANNEL])
            say(client, subject=number, doing="closed")
            assert desk.next("presence").data["doing"] == "closed"


@pytest.mark.django_db
def test_nothing_is_stored_of_it(client: Client) -> None:
    people, number = cast(), a_request().number
    before = Entry.objects.count()
    assert say(sign_in(client, people.cora), subject=number, doing="open", page="a") == 204
    assert Entry.objects.count() == before


@pytest.mark.django_db
def test_a_request_that_the_sender_may_not_see_is_not_found(client: Client) -> None:
    people, number = cast(), a_request("assigned").number
    assert say(sign_in(client, people.odi), subject=number, doing="open") == 404
    assert say(client, subject="2099-999999", doing="open") == 404


@pytest.mark.django_db
def test_only_the_desk_may_say_something_and_only_sense(client: Client) -> None:
    people, number = cast(), a_request().number
    assert say(client, subject=number, doing="open") == 302
    assert say(sign_in(client, people.nobody), subject=number, doing="open") == 403
    assert say(sign_in(client, people.wall), subject=number, doing="open") == 403
    sign_in(client, people.cora)
    assert say(client, subject=number, doing="sleeping") == 422
    assert say(client, subject="<script>", doing="open") == 422
    assert say(client, subject=number, doing="open", page="x" * 41) == 422
    assert client.get("/stream/presence").status_code == 405


@pytest.mark.django_db
def test_another_site_cannot_speak_in_our_name() -> None:
    strict = sign_in(Client(enforce_csrf_checks=True), cast().cora)
    assert say(strict, subject=a_request().number, doing="open") == 403


def a_sign(*agencies: str, is_confidential: bool = False) -> Sign:
    about = {"subject": "2026-000001", "doing": "open", "user": 1, "name": "Opi", "at": AT}
    return Sign.model_validate(about | {"agencies": agencies, "is_confidential": is_confidential})


@pytest.mark.parametrize(
    ("role", "agency", "sees"),
    [
        ("coordinator", None, {"city", "pupr", "secret"}),
        ("call_taker", None, {"city", "pupr"}),
        ("agency_officer", "pupr", {"pupr", "secret"}),
        ("agency_officer", "dlhp", set()),
        ("wall", None, set()),
    ],
)
def test_who_may_see_the_request_may_see_who_has_it_open(role: str, agency: str | None, sees: set[str]) -> None:
    viewer = Viewer(2, access_from([(role, agency)]))
    signs = {"city": a_sign(), "pupr": a_sign("pupr"), "secret": a_sign("pupr", is_confidential=True)}
    assert {name for name, sign in signs.items() if sign.may_be_seen_by(viewer)} == sees
