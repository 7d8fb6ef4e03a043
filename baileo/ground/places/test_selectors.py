import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from baileo.core.errors import NotFound
from baileo.core.geo import Bbox, distance_m
from baileo.ground.people.roles import ROLE_PERMISSIONS
from baileo.ground.places import selectors, services
from baileo.ground.places.apps import PlacesConfig
from baileo.ground.places.importing import read_boundaries
from baileo.ground.places.models import Area
from baileo.ground.places.testing import collection, feature, square, two_villages

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("ambon")
class TestAmbonWithoutBoundaries:
    """The day the city begins: codes and centroids, nothing imported."""

    def test_a_point_is_in_the_nearest_village_and_the_answer_says_so(self) -> None:
        located = selectors.area_at(128.1936, -3.6440)
        assert (located.area_code, located.how) == ("81.71.04.2002", "nearest")
        assert located.distance_m is not None
        assert located.distance_m < 200

    def test_jakarta_is_outside(self) -> None:
        assert selectors.area_at(106.8, -6.2).how == "outside"

    def test_the_schematic_outline_is_drawn_but_never_asked(self) -> None:
        assert [f["properties"]["schematic"] for f in selectors.areas_geojson("district")["features"]] == [True] * 5
        assert selectors.area_at(128.2036, -3.7126).how == "nearest"  # well inside the drawn Nusaniwe

    def test_districts_stand_in_for_villages_nobody_has_drawn(self) -> None:
        levels = {f["properties"]["level"] for f in selectors.areas_geojson("village")["features"]}
        assert levels == {"district"}

    def test_the_map_begins_at_the_city_and_not_at_its_island(self) -> None:
        west, south, east, north = (float(side) for side in selectors.city_bounds().split(","))
        assert Bbox(128.0, -3.85, 128.35, -3.55).contains(west, south)
        assert Bbox(128.0, -3.85, 128.35, -3.55).contains(east, north)

    def test_the_island_can_be_drawn_beneath(self) -> None:
        (island,) = selectors.land_geojson()["features"]
        assert island["properties"]["level"] == "island"

    def test_imported_boundaries_take_the_place_of_the_outline(self) -> None:
        services.boundaries_import(collection(feature("81.71.02", "Sirimau", square(128.2, -3.7))), "user:1")
        (only,) = selectors.areas_geojson("district")["features"]
        assert (only["properties"]["code"], only["properties"]["schematic"]) == ("81.71.02", False)
        assert only["properties"]["centroid"] == pytest.approx([128.205, -3.695])
        assert selectors.city_bounds() == "128.2000,-3.7000,128.2100,-3.6900"

    def test_names_are_found_and_told_apart_by_their_labels(self) -> None:
        labels = {place.label for place in selectors.gazetteer_search("nusaniwe", 3)}
        assert labels == {
            "Nusaniwe (kecamatan), Kota Ambon",
            "Nusaniwe (negeri), Nusaniwe",
            "Nusaniwe (kelurahan), Nusaniwe",
        }

    def test_a_place_brings_its_position(self) -> None:
        (mention,) = selectors.find_place_in_text("lampu mati di Jembatan Merah Putih")
        assert mention.place.lon_deg == pytest.approx(128.1985)
        assert mention.place.landmark_id is not None

    def test_ancestors_come_from_the_province_down(self) -> None:
        assert [area.name for area in selectors.area_ancestors("81.71.02.2003")] == ["Maluku", "Kota Ambon", "Sirimau"]

    def test_a_label_says_the_district_too(self) -> None:
        assert selectors.area_label("81.71.02.2003") == "Batu Merah, Sirimau"
        assert selectors.area_label("81.71.02") == "Sirimau"
        assert selectors.area_label("99.99") == selectors.area_label("") == ""

    def test_lists_are_narrowed_by_level_and_by_what_is_above(self) -> None:
        assert selectors.area_list(level="village", within="81.71.03").count() == 7
        assert selectors.area_list(within="81.71.03").count() == 8
        assert selectors.area_list().count() == 57

    def test_listing_areas_asks_the_database_once(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        with django_assert_num_queries(1):
            assert all(area.parent is None or area.parent.name for area in selectors.area_list())

    def test_look_ups_ask_the_database_nothing_between_checks(
        self, django_assert_num_queries: DjangoAssertNumQueries, settings: Settings
    ) -> None:
        settings.PLACES_CHECK_EVERY_S = 3_600
        selectors.area_at(128.2, -3.7)
        selectors.gazetteer_search("poka")
        with django_assert_num_queries(0):
            selectors.area_at(128.2, -3.7)
            selectors.gazetteer_search("poka")
            selectors.find_place_in_text("di Poka")


def test_with_an_empty_database_every_question_has_a_calm_answer(settings: Settings) -> None:
    assert selectors.area_at(128.2, -3.7).how == "outside"
    assert selectors.gazetteer_search("poka") == []
    assert selectors.find_place_in_text("di Poka") == []
    assert len(selectors.areas_geojson("district")["features"]) == 5  # the outline needs no rows
    with pytest.raises(NotFound, match="Import its boundaries"):
        selectors.area_get("81.71")


def test_a_change_by_another_process_is_noticed() -> None:
    services.boundaries_import(two_villages(), "user:1")
    assert selectors.area_at(128.0095, -3.995).area_code == "99.71.01.1001"
    Area.objects.filter(code="99.71.01.1001").delete()  # not through our services: nobody told the cache
    assert selectors.area_at(128.0095, -3.995).area_code == "99.71.01.2002"


def test_a_late_commit_of_an_older_row_is_noticed() -> None:
    """Its time lies before the newest one already seen, so a maximum would not move."""
    services.boundaries_import(two_villages(), "user:1")
    assert selectors.gazetteer_search("barat")[0].name == "Barat"
    older = Area.objects.earliest("updated_at").updated_at.replace(year=2020)
    Area.objects.filter(code="99.71.01.1001").update(name="Utara", updated_at=older)
    assert selectors.gazetteer_search("utara")[0].name == "Utara"


def test_another_city_has_its_own_map(settings: Settings) -> None:
    services.boundaries_import(two_villages(), "user:1")
    assert [f["properties"]["code"] for f in selectors.areas_geojson("village", within="99.71")["features"]] == [
        "99.71.01.1001",
        "99.71.01.2002",
    ]
    assert selectors.areas_geojson("village", within="98")["features"] == []


def test_what_a_map_is_given_can_be_imported_elsewhere() -> None:
    """The next city copies the set-up: our own output is a file we read."""
    services.boundaries_import(two_villages(), "user:1")
    drawn = selectors.areas_geojson("village", within="99")
    for item in drawn["features"]:
        assert item["properties"]["schematic"] is False
    again = read_boundaries(json.dumps(drawn).encode())
    assert [area.code for area in again.areas] == ["99.71.01.1001", "99.71.01.2002"]
    assert again.areas[0].boundary == Area.objects.get(code="99.71.01.1001").boundary


def test_every_kind_this_room_writes_is_declared_with_a_permission_somebody_has() -> None:
    source = (Path(services.__file__)).read_text(encoding="utf-8")
    written = set(re.findall(r'kind="(place\.\w+)"', source))
    assert written == set(PlacesConfig.ledger_kinds)
    given = frozenset().union(*ROLE_PERMISSIONS.values())
    assert set(PlacesConfig.ledger_kinds.values()) <= given


def test_a_city_known_by_centroids_only_is_framed_with_a_margin(settings: Settings) -> None:
    settings.BAILEO = replace(settings.BAILEO, city_code="99.71")
    assert selectors.city_bounds() == "95.0000,-11.0000,141.0000,6.0000"  # nothing known: Indonesia
    points = (feature("99", "A", None, lon=128.0, lat=-4.0), feature("99.71", "B", None, lon=128.0, lat=-4.0))
    services.boundaries_import(collection(*points), "user:1")
    west, south, east, north = (float(side) for side in selectors.city_bounds().split(","))
    assert distance_m(west, -4.0, east, -4.0) == pytest.approx(6_000, rel=0.01)
    assert distance_m(128.0, south, 128.0, north) == pytest.approx(6_000, rel=0.01)
    assert selectors.areas_geojson("district")["features"] == []
    assert selectors.land_geojson()["features"] == []


@pytest.mark.usefixtures("ambon")
def test_every_area_of_the_city_has_a_middle_to_put_a_mark_on() -> None:
    middles = selectors.area_middles()
    assert len(middles) == 56  # the province has none
    assert middles["81.71.04.2002"] == pytest.approx((128.19358, -3.64425), abs=0.0001)
