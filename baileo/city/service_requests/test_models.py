"""What the database itself refuses and keeps, whoever writes: constraints, search, names that hold no secret."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from baileo.city.service_requests import selectors
from baileo.city.service_requests.models import (
    DeadlineRule,
    Holiday,
    LooseMessage,
    Note,
    NumberCounter,
    Proof,
    PublicPhoto,
    RequestMessage,
    SavedFilter,
    Service,
    ServiceGroup,
    ServiceRequest,
    StateChange,
)
from baileo.city.service_requests.testing import SPOKEN_AT, a_request, a_rule, a_service, says
from baileo.ground.people.testing import cast

pytestmark = pytest.mark.django_db


def refused(constraint: str, **columns: Any) -> None:
    """Changing a stored request this way is refused by the named constraint."""
    request = a_request()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ServiceRequest.objects.filter(pk=request.pk).update(**columns)


@pytest.mark.parametrize(
    ("constraint", "columns"),
    [
        ("service_request_on_earth", {"lon_deg": 181.0, "lat_deg": 0.0}),
        ("service_request_on_earth", {"lon_deg": 0.0, "lat_deg": -90.5}),
        ("service_request_on_earth", {"lon_deg": 128.0}),  # half a place
        ("service_request_on_earth", {"lat_deg": -3.6}),
        ("confidential_is_never_public", {"is_confidential": True, "visibility": "public", "published_at": SPOKEN_AT}),
        ("public_was_published", {"visibility": "public"}),
        ("duplicate_names_its_original", {"state": "duplicate_of"}),
        ("work_has_an_agency", {"state": "assigned"}),
        ("work_has_an_agency", {"state": "accepted"}),
        ("work_has_an_agency", {"state": "in_progress"}),
        ("waiting_knows_where_to_go_on", {"state": "needs_information"}),
        ("waiting_knows_where_to_go_on", {"resume_state": "new"}),
    ],
)
def test_the_database_refuses_what_cannot_be(constraint: str, columns: dict[str, Any]) -> None:
    refused(constraint, **columns)


def test_only_a_duplicate_has_an_original() -> None:
    other = a_request()
    refused("duplicate_names_its_original", duplicate_of=other)


def test_a_number_is_given_once() -> None:
    first, second = a_request(), a_request()
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceRequest.objects.filter(pk=second.pk).update(number=first.number)


def test_a_message_belongs_to_one_request_only() -> None:
    message = says("Lampu mati")
    RequestMessage.objects.create(request=a_request(), message=message)
    with pytest.raises(IntegrityError), transaction.atomic():
        RequestMessage.objects.create(request=a_request(), message=message)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("deadline_rule_amount_positive", {"amount": 0}),
        ("deadline_rule_span", {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 31)}),
    ],
)
def test_a_promise_lasts_and_its_span_runs_forward(constraint: str, values: dict[str, Any]) -> None:
    rule = a_rule()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        DeadlineRule.objects.filter(pk=rule.pk).update(**values)


def test_a_picture_is_cleared_once_and_a_day_is_off_once() -> None:
    request, person = a_request(), cast().edi
    values = {"request": request, "sha256": "a" * 64, "media_type": "image/png", "cleared_by": person, "at": SPOKEN_AT}
    PublicPhoto.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        PublicPhoto.objects.create(**values)
    Holiday.objects.create(on=date(2026, 9, 7), name="HUT")
    with pytest.raises(IntegrityError), transaction.atomic():
        Holiday.objects.create(on=date(2026, 9, 7), name="HUT lagi")


# --- what is written where names may be logged ---


def test_no_name_of_a_row_holds_words_of_people() -> None:
    people = cast()
    message = says("Bapa Tomi buang sampah", name="Tomi")
    request = a_request(description="Bapa Tomi buang sampah", message_ids=[message.pk])
    rows = [
        request,
        StateChange(from_state="new", to_state="verified", reason="Tomi"),
        Note(text="Tomi", pk=1),
        Proof(caption="Tomi", pk=1),
        PublicPhoto(pk=1),
        RequestMessage(request=request, message=message),
        LooseMessage(message=message),
        NumberCounter(year=2026, last=7),
    ]
    assert not any("Tomi" in str(row) + repr(row) for row in rows)
    assert str(request) == request.number
    assert str(SavedFilter(name="Got", owner=people.cora)) == "Got"
    assert str(NumberCounter(year=2026, last=7)) == "2026: 7"


def test_a_service_is_called_by_the_language_of_the_screen() -> None:
    service = Service(name="Got tersumbat", name_en="Blocked drain")
    group = ServiceGroup(name="Air", name_en="")
    with translation.override("en"):
        assert (str(service), str(group)) == ("Blocked drain", "Air")
    with translation.override("id"):
        assert (str(service), str(group)) == ("Got tersumbat", "Air")


def test_catalogue_rows_say_what_they_are() -> None:
    assert str(Holiday(on=date(2026, 9, 7), name="HUT Kota Ambon")) == "2026-09-07 HUT Kota Ambon"
    assert "verify_by: 3 working_days" in str(a_rule())


# --- the search column ---


def found(words: str, config: str = "indonesian") -> set[str]:
    query = SearchQuery(words, config=config, search_type="websearch")
    return set(ServiceRequest.objects.filter(search=query).values_list("number", flat=True))


def test_the_database_keeps_the_search_column_whoever_writes() -> None:
    request = a_request(description="Jembatan kecil patah")
    assert found("jembatan") == {request.number}
    ServiceRequest.objects.filter(pk=request.pk).update(description="Talud rubuh", title="Talud")
    assert (found("jembatan"), found("talud")) == (set(), {request.number})
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE service_requests_servicerequest SET landmark_text = 'gereja Silo' WHERE id = %s", [request.pk]
        )
    assert found("silo") == {request.number}
    ServiceRequest.objects.bulk_update([request], ["tags"])
    request.refresh_from_db()
    request.tags = ["langganan"]
    request.save()
    assert found("langganan") == {request.number}


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("diperbaiki", "perbaikan"),
        ("memperbaiki", "perbaikan"),
        ("pengangkutan", "diangkut"),
        ("tersumbat", "sumbat"),
        ("berlubang", "lubang"),
    ],
)
def test_words_meet_in_their_stem(written: str, asked: str) -> None:
    request = a_request(description=f"Sesuatu {written} di sini")
    assert found(asked) == {request.number}


def test_title_weighs_more_than_the_text() -> None:
    in_text = a_request(description="Yang lain lagi dan juga talud", title="Lain")
    in_title = a_request(description="Apa saja", title="Talud")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM service_requests_servicerequest, websearch_to_tsquery('indonesian', 'talud') q "
            "WHERE search @@ q ORDER BY ts_rank(search, q) DESC"
        )
        ranked = [row[0] for row in cursor.fetchall()]
    assert ranked == [in_title.number, in_text.number]


def test_a_request_without_service_or_place_is_searchable_too() -> None:
    request = a_request(description="Talud rubuh")
    assert request.service is None
    assert found("talud") == {request.number}
    ServiceRequest.objects.filter(pk=request.pk).update(service=a_service(name="Dinding penahan"))
    assert found("penahan") == {request.number}


# --- the indexes do their work ---


def plan_of(queryset: Any) -> str:
    """The plan when scanning whole tables is out of the question, as it is with a million rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = str(queryset.explain())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = on")
    return plan


