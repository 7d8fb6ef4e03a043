from datetime import UTC, datetime, timedelta, timezone

import pytest

from baileo.core.clock import Clock, as_utc, clock, local, now, zone, zone_label
from baileo.core.errors import InvalidInput

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_now_is_aware_and_utc() -> None:
    assert now().utcoffset() == timedelta(0)
    assert abs(now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_stopped_clock_stands_until_it_is_moved() -> None:
    with clock.stopped_at(NOON) as stopped:
        assert now() == now() == NOON
        stopped.tick(hours=3)
        assert now() == NOON + timedelta(hours=3)
    assert now() > NOON


def test_stopped_clocks_nest() -> None:
    with clock.stopped_at(NOON):
        with clock.stopped_at(NOON + timedelta(days=1)):
            assert now() == NOON + timedelta(days=1)
        assert now() == NOON


def test_a_running_clock_cannot_be_moved() -> None:
    with pytest.raises(InvalidInput, match="stopped clock"):
        Clock().tick(hours=1)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="without its zone"):
        as_utc(datetime(2026, 3, 1, 12, 0))


def test_other_zones_become_utc() -> None:
    wit = datetime(2026, 3, 1, 21, 0, tzinfo=timezone(timedelta(hours=9)))
    assert as_utc(wit) == NOON


@pytest.mark.parametrize(
    ("name", "hour", "label"),
    [
        ("Asia/Jakarta", 19, "WIB"),
        ("Asia/Pontianak", 19, "WIB"),
        ("Asia/Makassar", 20, "WITA"),
        ("Asia/Jayapura", 21, "WIT"),
        ("Asia/Singapore", 20, "UTC+08"),
        ("Asia/Kolkata", 17, "IST"),
        ("Asia/Kathmandu", 17, "UTC+05:45"),
        ("UTC", 12, "UTC"),
    ],
)
def test_local_time_carries_the_name_people_use(name: str, hour: int, label: str) -> None:
    assert local(NOON, name).hour == hour
    assert zone_label(NOON, name) == label


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "WIT"])
def test_an_unknown_zone_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(InvalidInput, match="Asia/Jayapura"):
        zone(name)
