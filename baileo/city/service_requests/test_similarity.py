"""Likeness without a database: places, words, services."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.similarity import (
    ENOUGH_WORDS,
    NEAR_M,
    Told,
    are_alike,
    distance_between,
    share_words,
    told_of,
    words_of,
)

LON, LAT = 128.1905, -3.6954
METRE = 1 / 111_195  # degrees of latitude


def told(text: str = "got tersumbat air naik", north_m: float | None = 0, **over: Any) -> Told:
    point = (LON, LAT + north_m * METRE) if north_m is not None else (None, None)
    values: dict[str, Any] = {
        "words": words_of(text),
        "service_id": None,
        "area_code": "81.71.02.1003",
        "lon_deg": point[0],
        "lat_deg": point[1],
    }
    return Told(**{**values, **over})


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Selamat pagi bapak ibu, terima kasih", set()),
        ("Tolong got tersumbat", {"got", "tersumbat"}),
        ("Got tasumbat, aer nae", {"got", "tersumbat", "air", "naik"}),
        ("di ke 5 a", set()),
        ("", set()),
    ],
)
def test_only_words_that_mean_something_are_compared(text: str, left: set[str]) -> None:
    assert words_of(text) == left


def test_ambonese_and_indonesian_tell_the_same() -> None:
    one, other = told("Got tasumbat, aer nae ka jalang"), told("got tersumbat air naik jalan")
    assert share_words(one, other) > 0.9


@pytest.mark.parametrize(("metres", "alike"), [(0, True), (299, True), (301, False), (5000, False)])
def test_near_is_within_three_hundred_metres(metres: float, alike: bool) -> None:
    assert are_alike(told(), told(north_m=metres)) == alike


def test_a_missing_point_is_made_up_for_by_the_village() -> None:
    assert are_alike(told(), told(north_m=None))
    assert not are_alike(told(), told(north_m=None, area_code="81.71.01.1001"))
    assert not are_alike(told(area_code=""), told(north_m=None, area_code=""))


def test_two_points_decide_even_against_the_village() -> None:
    assert are_alike(told(area_code="81.71.02.1003"), told(north_m=100, area_code="81.71.02.1004"))
    assert not are_alike(told(), told(north_m=900))


def test_the_same_service_needs_no_common_words() -> None:
    one, other = told("got tersumbat", service_id=7), told("air meluap", service_id=7)
    assert are_alike(one, other)
    assert not are_alike(one, told("air meluap", service_id=8))
    assert not are_alike(told("got tersumbat"), told("musik keras"))  # no service is no common service


def test_one_common_word_of_many_is_not_enough() -> None:
    one, other = told("jalan rusak depan pasar besar"), told("jalan gelap lampu padam semalam")
    assert share_words(one, other) < ENOUGH_WORDS
    assert not are_alike(one, other)


def test_too_few_words_tell_nothing() -> None:
    assert share_words(told("got"), told("got tersumbat")) == 0.0
    assert share_words(told(""), told("")) == 0.0


def test_distance_needs_both_points() -> None:
    assert distance_between(told(), told(north_m=None)) is None
    assert distance_between(told(), told(north_m=NEAR_M)) == pytest.approx(NEAR_M, rel=0.01)


def test_title_and_text_are_both_told() -> None:
    request = ServiceRequest(title="Talud rubuh", description="dekat gereja", area_code="x")
    assert told_of(request).words >= {"talud", "rubuh", "dekat", "gereja"}


TEXTS = st.text(alphabet="abcdefgh ", max_size=60)


@given(TEXTS, TEXTS, st.floats(-2000, 2000))
def test_likeness_goes_both_ways(one: str, other: str, metres: float) -> None:
    here, there = told(one), told(other, north_m=metres)
    assert are_alike(here, there) == are_alike(there, here)
    assert share_words(here, there) == share_words(there, here)
    assert 0 <= share_words(here, there) <= 1


@given(TEXTS)
def test_a_thing_is_like_itself_when_it_says_enough(text: str) -> None:
    one = told(text)
    assert share_words(one, one) in (0.0, 1.0)
    assert are_alike(one, one) == (len(one.words) >= 2)
