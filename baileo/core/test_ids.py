import time
from itertools import pairwise
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.core.errors import InvalidInput
from baileo.core.ids import (
    SHORT_ALPHABET,
    normalise_short_code,
    parse_request_number,
    request_number,
    same_secret,
    short_code,
    uuid7,
)


def test_a_burst_of_ids_keeps_its_order() -> None:
    burst = [uuid7() for _ in range(5_000)]
    assert all(one < other for one, other in pairwise(burst))


def test_an_id_says_when_it_was_made_and_what_it_is() -> None:
    made = uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert abs((made.int >> 80) / 1000 - time.time()) < 60


def test_ids_keep_growing_when_the_clock_is_set_back() -> None:
    before = uuid7()
    with patch("baileo.core.ids.time.time_ns", return_value=1_000_000_000):
        after = [uuid7(), uuid7()]
    assert before < after[0] < after[1]


@given(st.integers(4, 40))
def test_short_codes_use_only_signs_nobody_confuses(length: int) -> None:
    code = short_code(length)
    assert len(code) == length
    assert not set(code) & set("0O1ILU")
    assert normalise_short_code(code.lower()) == code


def test_short_codes_do_not_repeat() -> None:
    assert len({short_code() for _ in range(2_000)}) == 2_000
    assert len(SHORT_ALPHABET) == len(set(SHORT_ALPHABET)) == 30


def test_a_code_too_short_to_protect_anything_is_refused() -> None:
    with pytest.raises(InvalidInput, match="guessed too easily"):
        short_code(3)


def test_secrets_are_compared_whole() -> None:
    assert same_secret("kunci-ä", "kunci-ä")
    assert not same_secret("kunci", "kunc")


@given(st.integers(2000, 9999), st.integers(1, 999_999_999))
def test_a_request_number_survives_being_written_and_read(year: int, n: int) -> None:
    number = request_number(year, n)
    assert parse_request_number(number) == number
    assert parse_request_number(number.replace("-", " ")) == number


@pytest.mark.parametrize(
    "typed",
    [
        "2026 123",
        "2026-000123",
        "#2026-123",
        " no. 2026/000123 ",
        "2026000123",
        "Laporan 2026-123",
    ],
)
def test_request_numbers_are_read_as_people_write_them(typed: str) -> None:
    assert parse_request_number(typed) == "2026-000123"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "123",
        "2026",
        "2026-0",
        "2026-000123; drop",
        "1999-000001",
        "２０２６-000123",
    ],
)
def test_what_is_not_a_request_number_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput, match="looks like 2026-000123"):
        parse_request_number(typed)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_is_refused(typed: str) -> None:
    try:
        number = parse_request_number(typed)
    except InvalidInput:
        return
    assert parse_request_number(number) == number


@pytest.mark.parametrize(("year", "n"), [(26, 1), (2026, 0), (2026, -1), (10_000, 1)])
def test_no_number_is_made_of_nonsense(year: int, n: int) -> None:
    with pytest.raises(InvalidInput):
        request_number(year, n)
