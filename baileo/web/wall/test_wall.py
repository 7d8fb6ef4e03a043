"""The wall counts and names services and villages; it never names or quotes a citizen."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import Mock

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from baileo.city.service_requests import selectors
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.services import Place, Reporter
from baileo.city.service_requests.testing import HERE, a_request, a_service
from baileo.ground.ledger.position import Position
from baileo.ground.ledger.selectors import latest_position
from baileo.ground.people.testing import Cast, cast, sign_in
from baileo.web.wall import snapshot as snapshots
from baileo.web.wall.views import _room_for_words

pytestmark = pytest.mark.django_db
State = ServiceRequest.State
WORDS = "Lampu jalan mati di muka ruma Mama Yohana Pattiasina, telepon 081299887766"


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


@pytest.fixture
def wall(client: Client, people: Cast) -> Client:
    return sign_in(client, people.wall)


def taken(wall: Client) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(wall.get("/wall/snapshot").content)
    return found


WATCHERS = ("ana", "cora", "supi", "lea", "audi", "wall")
OTHERS = ("tara", "opi", "odi", "edi", "nobody")


@pytest.mark.parametrize("who", [*WATCHERS, *OTHERS])
def test_each_role_sees_the_wall_or_is_turned_away(client: Client, people: Cast, who: str) -> None:
    sign_in(client, getattr(people, who))
    for address in ("/wall/", "/wall/snapshot", "/wall/areas", "/wall/land"):
        assert (client.get(address).status_code == 200) == (who in WATCHERS), address


def test_a_stranger_signs_in_first(client: Client, db: None) -> None:
    assert "login" in client.get("/wall/")["Location"]
    assert client.get("/wall/snapshot").status_code in {302, 403}


def test_nothing_of_a_citizen_reaches_the_wall(wall: Client) -> None:
    a_service()
    a_request(description=WORDS, reporter=Reporter(name="Yohana Pattiasina", phone="+6281299887766"))
    a_request(State.IN_PROGRESS, description=WORDS, place=HERE)
    said = wall.get("/wall/snapshot").content.decode() + wall.get("/wall/").content.decode()
    for word in ("Yohana", "Pattiasina", "Mama", "99887766", "muka ruma"):
        assert word not in said


def test_a_card_names_the_service_as_a_guess_until_an_officer_says_so(wall: Client) -> None:
    a_service()
    a_request(description="Lampu jalan mati gelap sekali")
    assert taken(wall)["cards"][0]["what"] == "Lampu jalan mati?"
    ServiceRequest.objects.update(service=a_service())
    assert taken(wall)["cards"][0]["what"] == "Lampu jalan mati"


def test_a_secret_request_is_counted_but_neither_named_nor_placed(wall: Client) -> None:
    a_service()
    a_request(description="Lampu jalan mati", is_confidential=True, place=HERE)
    found = taken(wall)
    assert found["waiting"] == 1
    assert found["points"] == []
    assert found["unplaced"] == 1
    assert found["latest"] == []
    card = found["cards"][0]
    assert "Lampu" not in json.dumps(card)
    assert card["where"] in {"place hidden", "tempat disembunyikan"}
    assert found["urgent"] == []


def test_the_numbers_follow_the_requests(wall: Client) -> None:
    empty = taken(wall)
    assert (empty["waiting"], empty["overdue"], empty["oldest"], empty["cards"]) == (0, 0, None, [])
    a_request(priority="urgent", place=HERE)
    a_request(State.CLOSED)
    found = taken(wall)
    assert found["waiting"] == 1
    assert [point["urgency"] for point in found["points"]] == ["urgent"]
    assert found["latest"][0]["did"]


def test_where_people_were_in_danger_stays_known_when_the_line_is_cut(wall: Client) -> None:
    a_service()
    for _ in range(4):
        a_request(description="Lampu jalan mati", priority="urgent")
    assert len(taken(wall)["urgent"]) == 3
    assert taken(wall)["urgent"][0].startswith("Lampu jalan mati?")


def test_the_cursor_is_read_before_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def cursor() -> Position:
        order.append("cursor")
        return latest_position()

    def numbers() -> int:
        order.append("numbers")
        return selectors.open_count()

    monkeypatch.setattr(snapshots, "latest_position", cursor)
    monkeypatch.setattr(snapshots, "selectors", Mock(wraps=selectors, open_count=numbers))
    snapshots.take_snapshot()
    assert order == ["cursor", "numbers"]


def test_many_requests_cost_no_more_queries_than_one(
    wall: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    a_service()
    for n in range(12):
        a_request(description=f"Lampu jalan mati nomor {n}", place=Place(lon_deg=128.19, lat_deg=-3.69))
    taken(wall)
    with django_assert_max_num_queries(18):
        taken(wall)


def test_no_script_or_style_stands_in_the_page(wall: Client) -> None:
    answer = wall.get("/wall/")
    page = answer.content.decode()
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert " style=" not in page
    assert "<script>" not in page


def test_the_legend_has_sea_to_stand_on() -> None:
    west, south, east, north = map(float, _room_for_words("128.0,-3.8,128.4,-3.6").split(","))
    assert west < 128.0
    assert (south, east) == (-3.8, 128.4)
    assert north > -3.6
