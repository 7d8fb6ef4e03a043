"""Each button does one thing, tells when somebody was faster, and refuses whom it must."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from baileo.city.messages.models import Message
from baileo.city.messages.testing import Provider, fake_channels
from baileo.city.service_requests.models import SavedFilter, ServiceRequest
from baileo.city.service_requests.testing import a_request, a_talk, says, take_new_in
from baileo.core.clock import now
from baileo.core.files import FileStore
from baileo.demo.providers import pictures
from baileo.ground.ledger.models import Entry
from baileo.ground.people.testing import Cast, an_agency, sign_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
State = ServiceRequest.State


@pytest.fixture
def provider() -> Iterator[Provider]:
    with fake_channels() as provider:
        yield provider


def fresh(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


def test_verify_moves_on_and_answers_with_the_new_parts(cora: Client, request_new: ServiceRequest) -> None:
    answer = cora.post(
        f"/desk/r/{request_new.number}/step/verify/", {"seen_version": request_new.version}, headers=HTMX
    )
    assert answer.status_code == 200
    assert 'id="rh"' in answer.content.decode()
    assert fresh(request_new).state == State.VERIFIED


def test_without_scripts_the_same_form_leads_back_to_the_request(cora: Client, request_new: ServiceRequest) -> None:
    answer = cora.post(f"/desk/r/{request_new.number}/step/verify/", {"seen_version": request_new.version})
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"/desk/r/{request_new.number}/")


def test_the_second_officer_is_told_and_nothing_is_overwritten(cora: Client, request_new: ServiceRequest) -> None:
    an_agency("perkim")
    an_agency("dlhp")
    url, seen = f"/desk/r/{request_new.number}/step/assign/", request_new.version
    cora.post(url, {"seen_version": seen, "agency_code": "perkim"}, headers=HTMX)
    late = cora.post(url, {"seen_version": seen, "agency_code": "dlhp"}, headers=HTMX)
    assert late.status_code == 409
    assert late["HX-Retarget"] == "#conflict"
    assert request_new.number in late.content.decode()
    now = fresh(request_new)
    assert now.agency is not None
    assert now.agency.code == "perkim"


def test_a_step_that_needs_a_reason_without_one_says_so(cora: Client, request_new: ServiceRequest) -> None:
    answer = cora.post(
        f"/desk/r/{request_new.number}/step/reject/", {"seen_version": request_new.version}, headers=HTMX
    )
    assert answer.status_code in {409, 422}
    assert fresh(request_new).state == State.NEW


@pytest.mark.parametrize("who", ["opi", "lea", "audi", "tara"])
def test_who_may_not_assign_is_refused(client: Client, people: Cast, request_new: ServiceRequest, who: str) -> None:
    answer = sign_in(client, getattr(people, who)).post(
        f"/desk/r/{request_new.number}/step/assign/",
        {"seen_version": request_new.version, "agency_code": "pupr"},
        headers=HTMX,
    )
    assert answer.status_code in {403, 404, 409, 422}
    assert fresh(request_new).agency is None


def test_a_reply_is_queued_once_however_often_the_button_is_pressed(
    cora: Client, people: Cast, provider: Provider
) -> None:
    talk = a_talk()
    says("Lampu jalan mati di Batu Merah su tiga malam, tolong diperbaiki", sender="ona")
    take_new_in()
    request = ServiceRequest.objects.get(conversation=talk)
    data = {"text": "Petugas datang hari ini.", "client_id": str(uuid.uuid4())}
    for _ in range(3):
        assert cora.post(f"/desk/r/{request.number}/reply/", data, headers=HTMX).status_code == 200
    assert Message.objects.filter(text="Petugas datang hari ini.").count() == 1


def test_a_note_stays_inside(cora: Client, request_new: ServiceRequest) -> None:
    page = cora.post(f"/desk/r/{request_new.number}/note/", {"text": "Kata negeri perlu alat"}, headers=HTMX)
    assert "Kata negeri perlu alat" in page.content.decode()
    assert not Message.objects.filter(text__contains="Kata negeri").exists()


def test_proof_of_work_is_kept_without_the_place_it_was_taken(cora: Client, request_new: ServiceRequest) -> None:
    photo = pictures.picture("flood", lon_deg=128.19, lat_deg=-3.69, taken_at=now())
    upload = SimpleUploadedFile("sesudah.jpg", photo, "image/jpeg")
    answer = cora.post(f"/desk/r/{request_new.number}/proof/", {"file": upload, "stage": "after"}, headers=HTMX)
    assert answer.status_code == 200, answer.content.decode()[:400]
    kept = fresh(request_new).proofs.get()
    assert b"Exif" in photo
    assert b"Exif" not in FileStore(settings.BAILEO.media_dir).read(kept.sha256)


def test_a_file_that_only_calls_itself_a_photo_is_refused_in_words(cora: Client, request_new: ServiceRequest) -> None:
    upload = SimpleUploadedFile("foto.jpg", b"<html><script>alert(1)</script>", "image/jpeg")
    answer = cora.post(f"/desk/r/{request_new.number}/proof/", {"file": upload, "stage": "after"}, headers=HTMX)
    assert answer.status_code == 422
    assert fresh(request_new).proofs.count() == 0


def test_many_are_assigned_at_once_and_each_refusal_is_named(cora: Client, request_new: ServiceRequest) -> None:
    an_agency("perkim")
    second = a_request()
    items = f"{request_new.number}:{request_new.version},{second.number}:99"
    answer = cora.post("/desk/bulk/assign/", {"agency_code": "perkim", "items": items}, headers=HTMX)
    assert second.number in answer.content.decode()
    assert fresh(request_new).state == State.ASSIGNED
    assert fresh(second).state == State.NEW


def test_a_filter_is_kept_under_a_name_and_can_go_again(cora: Client, people: Cast) -> None:
    cora.post("/desk/filters/", {"name": "Sampah", "query": "queue=all&q=sampah"})
    kept = SavedFilter.objects.get(owner=people.cora)
    assert kept.query["q"] == "sampah"
    assert b"Sampah" in cora.get("/desk/").content
    cora.post(f"/desk/filters/{kept.pk}/delete/")
    assert not SavedFilter.objects.exists()


def test_a_text_with_a_phone_number_is_not_published(cora: Client, request_new: ServiceRequest) -> None:
    data = {"seen_version": request_new.version, "public_text": "Hubungi 0812-3456-7890 untuk lampu ini"}
    answer = cora.post(f"/desk/r/{request_new.number}/publish/", data, headers=HTMX)
    assert answer.status_code == 422
    assert fresh(request_new).visibility == "secret"


def test_a_call_is_typed_in_and_gets_a_number(client: Client, people: Cast) -> None:
    tara = sign_in(client, people.tara)
    answer = tara.post(
        "/desk/new/",
        {"kind": "complaint", "description": "Pohon tumbang di Karang Panjang", "reporter_phone": "0812 0000 0001"},
    )
    made = ServiceRequest.objects.get()
    assert answer["Location"] == f"/desk/r/{made.number}/"
    assert made.channel == "desk"


def test_a_call_without_words_comes_back_with_what_was_typed(client: Client, people: Cast) -> None:
    answer = sign_in(client, people.tara).post("/desk/new/", {"kind": "complaint", "landmark_text": "Dekat pasar"})
    assert answer.status_code == 422
    assert "Dekat pasar" in answer.content.decode()


def test_a_greeting_waits_until_an_officer_makes_it_a_request(cora: Client, people: Cast, provider: Provider) -> None:
    talk = a_talk()
    take_new_in()
    page = cora.get(f"/desk/loose/{talk.pk}/").content.decode()
    assert "Selamat pagi" in page
    answer = cora.post(f"/desk/loose/{talk.pk}/make/", {"kind": "information"})
    assert ServiceRequest.objects.get().number in answer["Location"]


def test_the_auditor_reads_everything_and_changes_nothing(
    client: Client, people: Cast, request_new: ServiceRequest
) -> None:
    audi = sign_in(client, people.audi)
    assert audi.get(f"/desk/r/{request_new.number}/").status_code == 200
    before = Entry.objects.count()
    number = request_new.number
    for path, data in (
        ("step/verify/", {"seen_version": 1}),
        ("edit/", {"seen_version": 1, "title": "x"}),
        ("note/", {"text": "x"}),
        ("priority/", {"seen_version": 1, "value": "urgent"}),
        ("tags/", {"seen_version": 1, "value": "x"}),
        ("publish/", {"seen_version": 1, "public_text": "x"}),
        ("contact/", {}),
    ):
        assert audi.post(f"/desk/r/{number}/{path}", data, headers=HTMX).status_code >= 400, path
    assert Entry.objects.count() == before
