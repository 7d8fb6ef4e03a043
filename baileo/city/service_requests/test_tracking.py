"""What the person who asked sees, and what nobody else can find out: /lacak/, the public page, and forgetting."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from baileo.city.messages.models import Attachment
from baileo.city.service_requests import lookup, selectors, services
from baileo.city.service_requests.erase import person_erase, person_export
from baileo.city.service_requests.models import Proof, ServiceRequest
from baileo.city.service_requests.public import PublicRequest, public_get, public_list, public_view
from baileo.city.service_requests.testing import (
    HERE,
    POINT,
    SPOKEN_AT,
    a_request,
    a_service,
    a_talk,
    bring_to,
    says,
    step,
)
from baileo.city.service_requests.workflow import State
from baileo.core.clock import clock
from baileo.core.errors import PermissionRefused
from baileo.core.geo import distance_m
from baileo.ground.ledger.models import Entry
from baileo.ground.people.testing import Cast, cast

pytestmark = pytest.mark.django_db
PERSONAL = ("Oca Pattimura", "+6281234567808", "081234567808", "oca_patti", "oca@contoh.id")
WORDS = "Lampu di muka rumah Oca Pattimura mati, telepon 081234567808"


@pytest.fixture
def people() -> Cast:
    return cast()


def a_persons_request(**over: Any) -> ServiceRequest:
    talk = a_talk("oca", name="Oca Pattimura", phone="+6281234567808", username="oca_patti")
    return a_request(description=WORDS, conversation_id=talk.pk, **over)


def text_of(anything: object) -> str:
    return json.dumps(asdict(anything), default=str)  # type: ignore[call-overload]


# --- /lacak/ ---


def test_number_and_code_open_the_page(people: Cast) -> None:
    request = a_persons_request()
    tracked = selectors.tracking(request.number, request.track_code)
    assert tracked is not None
    assert (tracked.number, tracked.state, tracked.folded) == (request.number, "new", "open")


@pytest.mark.parametrize("typed", [str.lower, lambda code: f" {code[:4]}-{code[4:]} "])
def test_the_code_is_read_as_people_copy_it(typed: Any) -> None:
    request = a_request()
    assert selectors.tracking(f"#{request.number}", typed(request.track_code)) is not None


@pytest.mark.parametrize(
    ("number", "code"),
    [("2026-000001", "WRONG234"), ("2026-999999", "K7QM2XWD"), ("", ""), ("nonsense", "😀"), ("2026-000001", "-" * 8)],
)
def test_unknown_number_wrong_code_and_nonsense_are_answered_alike(number: str, code: str) -> None:
    a_request()
    assert selectors.tracking(number, code) is None


def test_a_wrong_code_costs_the_same_work_as_an_unknown_number(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    """One look-up and one comparison in every case; nobody learns from the time which numbers exist."""
    request = a_request()
    compared: list[int] = []

    def counting(one: str, other: str) -> bool:
        compared.append(len(other))
        return False

    monkeypatch.setattr(lookup, "same_secret", counting)
    for number in (request.number, "2026-999999", "nonsense"):
        with django_assert_num_queries(1):
            assert lookup.request_by_code(number, "K7QM2XWD") is None
    assert compared == [8, 8, 8]


def test_no_personal_datum_is_on_the_page_not_even_from_the_officers_hand(people: Cast) -> None:
    request = a_persons_request(is_confidential=True)
    services.request_add_note(number=request.number, actor=people.cora, text="Oca Pattimura sudah ditelepon")
    services.request_reply(
        number=request.number, actor=people.cora, text="Kami telepon ke 081234567808", client_id=uuid4()
    )
    step(bring_to(request, State.ACCEPTED), State.RESOLVED, reason="Sudah, hubungi 081234567808")
    tracked = selectors.tracking(request.number, request.track_code)
    assert tracked is not None
    told = text_of(tracked)
    assert not any(datum in told for datum in PERSONAL)
    assert "Lampu di muka rumah" not in told
    assert len(tracked.answers) == 2
    assert {step_.by for step_ in tracked.steps} == {"anda", "kota", "PUPR"}


def test_the_page_tells_steps_newest_first_with_public_reasons_only(people: Cast) -> None:
    with clock.stopped_at(SPOKEN_AT) as stopped:
        request = a_request()
        for to_state in (State.VERIFIED, State.ASSIGNED):
            stopped.tick(hours=1)
            request = step(request, to_state)
        stopped.tick(hours=1)
        services.request_return(
            number=request.number, seen_version=request.version, actor=people.opi, reason="Urusan dalam"
        )
        stopped.tick(hours=1)
        step(request, State.REJECTED, reason="Jalan provinsi", refer_to="Dinas PUPR Provinsi")
    tracked = selectors.tracking(request.number, request.track_code)
    assert tracked is not None
    assert [one.at for one in tracked.steps] == sorted((one.at for one in tracked.steps), reverse=True)
    assert (tracked.steps[0].reason, tracked.steps[0].refer_to) == ("Jalan provinsi", "Dinas PUPR Provinsi")
    assert "Urusan dalam" not in text_of(tracked)
    assert tracked.folded == "closed"


def test_a_resolved_request_asks_whether_it_is_solved_until_answered() -> None:
    request = a_request(State.RESOLVED)
    tracked = selectors.tracking(request.number, request.track_code)
    assert tracked is not None
    assert tracked.may_answer
    services.tracking_answer(number=request.number, code=request.track_code, is_solved=False)
    again = selectors.tracking(request.number, request.track_code)
    assert again is not None
    assert not again.may_answer


def test_only_pictures_meant_for_the_citizen_are_shown(people: Cast) -> None:
    request = a_request(State.ASSIGNED)
    values = {"request": request, "author": people.opi, "size_bytes": 1, "at": SPOKEN_AT}
    Proof.objects.create(**values, sha256="a" * 64, media_type="image/jpeg")
    Proof.objects.create(**values, sha256="b" * 64, media_type="image/jpeg", is_for_citizen=False)
    Proof.objects.create(**values, sha256="c" * 64, media_type="application/pdf")
    tracked = selectors.tracking(request.number, request.track_code)
    assert tracked is not None
    assert [photo.sha256 for photo in tracked.photos] == ["a" * 64]


# --- the public ---


def published(people: Cast, **over: Any) -> ServiceRequest:
    request = a_persons_request(place=HERE, **over)
    return services.request_publish(
        number=request.number, seen_version=request.version, actor=people.edi, public_text="Lampu jalan mati di pasar"
    )


def test_nothing_is_public_by_itself(people: Cast) -> None:
    for state in State:
        assert public_view(a_persons_request() if state == State.NEW else a_request(state)) is None
    assert public_list() == []


def test_a_published_request_shows_the_officers_words_and_a_rounded_place(people: Cast) -> None:
    request = published(people, is_anonymous=True)
    view = public_view(request)
    assert view is not None
    assert view.text == "Lampu jalan mati di pasar"
    assert not any(datum in text_of(view) for datum in PERSONAL)
    assert view.lon_deg is not None
    assert view.lat_deg is not None
    off = distance_m(view.lon_deg, view.lat_deg, *POINT)
    assert 0 < off < 180
    assert (view.requested_at.minute, view.requested_at.second) == (0, 0)


def test_the_public_request_has_no_field_for_a_person() -> None:
    names = {field.name for field in fields(PublicRequest)}
    assert names.isdisjoint({"reporter_name", "reporter_phone", "description", "title", "contact", "track_code"})


@pytest.mark.parametrize(
    "broken",
    [{"visibility": "secret"}, {"is_confidential": True, "visibility": "secret"}, {"public_text": " "}],
    ids=str,
)
def test_each_of_the_conditions_alone_keeps_a_request_secret(people: Cast, broken: dict[str, Any]) -> None:
    request = published(people)
    ServiceRequest.objects.filter(pk=request.pk).update(**broken)
    request.refresh_from_db()
    assert public_view(request) is None
    assert public_list() == []
    assert public_get(request.number) is None


def test_a_row_that_lies_is_still_not_shown(people: Cast) -> None:
    """Even where the flags contradict each other in memory, confidential wins."""
    request = published(people)
    request.is_confidential = True
    assert public_view(request) is None
    request.is_confidential, request.published_at = False, None
    assert public_view(request) is None


def test_what_a_newer_rule_finds_in_an_old_public_text_is_covered(people: Cast) -> None:
    request = published(people)
    request.public_text = "Hubungi 081234567808"
    view = public_view(request)
    assert view is not None
    assert "1234567" not in view.text


def test_pictures_are_public_only_one_by_one(people: Cast) -> None:
    message = says("Lampu jalan mati", sender="oca")
    own = "a" * 64
    Attachment.objects.create(message=message, state="stored", sha256=own, media_type="image/jpeg", provider_ref="x")
    request = a_request(conversation_id=message.conversation_id, message_ids=[message.pk])
    request = services.request_publish(
        number=request.number, seen_version=1, actor=people.edi, public_text="Lampu mati"
    )
    assert public_view(request).photos == ()  # type: ignore[union-attr]
    request = services.request_publish(
        number=request.number, seen_version=2, actor=people.edi, public_text="Lampu mati", photos=[own]
    )
    assert public_view(request).photos == (own,)  # type: ignore[union-attr]


def test_the_public_list_filters_and_pages(people: Cast, django_assert_max_num_queries: Any) -> None:
    service = a_service()
    first = published(people, service_code=service.service_code)
    second = published(people, requested_at=SPOKEN_AT + timedelta(days=2))
    a_request()
    with django_assert_max_num_queries(2):
        assert [view.number for view in public_list()] == [second.number, first.number]
    assert [view.number for view in public_list(after=second.number)] == [first.number]
    assert [view.number for view in public_list(service_code=service.service_code)] == [first.number]
    assert [view.number for view in public_list(since=SPOKEN_AT + timedelta(days=1))] == [second.number]
    assert public_list(state="closed") == []
    assert len(public_list(state="open", limit=1)) == 1
    assert public_get(first.number) is not None
    assert public_get("2026-999999") is None


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    visibility=st.sampled_from(["secret", "public"]),
    is_confidential=st.booleans(),
    is_anonymous=st.booleans(),
    text=st.sampled_from(["", "Lampu mati", "Telepon 081234567808", "Oca Pattimura"]),
    state=st.sampled_from(State.values),
    was_published=st.booleans(),
)
def test_whatever_the_row_says_the_one_function_lets_no_secret_through(
    visibility: str, is_confidential: bool, is_anonymous: bool, text: str, state: str, was_published: bool
) -> None:
    request = ServiceRequest(
        pk=1,
        number="2026-000001",
        track_code="K7QM2XWD",
        title=WORDS,
        description=WORDS,
        reporter_name="Oca Pattimura",
        reporter_phone="+6281234567808",
        landmark_text="rumah Oca Pattimura",
        visibility=visibility,
        is_confidential=is_confidential,
        is_anonymous=is_anonymous,
        public_text=text,
        state=state,
        published_at=SPOKEN_AT if was_published else None,
        requested_at=SPOKEN_AT,
        updated_at=SPOKEN_AT,
        lon_deg=HERE.lon_deg,
        lat_deg=HERE.lat_deg,
    )
    view = public_view(request)
    if visibility == "secret" or is_confidential or not text or not was_published:
        assert view is None
        return
    assert view is not None
    told = text_of(view)
    assert "K7QM2XWD" not in told
    assert "081234567808" not in told
    assert str(HERE.lon_deg) not in told
    assert "rumah" not in told


# --- forgetting ---


def test_a_person_gets_everything_that_is_kept_about_them(people: Cast) -> None:
    request = a_persons_request(place=replace(HERE, landmark_text="kios ijo"))
    [kept] = person_export(contact_id=request.conversation.contact_id)  # type: ignore[union-attr]
    assert kept["number"] == request.number
    assert kept["description"] == WORDS
    assert kept["place"]["landmark"] == "kios ijo"
    json.dumps(kept)


def test_forgetting_takes_the_person_and_leaves_the_work(people: Cast) -> None:
    request = a_persons_request(place=replace(HERE, landmark_text="rumah Oca Pattimura"))
    request = bring_to(request, State.RESOLVED)
    services.request_add_note(number=request.number, actor=people.cora, text="Oca Pattimura ditelepon")
    contact_id = request.conversation.contact_id  # type: ignore[union-attr]
    assert person_erase(contact_id=contact_id, actor=people.ana) == 1
    left = ServiceRequest.objects.get(pk=request.pk)
    assert (left.number, left.state, left.agency, left.resolved_at) == (
        request.number,
        State.RESOLVED,
        people.pupr,
        request.resolved_at,
    )
    everything = str(vars(left)) + str(list(left.notes.values())) + str(list(left.changes.values()))
    assert not any(datum in everything for datum in (*PERSONAL, "Lampu di muka"))
    assert (left.lon_deg, left.landmark_text) == (None, "")
    assert selectors.request_list(people.cora, selectors.RequestFilter(q="pattimura")).rows == []
    entry = Entry.objects.get(kind="service_request.erased")
    assert (entry.subject, entry.actor) == (request.number, f"user:{people.ana.pk}")


def test_only_who_manages_people_may_forget_one(people: Cast) -> None:
    request = a_persons_request()
    with pytest.raises(PermissionRefused):
        person_erase(contact_id=request.conversation.contact_id, actor=people.cora)  # type: ignore[union-attr]
    assert ServiceRequest.objects.get(pk=request.pk).description == WORDS
