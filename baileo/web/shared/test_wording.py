"""Times, ages and numbers are said the way people in the city say them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import override_settings
from django.utils import translation

from baileo.core.clock import clock
from baileo.core.errors import InvalidInput
from baileo.web.shared import wording

NOON = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)  # 14.05 in Ambon, a Monday


@pytest.fixture(autouse=True)
def in_ambon() -> Iterator[None]:
    with override_settings(TIME_ZONE="Asia/Jayapura"), translation.override("id"), clock.stopped_at(NOON):
        yield


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Jayapura", "14.05 WIT"),
        ("Asia/Makassar", "13.05 WITA"),
        ("Asia/Jakarta", "12.05 WIB"),
    ],
)
def test_a_time_always_says_whose_clock_it_is(zone: str, said: str) -> None:
    with override_settings(TIME_ZONE=zone):
        assert wording.time_in_words(NOON) == said
        assert wording.zone_label() == said.split()[1]


def test_a_day_is_the_citys_day_and_not_the_servers() -> None:
    late_in_utc = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert wording.day_and_time_in_words(late_in_utc) == "Sen 23 Nov, 01.00 WIT"


def test_a_day_of_another_year_says_which() -> None:
    assert wording.day_in_words(datetime(2025, 8, 17, 3, 0, tzinfo=UTC)).endswith("2025")
    assert not wording.day_in_words(NOON).endswith("2026")


def test_days_are_named_in_the_readers_language() -> None:
    assert wording.day_in_words(NOON) == "Sen 23 Nov"
    with translation.override("en"):
        assert wording.day_in_words(NOON) == "Mon 23 Nov"


def test_a_time_without_a_zone_is_refused_instead_of_guessed() -> None:
    with pytest.raises(InvalidInput):
        wording.time_in_words(NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("seconds", "indonesian", "english"),
    [
        (0, "baru saja", "just now"),
        (59, "baru saja", "just now"),
        (60, "1 mnt", "1 min"),
        (26 * 60, "26 mnt", "26 min"),
        (3600, "1 jam", "1 h"),
        (3 * 3600 + 3599, "3 jam", "3 h"),
        (86_400, "1 hari", "1 day"),
        (5 * 86_400, "5 hari", "5 days"),
    ],
)
def test_an_age_is_one_unit_rounded_down(seconds: int, indonesian: str, english: str) -> None:
    assert wording.age_in_words(seconds) == indonesian
    with translation.override("en"):
        assert wording.age_in_words(timedelta(seconds=seconds)) == english


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (30, "kurang dari 1 mnt"),
        (38 * 60, "38 mnt"),
        (2 * 3600 + 38 * 60, "2 jam 38 mnt"),
        (3 * 3600, "3 jam"),
        (86_400 + 7_000, "1 hari"),
    ],
)
def test_what_is_left_is_said_to_the_minute_within_a_day(seconds: int, said: str) -> None:
    assert wording.span_in_words(seconds) == said
    assert wording.span_in_words(timedelta(seconds=-seconds)) == said  # "late" or "left" is the page's word


@pytest.mark.parametrize(
    ("number", "indonesian", "english"),
    [
        (12480, "12.480", "12,480"),
        (999, "999", "999"),
        (-1000, "-1.000", "-1,000"),
        (Decimal("3.1"), "3,1", "3.1"),
        (1234567.5, "1.234.567,5", "1,234,567.5"),
    ],
)
def test_thousands_are_grouped_as_the_language_groups_them(
    number: int | float | Decimal, indonesian: str, english: str
) -> None:
    assert wording.number_in_words(number) == indonesian
    with translation.override("en"):
        assert wording.number_in_words(number) == english
