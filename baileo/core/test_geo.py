from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.core.errors import InvalidInput
from baileo.core.geo import (
    EARTH_MEAN_RADIUS_M,
    Bbox,
    bbox,
    check_position,
    distance_m,
    is_on_earth,
    round_position,
)

lons = st.floats(-180, 180)
lats = st.floats(-90, 90)
HALF_ROUND_M = 3.1415926536 * EARTH_MEAN_RADIUS_M


@given(lons, lats, lons, lats)
def test_distance_is_the_same_both_ways_and_never_past_the_antipode(
    lon1: float, lat1: float, lon2: float, lat2: float
) -> None:
    there = distance_m(lon1, lat1, lon2, lat2)
    assert there == pytest.approx(distance_m(lon2, lat2, lon1, lat1), abs=0.001)
    assert 0 <= there <= HALF_ROUND_M + 1


@given(lons, lats)
def test_a_point_is_no_distance_from_itself(lon: float, lat: float) -> None:
    assert distance_m(lon, lat, lon, lat) == 0


def test_from_pole_to_equator_is_a_quarter_of_the_way_round() -> None:
    assert distance_m(128.18, 0, 128.18, 90) == pytest.approx(HALF_ROUND_M / 2)


def test_short_ways_in_the_city_are_right_to_a_metre() -> None:
    # One thousandth of a degree each way at 3.7 degrees south, by the formula for small angles.
    assert distance_m(128.18, -3.7, 128.181, -3.7) == pytest.approx(110.96, abs=0.1)
    assert distance_m(128.18, -3.7, 128.18, -3.701) == pytest.approx(111.19, abs=0.1)


@pytest.mark.parametrize(
    ("lon", "lat", "fine"),
    [
        (128.18, -3.7, True),
        (180, 90, True),
        (-3.7, 128.18, False),
        (nan, 0, False),
        (181, 0, False),
    ],
)
def test_only_positions_on_earth_pass(lon: float, lat: float, fine: bool) -> None:
    assert is_on_earth(lon, lat) is fine


def test_swapped_coordinates_are_recognised_and_said() -> None:
    with pytest.raises(InvalidInput, match="longitude comes first"):
        check_position(-3.7, 128.18)
    with pytest.raises(InvalidInput) as caught:
        check_position(999, 999)
    assert "swapped" not in str(caught.value)


def test_a_good_position_passes_unchanged() -> None:
    assert check_position(128.18, -3.7) == (128.18, -3.7)


def test_a_box_holds_its_points_and_no_others() -> None:
    box = bbox([(128.1, -3.7), (128.3, -3.6), (128.2, -3.8)])
    assert box == Bbox(128.1, -3.8, 128.3, -3.6)
    assert box.contains(128.2, -3.7)
    assert not box.contains(128.4, -3.7)


def test_a_box_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput):
        bbox([])


@given(st.lists(st.tuples(lons, lats), min_size=1), st.floats(0, 50_000))
def test_a_grown_box_still_holds_everything_and_stays_on_earth(points: list[tuple[float, float]], by_m: float) -> None:
    box = bbox(points).grown(by_m)
    assert all(box.contains(*point) for point in points)
    assert is_on_earth(box.west_deg, box.south_deg)
    assert is_on_earth(box.east_deg, box.north_deg)


@given(st.floats(95, 141), st.floats(-11, 6), st.floats(50, 2_000))
def test_a_rounded_position_is_near_but_hides_the_house(lon: float, lat: float, within_m: float) -> None:
    shown = round_position(lon, lat, within_m)
    assert distance_m(lon, lat, *shown) <= within_m * 0.72 + 2


@given(st.floats(128.0, 128.4), st.floats(-3.8, -3.5))
def test_rounding_again_reveals_nothing_more(lon: float, lat: float) -> None:
    once = round_position(lon, lat)
    assert round_position(*once) == once


@given(lons, lats)
def test_every_rounded_position_is_on_earth(lon: float, lat: float) -> None:
    assert is_on_earth(*round_position(lon, lat))


def test_rounding_to_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput):
        round_position(128.0, -3.7, 0)


@given(lons, lats, lons, lats, lons, lats)
def test_a_detour_is_never_shorter(a: float, b: float, c: float, d: float, e: float, f: float) -> None:
    assert distance_m(a, b, e, f) <= distance_m(a, b, c, d) + distance_m(c, d, e, f) + 0.01


def test_the_shortest_way_may_cross_the_date_line() -> None:
    assert distance_m(179.5, 0, -179.5, 0) == pytest.approx(111_195, abs=1)


def test_neighbours_share_a_grid_cell_and_far_places_do_not() -> None:
    shown = [round_position(128.18 + step * 0.00001, -3.7) for step in range(100)]  # 111 m in small steps
    assert 1 <= len(set(shown)) <= 2
    assert round_position(128.18, -3.7) != round_position(128.19, -3.7)
