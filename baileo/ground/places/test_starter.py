import json
import re
from collections import Counter

import pytest
from shapely.geometry import Point, shape

from baileo.core.errors import NotFound
from baileo.core.geo import distance_m, is_on_earth
from baileo.ground.places.codes import kind_of, level_of, parent_code
from baileo.ground.places.starter import FOLDER, schematic_features, starter_areas, starter_landmarks

AREAS = {area.code: area for area in starter_areas("81.71")}
LANDMARKS = starter_landmarks("81.71")
SCHEMATIC = {feature["properties"]["code"]: feature for feature in schematic_features("81.71")}


def test_ambon_has_its_five_districts_and_fifty_villages() -> None:
    assert Counter(str(level_of(code)) for code in AREAS) == {"province": 1, "regency": 1, "district": 5, "village": 50}
    assert Counter(area.kind for area in AREAS.values() if area.code.count(".") == 3) == {
        "kelurahan": 20,
        "negeri": 22,
        "desa": 8,
    }


def test_every_area_follows_its_parent_and_agrees_with_its_code() -> None:
    seen = {""}
    for area in AREAS.values():
        assert parent_code(area.code) in seen
        assert kind_of(area.code) == area.kind.replace("negeri", "desa")
        seen.add(area.code)


def test_every_village_has_a_centroid_near_the_city() -> None:
    for area in AREAS.values():
        if area.code != "81":
            assert area.centroid is not None
            assert distance_m(*area.centroid, 128.18, -3.70) < 20_000


def test_names_are_unique_within_a_district_and_kind() -> None:
    assert len({(area.name, area.kind, area.code[:8]) for area in AREAS.values()}) == len(AREAS)


def test_landmarks_lie_on_or_near_the_island_and_name_an_area_that_exists() -> None:
    island = shape(SCHEMATIC[""]["geometry"]).buffer(0.01)
    assert len(LANDMARKS) >= 40
    for mark in LANDMARKS:
        assert is_on_earth(mark.lon_deg, mark.lat_deg)
        assert island.contains(Point(mark.lon_deg, mark.lat_deg)), mark.name
        assert mark.area_code == "" or mark.area_code in AREAS


def test_a_landmark_is_not_far_from_the_village_it_is_said_to_lie_in() -> None:
    for mark in LANDMARKS:
        if centroid := mark.area_code and AREAS[mark.area_code].centroid:
            assert distance_m(mark.lon_deg, mark.lat_deg, *centroid) < 3_500, mark.name


def test_no_name_or_alias_is_given_twice() -> None:
    names = [name for mark in LANDMARKS for name in (mark.name, *mark.aliases)]
    assert [name for name, count in Counter(name.lower() for name in names).items() if count > 1] == []


def test_the_outline_is_valid_small_and_says_that_it_is_no_boundary() -> None:
    assert (FOLDER / "ambon_schematic.geojson").stat().st_size < 40_000
    assert set(SCHEMATIC) == {"81.71", "", *(code for code in AREAS if level_of(code) == "district")}
    for feature in SCHEMATIC.values():
        assert shape(feature["geometry"]).is_valid
        assert feature["properties"]["note"] == "schematic, for orientation only, not a boundary"
        assert feature["properties"]["schematic"] is True


def test_the_outline_is_too_coarse_to_be_taken_for_a_survey() -> None:
    text = json.dumps([feature["geometry"]["coordinates"] for feature in SCHEMATIC.values()])
    assert max(len(decimals) for decimals in re.findall(r"\.(\d+)", text)) <= 4


def test_districts_of_the_outline_touch_without_overlapping() -> None:
    shapes = [shape(feature["geometry"]) for code, feature in SCHEMATIC.items() if code.count(".") == 2]
    for number, one in enumerate(shapes):
        for other in shapes[number + 1 :]:
            assert one.intersection(other).area < 1e-9
    city = shape(SCHEMATIC["81.71"]["geometry"])
    assert sum(one.area for one in shapes) == pytest.approx(city.area, rel=1e-6)


def test_most_villages_lie_in_the_drawn_district_they_belong_to() -> None:
    inside = [
        shape(SCHEMATIC[parent_code(area.code)]["geometry"]).contains(Point(area.centroid))
        for area in AREAS.values()
        if area.code.count(".") == 3
    ]
    assert sum(inside) >= 46


def test_what_a_caller_does_to_the_outline_stays_with_the_caller() -> None:
    schematic_features("81.71")[0]["properties"]["name"] = "changed"
    assert schematic_features("81.71")[0]["properties"]["name"] == "Kota Ambon"


def test_a_city_we_bring_nothing_for_is_said_and_drawn_empty() -> None:
    with pytest.raises(NotFound, match="places import"):
        starter_areas("99.99")
    with pytest.raises(NotFound):
        starter_landmarks("../../etc")
    assert schematic_features("99.99") == []
