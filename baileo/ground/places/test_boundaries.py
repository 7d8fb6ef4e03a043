from math import nan
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, shape

from baileo.core.errors import InvalidInput
from baileo.core.geo import distance_m
from baileo.ground.places.boundaries import OUTSIDE, AreaIndex, Village
from baileo.ground.places.importing import read_boundaries
from baileo.ground.places.testing import square

WEST = Village("99.71.01.1001", (128.005, -3.995), square(128.0, -4.0))
EAST = Village("99.71.01.2002", (128.015, -3.995), square(128.01, -4.0))
BARE = Village("99.71.01.2003", (128.1, -3.995), None)  # 8.9 km east, no boundary
INDEX = AreaIndex([EAST, BARE, WEST])


def test_a_point_inside_a_boundary_is_in_that_village() -> None:
    located = INDEX.area_at(128.004, -3.996)
    assert (located.area_code, located.how, located.distance_m) == (WEST.code, "boundary", 0.0)


def test_a_point_on_a_common_border_is_in_one_of_the_two_and_always_the_same() -> None:
    answers = {AreaIndex(order).area_at(128.01, -3.995) for order in ([WEST, EAST], [EAST, WEST])}
    assert len(answers) == 1
    assert answers.pop().how == "boundary"


def test_the_jetty_of_a_village_belongs_to_it_and_the_answer_says_how_far() -> None:
    located = INDEX.area_at(128.005, -4.003)
    assert (located.area_code, located.how) == (WEST.code, "nearest")
    assert located.distance_m == pytest.approx(distance_m(128.005, -4.003, 128.005, -4.0), rel=0.01)


def test_the_open_sea_belongs_to_nobody() -> None:
    assert INDEX.area_at(128.005, -4.02) == OUTSIDE


def test_a_village_without_boundary_claims_what_is_near_its_centroid() -> None:
    located = INDEX.area_at(128.09, -3.99)
    assert (located.area_code, located.how) == (BARE.code, "nearest")
    assert located.distance_m == pytest.approx(distance_m(128.09, -3.99, 128.1, -3.995), rel=0.01)
    assert INDEX.area_at(128.15, -3.995) == OUTSIDE  # 5.5 km


def test_where_two_drawings_overlap_the_smaller_one_wins() -> None:
    large = Village("99.71.01.1009", (128.0, -4.0), square(127.99, -4.01, 0.05))
    assert AreaIndex([large, WEST]).area_at(128.004, -3.996).area_code == WEST.code


def test_an_island_is_found_in_either_of_its_parts() -> None:
    parts = [square(128.0, -4.0)["coordinates"], square(128.05, -4.0)["coordinates"]]
    split = Village("99.71.01.2004", None, {"type": "MultiPolygon", "coordinates": parts})
    index = AreaIndex([split])
    assert {index.area_at(lon, -3.995).area_code for lon in (128.005, 128.055)} == {split.code}


def test_a_hole_in_a_village_is_not_the_village() -> None:
    ring, hole = square(128.0, -4.0, 0.04)["coordinates"][0], square(128.015, -3.985, 0.01)["coordinates"][0]
    around = Village("99.71.01.2005", None, {"type": "Polygon", "coordinates": [ring, hole]})
    inside = Village("99.71.01.2006", None, square(128.015, -3.985, 0.01))
    assert AreaIndex([around]).area_at(128.02, -3.98).how != "boundary"
    assert AreaIndex([around, inside]).area_at(128.02, -3.98).area_code == inside.code


def test_an_empty_index_answers_outside() -> None:
    assert AreaIndex([]).area_at(128.0, -4.0) == OUTSIDE
    assert len(AreaIndex([])) == 0


@pytest.mark.parametrize(("lon", "lat"), [(-3.7, 128.2), (nan, 0.0), (181.0, 0.0)])
def test_a_position_off_the_earth_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(InvalidInput):
        INDEX.area_at(lon, lat)


@given(st.floats(127.9, 128.2), st.floats(-4.1, -3.9))
def test_every_answer_is_consistent_with_itself(lon: float, lat: float) -> None:
    located = INDEX.area_at(lon, lat)
    assert bool(located.area_code) == (located.how != "outside") == (located.distance_m is not None)
    if located.how == "nearest" and located.area_code == BARE.code:
        assert distance_m(lon, lat, 128.1, -3.995) <= 5_060
    assert located == INDEX.area_at(lon, lat)


@given(st.floats(60.0, 70.0))
def test_nearest_means_on_the_ground_also_far_from_the_equator(lat: float) -> None:
    """At 60 degrees a degree of longitude is half as long; counted in degrees, the wrong one would win."""
    east, north = Village("99.71.01.1001", (20.03, lat), None), Village("99.71.01.1002", (20.0, lat + 0.02), None)
    assert AreaIndex([east, north]).area_at(20.0, lat).area_code == east.code


class TestRealBoundaries:
    """Ambon's fifty villages, simplified."""

    @pytest.fixture
    def villages(self, shared_admin: Path) -> list[Village]:
        read = read_boundaries((shared_admin / "kelurahan_8171_ambon.geojson").read_bytes()).areas
        return [Village(area.code, area.centroid, area.boundary) for area in read]

    def test_every_village_finds_itself(self, villages: list[Village]) -> None:
        index = AreaIndex(villages)
        for village in villages:
            inside = shape(village.boundary).representative_point()
            located = index.area_at(inside.x, inside.y)
            assert (located.area_code, located.how) == (village.code, "boundary")

    def test_the_index_agrees_with_looking_at_every_village(self, villages: list[Village]) -> None:
        index, outlines = AreaIndex(villages), {village.code: shape(village.boundary) for village in villages}
        chance = Random(7)
        for _ in range(400):
            lon, lat = chance.uniform(128.05, 128.32), chance.uniform(-3.81, -3.56)
            holding = {code for code, outline in outlines.items() if outline.contains(Point(lon, lat))}
            located = index.area_at(lon, lat)
            if holding:
                assert located.how == "boundary"
                assert located.area_code in holding
            else:
                assert located.how != "boundary"

    def test_the_bay_is_nobodys_and_its_bridge_has_a_nearest_village(self, villages: list[Village]) -> None:
        index = AreaIndex(villages)
        assert index.area_at(128.14, -3.69).how == "outside"
        assert index.area_at(128.1985, -3.6625).how == "nearest"
