"""What each pane is given: places, trails, channels and the order of the steps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from baileo.city.messages.testing import Provider, an_account, fake_channels
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.services import Place
from baileo.city.service_requests.testing import HERE, a_request, a_talk, says, take_new_in
from baileo.ground.people.testing import Cast, sign_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
State = ServiceRequest.State


@pytest.fixture
def provider() -> Iterator[Provider]:
    with fake_channels() as provider:
        yield provider


def pane(client: Client, request: ServiceRequest) -> str:
    return client.get(f"/desk/r/{request.number}/", headers=HTMX).content.decode()


def test_a_point_is_shown_with_the_way_to_it_and_never_in_local_decimals(cora: Client) -> None:
    page = pane(cora, a_request(place=HERE))
    assert 'lon="128.1905" lat="-3.6954"' in page
    assert "geo:-3.6954,128.1905" in page


def test_without_any_place_there_is_no_map_but_a_word_what_to_do(cora: Client) -> None:
    page = pane(cora, a_request(description="Kapan kartu keluarga jadi?", place=Place()))
    assert 'id="one-map"' not in page
    assert "geo:" not in page


def test_the_trail_leaves_out_what_the_conversation_shows(cora: Client) -> None:
    request = a_request()
    cora.post(f"/desk/r/{request.number}/note/", {"text": "Kata negeri perlu alat"}, headers=HTMX)
    trail = pane(cora, request).split('<ol class="log">')[1]
    assert "Kata negeri" not in trail


def test_what_leads_on_comes_before_what_leads_back(client: Client, people: Cast) -> None:
    request = a_request(State.IN_PROGRESS, agency="pupr")
    page = pane(sign_in(client, people.opi), request)
    bar = page.split('id="acts-bar"')[1]
    assert bar.index("sheet-ask") < bar.index("sheet-resolve"), "the main one lies under the right thumb"
    head = page.split('class="acts"')[1]
    assert head.index("sheet-resolve") < head.index("sheet-ask")


@pytest.mark.usefixtures("provider")
def test_two_accounts_of_one_channel_are_told_apart_by_their_names(cora: Client) -> None:
    an_account("fake", "one", name="Nomor Meja")
    assert "Nomor Meja" not in cora.get("/desk/").content.decode()
    an_account("fake", "two", name="Nomor Camat")
    page = cora.get("/desk/").content.decode()
    assert "Nomor Meja" in page
    assert "Nomor Camat" in page


def test_the_queues_say_from_where_a_page_goes_on(cora: Client) -> None:
    assert "-" in cora.get("/desk/nav/", headers=HTMX)["Baileo-Cursor"]


def test_a_page_that_is_no_queue_marks_no_queue(cora: Client) -> None:
    nav = cora.get("/desk/nav/?page=loose", headers=HTMX).content.decode()
    assert nav.count('aria-current="page"') == 1
    assert 'href="/desk/loose/" aria-current="page"' in nav


@pytest.mark.usefixtures("provider")
def test_a_talk_that_needs_no_answer_leaves_the_list(cora: Client, people: Cast) -> None:
    talk = a_talk()
    take_new_in()
    assert f"/desk/loose/{talk.pk}/" in cora.get("/desk/loose/").content.decode()
    assert cora.post(f"/desk/loose/{talk.pk}/let-be/").status_code == 302
    assert f"/desk/loose/{talk.pk}/" not in cora.get("/desk/loose/").content.decode()
    assert cora.post(f"/desk/loose/{talk.pk}/let-be/").status_code == 404, "it is gone already"


@pytest.mark.usefixtures("provider")
def test_a_talk_is_joined_to_the_request_it_belongs_to(cora: Client) -> None:
    request, talk = a_request(), a_talk()
    take_new_in()
    answer = cora.post(f"/desk/loose/{talk.pk}/link/", {"number": request.number})
    assert answer["Location"] == f"/desk/r/{request.number}/"
    assert cora.post(f"/desk/loose/{talk.pk}/link/", {"number": "2026-999999"}).status_code == 404


@pytest.mark.usefixtures("provider")
def test_what_an_officer_answers_in_a_talk_leaves_once(cora: Client, provider: Provider) -> None:
    talk = says("Selamat pagi").conversation
    take_new_in()
    data = {"text": "Selamat pagi, ada yang bisa dibantu?", "client_id": "018f0000-0000-7000-8000-000000000001"}
    for _ in range(2):
        assert cora.post(f"/desk/loose/{talk.pk}/reply/", data).status_code == 302
    assert talk.messages.filter(text=data["text"]).count() == 1
