"""Counting time the way offices promise it. Pure: the caller brings the holidays.

The rules, in the zone of the city:
1. Working days are Monday to Friday, except the given holidays (national and joint leave).
2. A period of n working days ends on the n-th working day after its start, at the same clock
   time. Received Tuesday 14.05, three working days: Friday 14.05.
3. What arrives on a day off counts as received at 00.00 of the next working day, so that day is
   wholly available. Received Saturday, one working day: Tuesday 00.00, that is, all of Monday.
4. Calendar days keep the clock time; hours are hours that pass, day or night.
Office hours are not used: cities publish promises in days, and a deadline in the middle of the
night is the same promise as one at the closing of the day before.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Literal

from baileo.core.clock import as_utc, local, zone
from baileo.core.errors import InvalidInput

Unit = Literal["hours", "working_days", "calendar_days"]
LONGEST_DAYS = 3_660  # ten years; more is a typing mistake


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Monday to Friday and not a holiday."""
    return day.weekday() < 5 and day not in holidays


def next_working_day(day: date, holidays: Collection[date]) -> date:
    """The first working day after `day`. Raises `InvalidInput` when ten years hold none."""
    for ahead in range(1, LONGEST_DAYS):
        candidate = day + timedelta(days=ahead)
        if is_working_day(candidate, holidays):
            return candidate
    raise InvalidInput("The holiday calendar leaves no working day in ten years; correct it.")


def add_working_days(start: datetime, n: int, holidays: Collection[date], zone_name: str) -> datetime:
    """`start` plus `n` working days by rules 1 to 3, as an aware UTC instant.

    Raises `InvalidInput` for a naive start or an `n` outside 0 to 3,660.
    """
    _check(n)
    there = local(start, zone_name)
    day, clock_time = there.date(), there.time()
    if not is_working_day(day, holidays):
        day, clock_time = next_working_day(day, holidays), time.min
    for _ in range(n):
        day = next_working_day(day, holidays)
    return _instant(day, clock_time, zone_name)


def add_calendar_days(start: datetime, n: int, zone_name: str) -> datetime:
    """The same clock time `n` days later, as an aware UTC instant."""
    _check(n)
    there = local(start, zone_name)
    return _instant(there.date() + timedelta(days=n), there.time(), zone_name)


def add_hours(start: datetime, n: float) -> datetime:
    """`n` hours later, as an aware UTC instant."""
    _check(n / 24)
    return as_utc(start) + timedelta(hours=n)


def deadline(start: datetime, amount: int, unit: Unit, holidays: Collection[date], zone_name: str) -> datetime:
    """The end of a promised period in whichever unit its rule is written."""
    match unit:
        case "hours":
            return add_hours(start, amount)
        case "working_days":
            return add_working_days(start, amount, holidays, zone_name)
        case "calendar_days":
            return add_calendar_days(start, amount, zone_name)
    raise InvalidInput(f"A period is counted in hours, working_days or calendar_days, not {unit}.")


def _instant(day: date, clock_time: time, zone_name: str) -> datetime:
    return as_utc(datetime.combine(day, clock_time, zone(zone_name)))


def _check(days: float) -> None:
    if not 0 <= days <= LONGEST_DAYS:
        raise InvalidInput(f"A period of {days:g} days is not between 0 and {LONGEST_DAYS}.")
