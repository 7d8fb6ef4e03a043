"""Times, ages and numbers as the city says them, in the reader's language.

14.05 WIT, Sen 23 Nov, 3 jam, 12.480: the same words on the desk, the site and the wall. The city's
zone is `settings.TIME_ZONE`; instants come aware and are shown there.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import dateformat
from django.utils.formats import get_format
from django.utils.translation import gettext, ngettext

from baileo.core import clock

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S
WEEK = 7  # days


def city_time(instant: datetime) -> datetime:
    """The instant on the city's clocks."""
    return clock.local(instant, settings.TIME_ZONE)


def zone_label(instant: datetime | None = None) -> str:
    """WIB, WITA or WIT for Indonesia's zones."""
    return clock.zone_label(instant or clock.now(), settings.TIME_ZONE)


def time_in_words(instant: datetime) -> str:
    """14.05 WIT"""
    return f"{city_time(instant):%H.%M} {zone_label(instant)}"


def day_in_words(instant: datetime) -> str:
    """Sen 23 Nov, with the year when it is not this one."""
    there = city_time(instant)
    pattern = "D j M" if there.year == city_time(clock.now()).year else "D j M Y"
    return dateformat.format(there, pattern)


def moment_in_words(instant: datetime) -> str:
    """today 11.05, yesterday 16.43, Sen 23 Nov 11.05: short enough to stand beside a name; the page says the zone."""
    there, here = city_time(instant), city_time(clock.now())
    time = f"{there:%H.%M}"
    if there.date() == here.date():
        return gettext("today %(time)s") % {"time": time}
    if there.date() == (here - timedelta(days=1)).date():
        return gettext("yesterday %(time)s") % {"time": time}
    return f"{day_in_words(instant)} {time}"


def brief_in_words(instant: datetime) -> str:
    """Rab 16.43 within a week, 18 Nov before: for narrow columns of times."""
    there, here = city_time(instant), city_time(clock.now())
    if abs((here.date() - there.date()).days) < WEEK:
        return f"{dateformat.format(there, 'D')} {there:%H.%M}"
    return dateformat.format(there, "j M" if there.year == here.year else "j M Y")


def limit_in_words(instant: datetime) -> str:
    """A promise as short as it can be said: 16.43 when it is today, else Sel 8 Des."""
    there = city_time(instant)
    return f"{there:%H.%M}" if there.date() == city_time(clock.now()).date() else day_in_words(instant)


def day_and_time_in_words(instant: datetime) -> str:
    """Sen 23 Nov, 14.05 WIT"""
    return f"{day_in_words(instant)}, {time_in_words(instant)}"


def seconds_of(value: timedelta | int | float) -> int:
    """Whole seconds of a duration, without its sign."""
    return abs(int(value.total_seconds() if isinstance(value, timedelta) else value))


def age_in_words(value: timedelta | int | float) -> str:
    """One unit, rounded down: just now, 26 mnt, 3 jam, 5 hari. Twin of `age.ts`."""
    seconds = seconds_of(value)
    if seconds < MINUTE_S:
        return gettext("just now")
    if seconds < HOUR_S:
        return _minutes(seconds // MINUTE_S)
    if seconds < DAY_S:
        return _hours(seconds // HOUR_S)
    return _days(seconds // DAY_S)


def span_in_words(value: timedelta | int | float) -> str:
    """What is left or over: 38 mnt, 2 jam 38 mnt, 5 hari. Below a minute "under 1 min"."""
    seconds = seconds_of(value)
    if seconds < MINUTE_S:
        return gettext("under 1 min")
    minutes = seconds % HOUR_S // MINUTE_S
    if not HOUR_S <= seconds < DAY_S or not minutes:
        return age_in_words(seconds)
    return f"{_hours(seconds // HOUR_S)} {_minutes(minutes)}"


def _minutes(n: int) -> str:
    return ngettext("%(n)d min", "%(n)d min", n) % {"n": n}


def _hours(n: int) -> str:
    return ngettext("%(n)d h", "%(n)d h", n) % {"n": n}


def _days(n: int) -> str:
    return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}


def number_in_words(value: int | float | Decimal) -> str:
    """12.480 in Indonesian, 12,480 in English; decimals are kept as given: 3,1 km.

    >>> number_in_words(12480).replace(".", ",")
    '12,480'
    """
    thousands, point = str(get_format("THOUSAND_SEPARATOR")), str(get_format("DECIMAL_SEPARATOR"))
    swap = {",": thousands, ".": point}
    return "".join(swap.get(char, char) for char in f"{value:,}")
