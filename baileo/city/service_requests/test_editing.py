"""Changes beside the workflow: words, place, flags, priority, tags, people, notes, proofs, publishing."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

import pytest
from PIL import Image

from baileo.city.messages.errors import ReplyWindowClosed
from baileo.city.messages.models import Attachment, Conversation, Message
from baileo.city.service_requests import services
from baileo.city.service_requests.models import Note, Proof, PublicPhoto, RequestMessage, ServiceRequest
from baileo.city.service_requests.testing import a_request, a_service, a_talk, says
from baileo.city.service_requests.workflow import State
from baileo.core.clock import now
from baileo.core.errors import InvalidInput, NotFound, PermissionRefused, StaleVersion, TooLarge
from baileo.ground.ledger.models import Entry
from baileo.ground.people.testing import Cast, cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def entries(kind: str) -> list[Entry]:
    return list(Entry.objects.filter(kind=f"service_request.{kind}"))


def a_picture(colour: str = "red") -> bytes:
    out = BytesIO()
    picture = Image.new("RGB", (64, 48), colour)
    exif = Image.Exif()
    exif[0x010E] = "Rumah Ona"  # ImageDescription
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


# --- edit ---


def test_an_edit_changes_what_was_named_and_nothing_else(people: Cast) -> None:
    a_service()
    request = a_request()
    edited = services.request_edit(
        number=request.number,
        seen_version=1,
        actor=people.tara,
        service_code="street_light",
        title="  Lampu di\npasar ",
        kind="information",
    )
    assert (edited.title, edited.title_is_edited, edited.kind) == ("Lampu di pasar", True, "information")
    assert edited.service is not None
    assert edited.description == request.description
    assert edited.version == 2
    [entry] = entries("edited")
    assert entry.data["fields"] == "kind,service,title,title_is_edited"
    assert "pasar" not in str(entry.data)


def test_an_edit_of_nothing_writes_nothing(people: Cast) -> None:
    request = a_request()
    assert services.request_edit(number=request.number, seen_version=1, actor=people.cora).version == 1
    assert entries("edited") == []


def test_an_edit_over_a_newer_version_is_refused(people: Cast) -> None:
    request = a_request(State.VERIFIED)
    with pytest.raises(StaleVersion):
        services.request_edit(number=request.number, seen_version=1, actor=people.cora, title="Baru")


@pytest.mark.parametrize(
    "field",
    [
        {"title": " "},
        {"title": "x" * 141},
        {"kind": "joke"},
        {"service_code": "no_such"},
        {"place": services.Place(lon_deg=200, lat_deg=0)},
    ],
    ids=str,
)
def test_nonsense_is_refused_and_named(people: Cast, field: dict[str, object]) -> None:
    request = a_request()
    with pytest.raises(InvalidInput):
        services.request_edit(number=request.number, seen_version=1, actor=people.cora, **field)  # type: ignore[arg-type]
    assert ServiceRequest.objects.get(pk=request.pk).version == 1


def test_making_a_published_request_confidential_takes_it_off_the_page(people: Cast) -> None:
    request = a_request()
    services.request_publish(number=request.number, seen_version=1, actor=people.edi, public_text="Lampu mati")
    closed = services.request_edit(number=request.number, seen_version=2, actor=people.cora, is_confidential=True)
    assert (closed.visibility, closed.is_confidential) == ("secret", True)


def test_a_call_taker_may_close_a_request_to_others_but_not_open_it(people: Cast) -> None:
    request = a_request()
    services.request_edit(number=request.number, seen_version=1, actor=people.tara, is_confidential=True)
    with pytest.raises(NotFound):
        services.request_edit(number=request.number, seen_version=2, actor=people.tara, is_confidential=False)
    opened = services.request_edit(number=request.number, seen_version=2, actor=people.cora, is_confidential=False)
    assert not opened.is_confidential


def test_priority_is_one_of_three(people: Cast) -> None:
    request = a_request()
    services.request_set_priority(number=request.number, seen_version=1, actor=people.cora, priority="urgent")
    [entry] = entries("prioritised")
    assert (entry.data["from"], entry.data["priority"]) == ("normal", "urgent")
    with pytest.raises(InvalidInput):
        services.request_set_priority(number=request.number, seen_version=2, actor=people.cora, priority="mega")


def test_tags_are_folded_and_few(people: Cast) -> None:
    request = a_request()
    tagged = services.request_set_tags(
        number=request.number, seen_version=1, actor=people.cora, tags=["Got  Pampat", "got pampat", " ", "Pasar"]
    )
    assert tagged.tags == ["got pampat", "pasar"]
    with pytest.raises(InvalidInput):
        services.request_set_tags(
            number=request.number, seen_version=2, actor=people.cora, tags=[f"t{n}" for n in range(21)]
        )


def test_a_request_is_handed_to_a_colleague_of_the_agency_only(people: Cast) -> None:
    request = a_request(State.ASSIGNED)
    given = services.request_set_assignee(
        number=request.number, seen_version=request.version, actor=people.opi, assignee_id=people.opi.pk
    )
    assert given.assignee == people.opi
    with pytest.raises(InvalidInput):
        services.request_set_assignee(
            number=request.number, seen_version=given.version, actor=people.cora, assignee_id=people.odi.pk
        )
    free = services.request_set_assignee(
        number=request.number, seen_version=given.version, actor=people.cora, assignee_id=None
    )
    assert free.assignee is None
    with pytest.raises(InvalidInput):
        services.request_set_assignee(
            number=a_request().number, seen_version=1, actor=people.cora, assignee_id=people.opi.pk
        )


def test_a_note_never_conflicts_and_never_reaches_the_ledger(people: Cast) -> None:
    request = a_request(State.ASSIGNED)
    note = services.request_add_note(number=request.number, actor=people.opi, text="Kata Negeri: perlu alat berat")
    assert Note.objects.get() == note
    assert ServiceRequest.objects.get(pk=request.pk).version == request.version
    [entry] = entries("noted")
    assert entry.data["note_id"] == note.pk
    assert "alat" not in str(entry.data)
    with pytest.raises(InvalidInput):
        services.request_add_note(number=request.number, actor=people.opi, text=" \n ")


# --- typed in by a call-taker ---


def test_a_call_taker_types_a_request_in(people: Cast) -> None:
    request = services.request_create(
        actor=people.tara,
        description="Pohon tumbang menutup jalan",
        kind="emergency",
        reporter=services.Reporter(name="Ibu Lin", phone="+6281234567808"),
        place=services.Place(landmark_text="depan SMP 4"),
    )
    assert (request.channel, request.conversation, request.priority) == ("desk", None, "urgent")
    assert (request.reporter_name, request.landmark_text) == ("Ibu Lin", "depan SMP 4")
    assert request.changes.get().actor == f"user:{people.tara.pk}"
    assert len(request.track_code) == 8


def test_a_request_without_words_is_refused(people: Cast) -> None:
    with pytest.raises(InvalidInput):
        services.request_create(actor=people.tara, description="  ")
    with pytest.raises(InvalidInput):
        services.request_create(actor=people.tara, description="x" * 8001)


def test_two_requests_never_share_number_or_code() -> None:
    made = [a_request() for _ in range(20)]
    assert len({request.number for request in made}) == 20
    assert len({request.track_code for request in made}) == 20


# --- answers ---


def test_the_first_answer_keeps_the_promise_and_only_the_first(people: Cast) -> None:
    talk = a_talk()
    request = a_request(conversation_id=talk.pk)
    ServiceRequest.objects.filter(pk=request.pk).update(unanswered_since=now())
    services.request_reply(number=request.number, actor=people.tara, text="Kami cek dulu", client_id=uuid4())
    first = ServiceRequest.objects.get(pk=request.pk)
    services.request_reply(number=request.number, actor=people.tara, text="Sudah dicek", client_id=uuid4())
    second = ServiceRequest.objects.get(pk=request.pk)
    assert first.first_response_at is not None
    assert first.first_response_at == second.first_response_at
    assert first.unanswered_since is None
    assert second.version == 1  # answering does not push others off
    assert len(entries("replied")) == 2


def test_a_click_repeated_over_a_poor_link_answers_once(people: Cast) -> None:
    request = a_request(conversation_id=a_talk().pk)
    click = uuid4()
    one = services.request_reply(number=request.number, actor=people.tara, text="Kami cek", client_id=click)
    two = services.request_reply(number=request.number, actor=people.tara, text="Kami cek", client_id=click)
    assert one == two
    assert Message.objects.filter(author=people.tara).count() == 1
    assert len(entries("replied")) == 1
    assert RequestMessage.objects.get(message=one).request == request


def test_a_closed_window_is_told_to_the_officer_and_nothing_is_stored(people: Cast) -> None:
    talk = a_talk("oca", "windowed")
    request = a_request(conversation_id=talk.pk)
    Conversation.objects.filter(pk=talk.pk).update(reply_until=now())
    with pytest.raises(ReplyWindowClosed):
        services.request_reply(number=request.number, actor=people.tara, text="Kami cek", client_id=uuid4())
    assert not Message.objects.filter(author=people.tara).exists()
    assert ServiceRequest.objects.get(pk=request.pk).first_response_at is None


def test_without_a_channel_the_officer_is_told_to_call(people: Cast) -> None:
    with pytest.raises(InvalidInput):
        services.request_reply(number=a_request().number, actor=people.tara, text="Kami cek", client_id=uuid4())


# --- proofs ---


def test_a_picture_of_the_work_is_kept_without_its_hidden_data(people: Cast) -> None:
    request = a_request(State.ASSIGNED)
    proof = services.request_attach_proof(
        number=request.number, actor=people.opi, data=a_picture(), caption=" Lampu  baru "
    )
    assert (proof.stage, proof.caption, proof.is_for_citizen) == ("after", "Lampu baru", True)
    assert proof.media_type.startswith("image/")
    [entry] = entries("proof_attached")
    assert entry.data["proof_id"] == proof.pk


def test_a_paper_is_kept_inside(people: Cast) -> None:
    request = a_request(State.ASSIGNED)
    proof = services.request_attach_proof(
        number=request.number, actor=people.opi, data=b"%PDF-1.4\n%%EOF\n", stage="document"
    )
    assert not proof.is_for_citizen


@pytest.mark.parametrize("data", [b"", b"MZ\x90\x00", b"<svg onload=alert(1)>", b"\x1aE\xdf\xa3" * 20])
def test_what_is_neither_picture_nor_paper_is_refused(people: Cast, data: bytes) -> None:
    request = a_request(State.ASSIGNED)
    with pytest.raises((InvalidInput, TooLarge)):
        services.request_attach_proof(number=request.number, actor=people.opi, data=data)
    assert not Proof.objects.exists()


def test_an_unknown_stage_is_refused(people: Cast) -> None:
    request = a_request(State.ASSIGNED)
    with pytest.raises(InvalidInput):
        services.request_attach_proof(number=request.number, actor=people.opi, data=a_picture(), stage="during")


# --- publishing ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hubungi 0812-3456-7808 untuk kunci", "nomor|telephone"),
        ("Surat ke ona@contoh.id", "e-mail|surel"),
        ("NIK 8171021203990001", "NIK"),
        ("Motor DE 1234 AB parkir di trotoar", "plate|kendaraan"),
        ("Dilaporkan Oca Pattimura, lampu mati", "name|nama"),
    ],
)
def test_personal_data_in_a_public_text_is_refused_by_kind_and_not_repeated(
    people: Cast, text: str, found: str
) -> None:
    request = a_request(conversation_id=a_talk("oca", name="Oca Pattimura").pk)
    with pytest.raises(InvalidInput, match=found) as refused:
        services.request_publish(number=request.number, seen_version=1, actor=people.edi, public_text=text)
    assert not any(secret in str(refused.value) for secret in ("7808", "contoh", "8171", "1234", "Pattimura"))
    assert ServiceRequest.objects.get(pk=request.pk).visibility == "secret"


def test_a_confidential_request_is_never_published(people: Cast) -> None:
    request = a_request(is_confidential=True)
    with pytest.raises(InvalidInput):
        services.request_publish(number=request.number, seen_version=1, actor=people.cora, public_text="Lampu mati")


def test_only_this_requests_own_pictures_can_be_cleared(people: Cast) -> None:
    message = says("Lampu jalan mati")
    request = a_request(conversation_id=message.conversation_id, message_ids=[message.pk])
    own, other = "a" * 64, "b" * 64
    Attachment.objects.create(message=message, state="stored", sha256=own, media_type="image/jpeg", provider_ref="x")
    with pytest.raises(InvalidInput):
        services.request_publish(
            number=request.number, seen_version=1, actor=people.edi, public_text="Lampu mati", photos=[own, other]
        )
    services.request_publish(
        number=request.number, seen_version=1, actor=people.edi, public_text="Lampu mati", photos=[own, own]
    )
    assert PublicPhoto.objects.get().cleared_by == people.edi


def test_taking_back_forgets_the_pictures_and_keeps_the_text(people: Cast) -> None:
    request = a_request(State.ASSIGNED)
    proof = services.request_attach_proof(number=request.number, actor=people.opi, data=a_picture())
    services.request_publish(
        number=request.number,
        seen_version=request.version,
        actor=people.edi,
        public_text="Lampu sudah diganti",
        photos=[proof.sha256],
    )
    hidden = services.request_unpublish(
        number=request.number, seen_version=request.version + 1, actor=people.edi, reason="Wajah terlihat"
    )
    assert (hidden.visibility, hidden.public_text) == ("secret", "Lampu sudah diganti")
    assert not PublicPhoto.objects.exists()
    assert [entry.data["visibility"] for entry in entries("visibility_changed")] == ["public", "secret"]


def test_an_anonymous_reporter_is_revealed_to_the_desk_and_to_no_agency(people: Cast) -> None:
    talk = a_talk("oca", name="Oca")
    request = a_request(State.ASSIGNED, conversation_id=talk.pk, is_anonymous=True)
    assert services.contact_reveal(number=request.number, actor=people.cora).name == "Oca"
    with pytest.raises(PermissionRefused):
        services.contact_reveal(number=request.number, actor=people.opi)
