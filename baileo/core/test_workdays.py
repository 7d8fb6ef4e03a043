"""Golden cases come from the joint decree on holidays and joint leave for 2026."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.core.clock import local
from baileo.core.errors import InvalidInput
from baileo.core.workdays import (
    Unit,
    add_calendar_days,
    add_hours,
    add_working_days,
    deadline,
    is_working_day,
    next_working_day,
)

WIT, WITA, WIB = "Asia/Jayapura", "Asia/Makassar", "Asia/Jakarta"
NEW_YEAR = date(2026, 1, 1)
HOLIDAYS = frozenset(
    {
        date(2025, 12, 25),
        date(2025, 12, 26),  # joint leave after Christmas
        NEW_YEAR,
        date(2026, 3, 18),  # joint leave, Nyepi
        date(2026, 3, 19),  # Nyepi
        date(2026, 3, 20),  # joint leave, Idul Fitri
        date(2026, 3, 21),
        date(2026, 3, 22),
        date(2026, 3, 23),  # joint leave
        date(2026, 3, 24),  # joint leave
        date(2026, 4, 3),  # Good Friday
    }
)


def at(text: str, zone_name: str = WIT) -> datetime:
    """ "2026-03-17 14:05" on the clocks of the zone."""
    naive = datetime.fromisoformat(text)
    offset = local(datetime(2026, 1, 1, tzinfo=UTC), zone_name).utcoffset() or timedelta()
    return naive.replace(tzinfo=UTC) - offset


@pytest.mark.parametrize(
    ("received", "n", "due"),
    [
        ("2026-01-06 14:05", 3, "2026-01-09 14:05"),  # Tuesday to Friday
        ("2026-01-08 14:05", 3, "2026-01-13 14:05"),  # over a weekend
        ("2026-01-06 14:05", 0, "2026-01-06 14:05"),
        ("2026-01-10 23:59", 1, "2026-01-13 00:00"),  # Saturday: all of Monday is theirs
        ("2026-01-11 08:00", 0, "2026-01-12 00:00"),  # Sunday, at once: Monday begins
        ("2025-12-31 09:00", 1, "2026-01-02 09:00"),  # New Year between
        ("2026-01-01 00:00", 1, "2026-01-05 00:00"),  # received on New Year's Day itself
        ("2025-12-24 16:30", 3, "2025-12-31 16:30"),  # Christmas and its joint leave
        ("2026-03-17 10:00", 1, "2026-03-25 10:00"),  # Nyepi and the whole of Idul Fitri
        ("2026-03-16 10:00", 5, "2026-03-30 10:00"),
        ("2026-03-20 10:00", 1, "2026-03-26 00:00"),  # written in the holidays
        ("2026-01-06 14:05", 60, "2026-04-08 14:05"),  # the sixty working days of a law
    ],
)
def test_working_days_end_where_an_office_would_say(received: str, n: int, due: str) -> None:
    assert add_working_days(at(received), n, HOLIDAYS, WIT) == at(due)


@pytest.mark.parametrize("zone_name", [WIB, WITA, WIT])
def test_each_zone_counts_by_its_own_midnight(zone_name: str) -> None:
    received = at("2026-01-09 23:30", zone_name)  # Friday, half an hour before the weekend
    assert add_working_days(received, 1, HOLIDAYS, zone_name) == at("2026-01-12 23:30", zone_name)


def test_one_instant_may_be_two_days_in_two_zones() -> None:
    instant = datetime(2026, 1, 9, 16, 0, tzinfo=UTC)  # Fri 23.00 in Jakarta, Sat 01.00 in Ambon
    assert add_working_days(instant, 1, HOLIDAYS, WIB) == at("2026-01-12 23:00", WIB)
    assert add_working_days(instant, 1, HOLIDAYS, WIT) == at("2026-01-13 00:00", WIT)


instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(instants, st.integers(0, 90))
def test_more_days_never_mean_an_earlier_deadline(start: datetime, n: int) -> None:
    due = add_working_days(start, n, HOLIDAYS, WIT)
    assert due >= start
    assert add_working_days(start, n + 1, HOLIDAYS, WIT) > due


@given(instants, st.integers(0, 90))
def test_no_deadline_falls_on_a_day_off(start: datetime, n: int) -> None:
    due = local(add_working_days(start, n, HOLIDAYS, WIT), WIT)
    assert is_working_day(due.date(), HOLIDAYS)


@given(instants, instants, st.integers(0, 30))
def test_who_writes_earlier_is_not_answered_later(one: datetime, other: datetime, n: int) -> None:
    first, second = sorted((one, other))
    assert add_working_days(first, n, HOLIDAYS, WIT) <= add_working_days(second, n, HOLIDAYS, WIT)


@given(instants, st.integers(0, 1_000))
def test_calendar_days_keep_the_clock_time(start: datetime, n: int) -> None:
    there, due = local(start, WIT), local(add_calendar_days(start, n, WIT), WIT)
    assert due.time() == there.time()
    assert (due.date() - there.date()).days == n


def test_hours_pass_by_day_and_by_night() -> None:
    assert add_hours(at("2026-01-09 20:00"), 24) == at("2026-01-10 20:00")
    assert add_hours(at("2026-01-09 20:00"), 0.5) == at("2026-01-09 20:30")


@pytest.mark.parametrize(
    ("unit", "due"),
    [
        ("hours", "2026-01-09 13:00"),
        ("calendar_days", "2026-01-13 08:00"),
        ("working_days", "2026-01-15 08:00"),
    ],
)
def test_a_rule_is_counted_in_its_own_unit(unit: Unit, due: str) -> None:
    start, amount = at("2026-01-09 08:00"), 5 if unit == "hours" else 4
    assert deadline(start, amount, unit, HOLIDAYS, WIT) == at(due)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(InvalidInput, match="weeks"):
        deadline(at("2026-01-09 08:00"), 1, "weeks", HOLIDAYS, WIT)  # type: ignore[arg-type]


@pytest.mark.parametrize("n", [-1, 4_000])
def test_nonsense_periods_are_refused(n: int) -> None:
    with pytest.raises(InvalidInput):
        add_working_days(at("2026-01-09 08:00"), n, HOLIDAYS, WIT)
    with pytest.raises(InvalidInput):
        add_calendar_days(at("2026-01-09 08:00"), n, WIT)


def test_a_start_without_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="zone"):
        add_working_days(datetime(2026, 1, 9), 1, HOLIDAYS, WIT)


def test_a_calendar_without_working_days_is_an_error_and_not_an_endless_loop() -> None:
    class Always(frozenset[date]):
        def __contains__(self, day: object) -> bool:
            return True

    with pytest.raises(InvalidInput, match="no working day"):
        next_working_day(date(2026, 1, 9), Always())


@given(instants, st.integers(1, 60))
def test_exactly_so_many_working_days_lie_between_receipt_and_deadline(start: datetime, n: int) -> None:
    """Counted the slow way, day by day on a calendar."""
    received, due = local(start, WIT), local(add_working_days(start, n, HOLIDAYS, WIT), WIT)
    days = [received.date() + timedelta(days=ahead) for ahead in range(1, (due.date() - received.date()).days + 1)]
    working = sum(is_working_day(day, HOLIDAYS) for day in days)
    # What arrives on a day off counts as received on the next working day, which is then not the first of the n.
    assert working == n + (0 if is_working_day(received.date(), HOLIDAYS) else 1)


@given(instants, st.integers(0, 20), st.integers(0, 20))
def test_two_periods_after_one_another_are_their_sum(start: datetime, one: int, other: int) -> None:
    stepwise = add_working_days(add_working_days(start, one, HOLIDAYS, WIT), other, HOLIDAYS, WIT)
    assert stepwise == add_working_days(start, one + other, HOLIDAYS, WIT)


@given(instants, st.integers(0, 60), st.dates(date(2024, 1, 1), date(2030, 1, 1)))
def test_a_new_holiday_never_shortens_a_promise(start: datetime, n: int, decreed: date) -> None:
    before = add_working_days(start, n, HOLIDAYS, WIT)
    assert add_working_days(start, n, HOLIDAYS | {decreed}, WIT) >= before


def test_the_end_of_a_leap_february_is_a_day_like_any_other() -> None:
    assert add_working_days(at("2028-02-28 09:00"), 1, HOLIDAYS, WIT) == at("2028-02-29 09:00")
    assert add_calendar_days(at("2028-02-28 09:00"), 2, WIT) == at("2028-03-01 09:00")


def test_a_city_with_summer_time_keeps_its_clock_time() -> None:
    """Nobody in Indonesia changes clocks; a city that copies the program may."""
    received = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)  # Friday 10.00 in Amsterdam, two days before the change
    due = local(add_working_days(received, 1, frozenset(), "Europe/Amsterdam"), "Europe/Amsterdam")
    assert (due.date(), due.hour) == (date(2026, 3, 30), 10)
