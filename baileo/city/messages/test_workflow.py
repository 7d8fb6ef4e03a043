from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.messages.phones import to_e164
from baileo.city.messages.workflow import (
    FETCH_ATTEMPTS,
    PARSE_ATTEMPTS,
    SEND_ATTEMPTS,
    fetch_wait_s,
    parse_wait_s,
    send_wait_s,
    status_wait_s,
    wait_s,
)

HOUR_S = 3_600


def test_waits_double_up_to_the_longest() -> None:
    assert [wait_s(n, 10, 60, 0.5) for n in range(6)] == [10, 10, 20, 40, 60, 60]


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_no_wait_is_ever_outside_its_bounds(attempts: int, luck: float) -> None:
    assert 8 <= send_wait_s(attempts, luck) <= 1.21 * HOUR_S
    assert 48 <= fetch_wait_s(attempts, luck) <= 1.21 * 12 * HOUR_S
    assert 12 <= parse_wait_s(attempts, luck) <= 1.21 * 900


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({round(send_wait_s(3, n / 100)) for n in range(100)}) > 10


def test_sending_is_tried_for_about_a_day() -> None:
    tried_s = sum(send_wait_s(n, 0.5) for n in range(1, SEND_ATTEMPTS))
    assert 18 * HOUR_S < tried_s < 30 * HOUR_S


def test_fetching_is_tried_for_less_than_the_provider_keeps_a_file() -> None:
    tried_s = sum(fetch_wait_s(n, 1.0) for n in range(1, FETCH_ATTEMPTS))
    assert 24 * HOUR_S < tried_s < 7 * 24 * HOUR_S


def test_a_broken_parser_is_given_minutes_not_days() -> None:
    assert sum(parse_wait_s(n, 1.0) for n in range(1, PARSE_ATTEMPTS)) < HOUR_S


def test_a_status_is_looked_at_again_within_a_second_at_first() -> None:
    assert status_wait_s(0) == 1
    assert status_wait_s(100_000) == 300


class TestPhones:
    @pytest.mark.parametrize(
        ("written", "kept"),
        [
            ("6281200000001", "+6281200000001"),
            ("+6281200000001", "+6281200000001"),
            ("0812 0000 0001", "+6281200000001"),
            ("(0911) 312345", "+62911312345"),
            ("0911312345", "+62911312345"),
            ("15550783881", "+15550783881"),  # another country's number, as WhatsApp writes it
            ("81200000001", "+81200000001"),  # no sign of a country but its own: believed
            ("", ""),
            ("+", ""),
            ("nomor beta", ""),
            ("12", ""),
            ("9" * 60, ""),
        ],
    )
    def test_are_kept_in_one_form_or_not_at_all(self, written: str, kept: str) -> None:
        assert to_e164(written) == kept

    @given(st.text(max_size=60))
    def test_nothing_written_into_the_field_breaks_us(self, written: str) -> None:
        found = to_e164(written)
        assert found == "" or (found.startswith("+") and found[1:].isdigit() and len(found) <= 32)

    @given(st.integers(10**9, 10**10 - 1).map(lambda n: f"+62812{n % 10**8:08d}"))
    def test_what_is_kept_stays_as_it_is(self, number: str) -> None:
        assert to_e164(to_e164(number)) == to_e164(number)
