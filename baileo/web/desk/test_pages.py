"""The desk's page and its parts show what the person may see, in few queries."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.services import Reporter
from baileo.city.service_requests.testing import a_request
from baileo.ground.ledger.selectors import history
from baileo.ground.people.testing import Cast, sign_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_a_stranger_is_sent_to_sign_in(client: Client) -> None:
    answer = client.get("/desk/")
    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_a_part_asked_by_a_signed_out_page_sends_the_whole_page_to_sign_in(client: Client) -> None:
    answer = client.get("/desk/list/", headers=HTMX)
    assert answer.status_code == 204
    assert "login" in answer["HX-Redirect"]


@pytest.mark.parametrize("who", ["wall", "nobody"])
def test_who_has_no_desk_is_turned_away(client: Client, people: Cast, who: str) -> None:
    answer = sign_in(client, getattr(people, who)).get("/desk/")
    assert answer.status_code in {302, 403}
    assert b'id="desk"' not in answer.content


def test_the_desk_shows_queues_list_and_the_chosen_request(cora: Client, request_new: ServiceRequest) -> None:
    page = cora.get(f"/desk/r/{request_new.number}/?queue=new").content.decode()
    assert request_new.number in page
    assert 'id="queues"' in page
    assert "Lampu jalan mati di depan pasar" in page
    assert 'data-view="one"' in page


def test_no_script_or_style_stands_in_the_page(cora: Client, request_new: ServiceRequest) -> None:
    answer = cora.get(f"/desk/r/{request_new.number}/")
    page = answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert " style=" not in page
    assert "<style" not in page
    assert "onclick" not in page
    assert "<script>" not in page


def test_the_list_takes_the_same_number_of_queries_for_two_requests_as_for_twenty(
    cora: Client, request_new: ServiceRequest, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        a_request()
    with django_assert_max_num_queries(8):
        cora.get("/desk/list/?queue=new", headers=HTMX)


def test_rows_come_only_for_requests_of_the_list_on_the_screen(cora: Client, request_new: ServiceRequest) -> None:
    closed = a_request(ServiceRequest.State.CLOSED)
    asked = f"/desk/rows/?queue=new&numbers={request_new.number},{closed.number},2026-999999"
    page = cora.get(asked, headers=HTMX).content.decode()
    assert f"row-{request_new.number}" in page
    assert closed.number not in page


def test_search_finds_a_word_by_its_stem(cora: Client, request_new: ServiceRequest) -> None:
    a_request(description="Petugas perlu memperbaiki jembatan")
    page = cora.get("/desk/?q=perbaikan+jembatan").content.decode()
    assert "jembatan" in page.split("data-rows")[1]


def test_an_agency_officer_sees_only_what_is_theirs(client: Client, people: Cast) -> None:
    theirs = a_request(ServiceRequest.State.ASSIGNED, agency="pupr")
    others = a_request(ServiceRequest.State.ASSIGNED, agency="dlhp")
    opi = sign_in(client, people.opi)
    page = opi.get("/desk/?queue=all").content.decode()
    assert theirs.number in page
    assert others.number not in page
    assert opi.get(f"/desk/r/{others.number}/").status_code == 404


def test_a_number_is_masked_until_somebody_looks_and_the_look_is_in_the_ledger(cora: Client, people: Cast) -> None:
    request = a_request(reporter=Reporter(name="Nona Salamena", phone="+6281299887766"))
    page = cora.get(f"/desk/r/{request.number}/").content.decode()
    assert "99887766" not in page
    assert "+62812•••••66" in page
    shown = cora.post(f"/desk/r/{request.number}/contact/", headers=HTMX).content.decode()
    assert "+6281299887766" in shown
    assert "service_request.contact_seen" in kinds(request.number)


def kinds(number: str) -> list[str]:
    return [entry.kind for entry in history(number)]


def test_an_unknown_number_is_one_sentence_not_a_traceback(cora: Client) -> None:
    answer = cora.get("/desk/r/2026-999999/")
    assert answer.status_code == 404
    assert "2026-999999" in answer.content.decode()


def test_the_live_parts_leave_the_composer_alone(cora: Client, request_new: ServiceRequest) -> None:
    page = cora.get(f"/desk/r/{request_new.number}/live/", headers=HTMX).content.decode()
    assert 'id="thread"' in page
    assert 'id="reply-text"' not in page


def test_the_map_gets_its_outlines(cora: Client) -> None:
    assert json.loads(cora.get("/desk/areas/").content)["type"] == "FeatureCollection"