def test_search_uses_its_index() -> None:
    query = SearchQuery("lampu", config="indonesian", search_type="websearch")
    assert "request_search" in plan_of(ServiceRequest.objects.filter(search=query))


def test_the_nearest_promise_is_read_from_an_index() -> None:
    rows = ServiceRequest.objects.order_by("next_by", "id")[:50]
    assert "request_next" in plan_of(rows)


def test_tags_areas_and_conversations_have_theirs() -> None:
    assert "request_tags" in plan_of(ServiceRequest.objects.filter(tags__contains=["pasar"]))
    assert "request_area" in plan_of(ServiceRequest.objects.filter(area_code="81.71.02.1003"))
    assert "request_conversation" in plan_of(ServiceRequest.objects.filter(conversation=1))


def test_the_closing_sweep_looks_only_at_resolved_rows() -> None:
    due = ServiceRequest.objects.filter(state="resolved", close_by__lt=SPOKEN_AT).order_by("close_by")
    assert "request_close" in plan_of(due)


def test_unanswered_requests_are_found_without_looking_at_the_others() -> None:
    waiting = ServiceRequest.objects.filter(unanswered_since__isnull=False)
    assert "request_unanswered" in plan_of(waiting)


def test_a_thousand_requests_do_not_slow_the_first_page() -> None:
    """One query and fifty rows, whatever lies behind them."""
    cora = cast().cora
    model = a_request()
    rows = [
        ServiceRequest(
            number=f"2025-{n:06d}",
            track_code="K7QM2XWD",
            title="Lampu mati",
            description="Lampu jalan mati",
            channel="fake",
            requested_at=SPOKEN_AT - timedelta(minutes=n),
            next_by=SPOKEN_AT + timedelta(minutes=n),
        )
        for n in range(1000)
    ]
    ServiceRequest.objects.bulk_create(rows)
    page = selectors.request_list(cora)
    assert len(page.rows) == 50
    assert page.rows[0].number == "2025-000000"
    assert selectors.queue_counts(cora)["new"] == 1001
    assert model.number not in {row.number for row in page.rows}  # no promise: behind all others
