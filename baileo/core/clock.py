"""Time. Instants are aware and UTC; a city shows them in its own zone, with the zone's name."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from baileo.core.errors import InvalidInput

# What people call the zones of Indonesia; not left to tzdata, whose short names have changed.
_INDONESIAN_ZONES = frozenset({"Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura"})
_ZONE_LABELS = {7: "WIB", 8: "WITA", 9: "WIT"}


class Clock:
    """Where "now" comes from. Tests stop it; running code never touches it."""

    def __init__(self) -> None:
        self._stopped_at: datetime | None = None

    def now(self) -> datetime:
        return self._stopped_at or datetime.now(UTC)

    def tick(self, **duration: float) -> datetime:
        """Move a stopped clock on, as in `clock.tick(hours=3)`."""
        if self._stopped_at is None:
            raise InvalidInput("Only a stopped clock can be moved; use `stopped_at` first.")
        self._stopped_at += timedelta(**duration)
        return self._stopped_at

    @contextmanager
    def stopped_at(self, instant: datetime) -> Iterator["Clock"]:
        """Inside, `now()` stays at `instant` (aware). For tests."""
        before, self._stopped_at = self._stopped_at, as_utc(instant)
        try:
            yield self
        finally:
            self._stopped_at = before


clock = Clock()


def now() -> datetime:
    """The present instant, aware, UTC."""
    return clock.now()


def as_utc(instant: datetime) -> datetime:
    """The same instant in UTC. Raises `InvalidInput` for a naive time: nobody knows its zone."""
    if instant.tzinfo is None:
        raise InvalidInput("A time without its zone was given; say which zone it is in.")
    return instant.astimezone(UTC)


def zone(name: str) -> ZoneInfo:
    """The named IANA zone. Raises `InvalidInput` when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(f"There is no time zone {name!r}; Ambon's is Asia/Jayapura.") from error


def local(instant: datetime, zone_name: str) -> datetime:
    """The instant on the clocks of that zone.

    >>> local(datetime(2026, 1, 1, 5, 5, tzinfo=UTC), "Asia/Jayapura").hour
    14
    """
    return as_utc(instant).astimezone(zone(zone_name))


def zone_label(instant: datetime, zone_name: str) -> str:
    """What the people call the zone: WIB, WITA, WIT, elsewhere its name or "UTC+9:30".

    >>> zone_label(datetime(2026, 1, 1, tzinfo=UTC), "Asia/Makassar")
    'WITA'
    """
    there = local(instant, zone_name)
    offset_h = (there.utcoffset() or timedelta()).total_seconds() / 3600
    if zone_name in _INDONESIAN_ZONES:
        return _ZONE_LABELS[int(offset_h)]
    name = there.tzname() or ""
    return name if name.isalpha() else f"UTC{name[:3]}" + (f":{name[3:]}" if name[3:] else "")
