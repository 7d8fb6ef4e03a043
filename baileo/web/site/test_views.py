"""The citizen's pages: what is sent is kept once, refusals say why, and nobody sees another's report."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from baileo.city.messages.models import InboundPayload, Message
from baileo.city.messages.testing import understand_all
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.testing import a_request, bring_to, take_new_in
from baileo.core.clock import now
from baileo.demo.providers.pictures import picture

pytestmark = pytest.mark.django_db
State = ServiceRequest.State
WORDS = "Pohon miring di atas kabel dekat SD Karang Panjang, takut roboh"


def report(client: Client, **over: Any) -> Any:
    data = {"text": WORDS, "who": "open", "submission_id": str(uuid.uuid4()), **over}
    return client.post("/lapor/", data)


def made() -> ServiceRequest:
    understand_all()
    take_new_in()
    return ServiceRequest.objects.get()


def tracked_in(client: Client, request: ServiceRequest) -> str:
    client.post("/lacak/", {"number": request.number, "code": request.track_code})
    return client.get(f"/lacak/{request.number}/").content.decode()


def test_a_report_becomes_a_request_and_its_number_is_shown(client: Client) -> None:
    answer = report(client)
    assert answer.status_code == 302
    waiting = client.get(answer["Location"])
    assert waiting["Refresh"] == "1", "the page looks again by itself"
    request = made()
    page = client.get(answer["Location"]).content.decode()
    assert request.number in page
    assert request.track_code in page


def test_number_and_code_are_shown_only_in_the_browser_that_reported(client: Client) -> None:
    address = report(client)["Location"]
    request = made()
    stranger = Client().get(address).content.decode()
    assert request.number not in stranger
    assert request.track_code not in stranger


def test_the_same_submission_sent_twice_is_one_report(client: Client) -> None:
    submission = str(uuid.uuid4())
    for _ in range(3):
        assert report(client, submission_id=submission).status_code == 302
    assert InboundPayload.objects.count() == 1
    assert made().number


def test_a_machine_that_fills_the_hidden_field_leaves_nothing_behind(client: Client) -> None:
    assert report(client, website="https://spam.invalid").status_code == 302
    assert not InboundPayload.objects.exists()


def test_a_photo_is_kept_without_the_place_where_it_was_taken(client: Client) -> None:
    photo = picture("flood", lon_deg=128.19, lat_deg=-3.69, taken_at=now())
    assert report(client, photos=SimpleUploadedFile("got.jpg", photo, "image/jpeg")).status_code == 302
    request = made()
    message = Message.objects.get(request_link__request=request, direction="in")
    assert message.attachments.get().media_type == "image/jpeg"


def test_a_file_that_only_calls_itself_a_photo_is_refused_and_the_words_stay(client: Client) -> None:
    fake = SimpleUploadedFile("foto.jpg", b"<html><script>alert(1)</script></html>", "image/jpeg")
    answer = report(client, photos=fake)
    assert answer.status_code == 422
    assert WORDS in answer.content.decode()
    assert not InboundPayload.objects.exists()


def test_too_few_words_come_back_with_what_was_typed(client: Client) -> None:
    answer = report(client, text="mati", place_text="Dekat pasar")
    assert answer.status_code == 422
    assert "Dekat pasar" in answer.content.decode()


def test_one_address_cannot_flood_the_form_and_is_told_when_to_come_back(client: Client) -> None:
    statuses = [report(client).status_code for _ in range(11)]
    assert statuses == [302] * 10 + [429]
    refused = report(client)
    assert int(refused["Retry-After"]) >= 1
    assert "<h1>" in refused.content.decode()
    assert client.get("/").status_code == 200, "reading stays free"


def test_codes_cannot_be_tried_out(client: Client) -> None:
    request = a_request()
    tried = [client.post("/lacak/", {"number": request.number, "code": "ZZZZZZZZ"}).status_code for _ in range(21)]
    assert tried == [404] * 20 + [429]
    assert client.post("/lacak/", {"number": request.number, "code": request.track_code}).status_code == 429


def test_the_form_works_without_scripts_and_styles(client: Client) -> None:
    page = client.get("/").content.decode()
    assert 'method="post"' in page
    assert 'enctype="multipart/form-data"' in page
    assert " style=" not in page
    assert "<script>" not in page


def test_saving_data_loses_no_report_to_the_trap_for_machines(client: Client) -> None:
    client.post("/hemat/")
    page = client.get("/").content.decode()
    assert '<div hidden><label for="id_website">' in page, "hidden without any style sheet"


def test_saving_data_really_saves_data(client: Client) -> None:
    client.post("/hemat/")
    for address in ("/", "/lacak/", "/laporan/"):
        page = client.get(address)
        assert weight(page.content.decode()) + len(page.content) < 50_000, address
    client.post("/hemat/")
    assert "link rel=" in client.get("/").content.decode()


def weight(page: str) -> int:
    """Bytes of everything the page asks for: styles, scripts, pictures."""
    asked = re.findall(r'(?:src|href)="(/static/[^"#?]+)', page)
    found = [finders.find(address.removeprefix("/static/")) for address in set(asked)]
    return sum(Path(str(path)).stat().st_size for path in found if path)


def test_a_reporter_says_yes_or_not_yet(client: Client) -> None:
    request = a_request(State.RESOLVED)
    assert "/selesai/" in tracked_in(client, request)
    client.post(f"/lacak/{request.number}/selesai/", {"solved": "no"})
    assert ServiceRequest.objects.get(pk=request.pk).unsolved_said_at is not None
    client.post(f"/lacak/{request.number}/selesai/", {"solved": "yes"})
    assert ServiceRequest.objects.get(pk=request.pk).state == State.CLOSED


def test_a_stranger_can_neither_confirm_nor_write(client: Client) -> None:
    request = a_request(State.RESOLVED)
    client.post(f"/lacak/{request.number}/selesai/", {"solved": "yes"})
    client.post(f"/lacak/{request.number}/tulis/", {"text": "Masih bocor di situ"})
    assert ServiceRequest.objects.get(pk=request.pk).state == State.RESOLVED
    assert not InboundPayload.objects.exists()


def test_what_is_written_again_comes_to_the_same_request(client: Client) -> None:
    report(client)
    request = made()
    assert "/tulis/" in tracked_in(client, request)
    client.post(f"/lacak/{request.number}/tulis/", {"text": "Kabelnya sekarang menyala, tolong cepat"})
    understand_all()
    take_new_in()
    assert ServiceRequest.objects.count() == 1
    assert Message.objects.filter(request_link__request=request, direction="in").count() == 2


def test_who_wrote_by_chat_is_sent_back_to_the_chat(client: Client) -> None:
    assert "/tulis/" not in tracked_in(client, a_request())


def test_the_answer_and_the_promises_are_on_the_tracking_page(client: Client) -> None:
    request = bring_to(a_request(), State.RESOLVED)
    page = tracked_in(client, request)
    assert "Sudah diperiksa di tempat" in page
    assert 'class="prom"' in page
    assert 'class="tl"' in page


def test_places_are_offered_with_the_district_they_lie_in(client: Client) -> None:
    assert client.get("/tempat/", {"q": "zzzz"}).json() == []
    assert all(set(item) == {"name"} for item in client.get("/tempat/", {"q": "Batu"}).json())


@pytest.mark.parametrize("address", ["/wilayah.json", "/pulau.json"])
def test_outlines_are_kept_by_the_browser(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.json()["type"] == "FeatureCollection"
    assert "max-age" in answer["Cache-Control"]
