"""What every write shares: numbers, texts, look-ups, and finding a request by its code."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.service_requests import access, lookup
from baileo.city.service_requests.models import NumberCounter, ServiceRequest
from baileo.city.service_requests.services.common import (
    agency_by,
    check_version,
    entry_data,
    numbers_take,
    officer_acted,
    save_over,
    service_by,
    user_by,
    words,
)
from baileo.city.service_requests.services.creating import checked_choice, priority_of, title_of
from baileo.city.service_requests.testing import SPOKEN_AT, a_request, a_service
from baileo.core.errors import InvalidInput, NotFound, PermissionRefused, StaleVersion
from baileo.ground.people.testing import a_person, an_agency, cast

# --- texts ---


@given(st.text(max_size=300))
def test_a_text_is_tidied_or_refused_and_never_cut(text: str) -> None:
    try:
        kept = words(text, field="Teks", most=100, least=1)
    except InvalidInput as refused:
        assert "Teks" in str(refused)  # noqa: PT017  both ways out are right; which one depends on the text
        return
    assert 1 <= len(kept) <= 100
    assert kept == kept.strip()


def test_a_text_that_is_too_long_says_by_how_much() -> None:
    with pytest.raises(InvalidInput, match=r"120.*100"):
        words("x" * 120, field="Teks", most=100)


@given(st.text(max_size=500))
def test_a_title_is_one_short_line_and_never_empty(text: str) -> None:
    title = title_of(text)
    assert 1 <= len(title) <= 140
    assert "\n" not in title


def test_danger_outranks_what_was_ticked() -> None:
    urgent = ServiceRequest.Priority.URGENT
    assert priority_of("emergency", None, "normal") == urgent
    assert priority_of("complaint", None, "high") == "high"
    assert priority_of("complaint", None) == "normal"


@pytest.mark.django_db
def test_a_dangerous_service_makes_a_request_urgent() -> None:
    assert a_request(service_code=a_service("fire", is_urgent=True).service_code).priority == "urgent"


def test_a_choice_outside_the_list_is_refused_by_name() -> None:
    assert checked_choice("a", ["a", "b"], "huruf") == "a"
    with pytest.raises(InvalidInput, match="huruf"):
        checked_choice("c", ["a", "b"], "huruf")


# --- look-ups ---


@pytest.mark.django_db
def test_what_is_named_must_exist_and_be_in_use() -> None:
    an_agency("pupr")
    assert agency_by("pupr").code == "pupr"
    assert service_by("") is None
    service = a_service()
    assert service_by(service.service_code) == service
    service.is_active = False
    service.save()
    person = a_person("lin")
    assert user_by(person.pk) == person
    person.is_active = False
    person.save()
    for missing, error in (
        (lambda: agency_by("x"), InvalidInput),
        (lambda: agency_by(""), InvalidInput),
        (lambda: service_by("street_light"), InvalidInput),
        (lambda: user_by(person.pk), NotFound),
        (lambda: user_by(0), NotFound),
    ):
        with pytest.raises(error):
            missing()


# --- numbers ---


@pytest.mark.django_db
def test_numbers_are_taken_in_blocks_without_gaps() -> None:
    assert numbers_take(3, SPOKEN_AT) == ["2026-000001", "2026-000002", "2026-000003"]
    assert numbers_take(1, SPOKEN_AT) == ["2026-000004"]
    assert numbers_take(1, datetime(2027, 5, 1, tzinfo=UTC)) == ["2027-000001"]
    assert NumberCounter.objects.get(year=2026).last == 4


@pytest.mark.django_db
def test_a_number_of_a_request_that_failed_is_given_to_the_next() -> None:
    def fail_after_taking() -> None:
        with transaction.atomic():
            numbers_take(5, SPOKEN_AT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_taking()
    assert numbers_take(1, SPOKEN_AT) == ["2026-000001"]


@pytest.mark.django_db(transaction=True)
def test_whoever_takes_numbers_waits_for_the_other() -> None:
    taken: list[str] = []

    def take() -> None:
        with transaction.atomic():
            taken.extend(numbers_take(2, SPOKEN_AT))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [f"2026-{n:06d}" for n in range(1, 13)]


# --- versions ---


@pytest.mark.django_db
def test_the_version_decides_and_the_loser_keeps_nothing() -> None:
    request = a_request()
    stale = ServiceRequest.objects.get(pk=request.pk)
    request.title = "Yang pertama"
    save_over(request, seen_version=1, fields=["title"])
    stale.title = "Yang kedua"
    with pytest.raises(StaleVersion, match="version 1, it is now 2"):
        save_over(stale, seen_version=1, fields=["title"])
    kept = ServiceRequest.objects.get(pk=request.pk)
    assert (kept.title, kept.version, request.version) == ("Yang pertama", 2, 2)
    with pytest.raises(StaleVersion):
        check_version(kept, 1)
    check_version(kept, 2)


@pytest.mark.django_db
def test_saving_over_touches_only_the_named_columns() -> None:
    request = a_request()
    ServiceRequest.objects.filter(pk=request.pk).update(tags=["pasar"])
    request.title, request.tags = "Baru", []
    save_over(request, seen_version=1, fields=["title"])
    assert ServiceRequest.objects.get(pk=request.pk).tags == ["pasar"]


@pytest.mark.django_db
def test_only_people_count_as_officers() -> None:
    request = a_request()
    request.unanswered_since = SPOKEN_AT
    assert officer_acted(request, "system:clock", SPOKEN_AT) == ()
    assert request.unanswered_since == SPOKEN_AT
    assert officer_acted(request, cast().cora, SPOKEN_AT)
    assert request.unanswered_since is None


@pytest.mark.django_db
def test_an_entry_says_confidential_only_when_it_is() -> None:
    request = a_request()
    assert "is_confidential" not in entry_data(request)
    request.is_confidential = True
    assert entry_data(request)["is_confidential"] is True


# --- who is who ---


@pytest.mark.django_db
def test_actors_have_names_for_the_ledger() -> None:
    cora = cast().cora
    assert access.actor_name(cora) == f"user:{cora.pk}"
    assert access.actor_name("system:intake") == "system:intake"


@pytest.mark.django_db
def test_a_refusal_names_the_permission_and_the_request() -> None:
    people = cast()
    request = a_request()
    with pytest.raises(PermissionRefused, match=f"{request.number}.*service_requests.close"):
        access.require(people.tara, "service_requests.close", request)
    with pytest.raises(PermissionRefused, match=r"service_requests\.configure"):
        access.require(people.tara, "service_requests.configure")
    access.require("system:intake", "service_requests.close", request)


@pytest.mark.django_db
def test_the_rule_for_one_request_is_the_rule_for_lists() -> None:
    """`may_see` and `visible_to` may never disagree."""
    people = cast()
    requests = [
        a_request(state, agency=agency, is_confidential=secret)
        for state in ("new", "assigned")
        for agency in ("pupr", "dlhp")
        for secret in (False, True)
    ]
    for person in people.people():
        listed = set(access.visible_to(person).values_list("pk", flat=True))
        alone = {
            request.pk for request in ServiceRequest.objects.select_related("agency") if access.may_see(person, request)
        }
        assert listed == alone, person
    assert len(requests) == 8


# --- by code ---


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["lower", "spaced", "hyphen"])
def test_the_code_may_be_typed_in_several_ways(code: str) -> None:
    request = a_request()
    ways = {
        "lower": request.track_code.lower(),
        "spaced": " ".join(request.track_code),
        "hyphen": f"{request.track_code[:4]}-{request.track_code[4:]}",
    }
    assert lookup.request_by_code(request.number, ways[code]) == request


@pytest.mark.django_db
@pytest.mark.parametrize(
    "pair",
    [
        ("", ""),
        ("2026-000001", ""),
        ("x", "y"),
        ("2026-000002", "K7QM2XWD"),
        ("2026-000001", "--------"),
        ("0000-000000", "-"),
    ],
)
def test_nothing_else_opens_a_request(pair: tuple[str, str]) -> None:
    a_request()
    assert lookup.request_by_code(*pair) is None


@pytest.mark.django_db
def test_one_requests_code_does_not_open_another() -> None:
    first, second = a_request(), a_request()
    assert lookup.request_by_code(first.number, second.track_code) is None


@pytest.mark.django_db
def test_looking_up_costs_one_query_found_or_not(django_assert_num_queries: Any) -> None:
    request = a_request()
    for number, code in (
        (request.number, request.track_code),
        (request.number, "WRONG234"),
        ("2026-999999", "X"),
        ("", ""),
    ):
        with django_assert_num_queries(1):
            lookup.request_by_code(number, code)
