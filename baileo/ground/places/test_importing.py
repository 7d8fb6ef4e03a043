import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import get_parts
from shapely.geometry import shape

from baileo.core.errors import BaileoError, InvalidInput, PayloadRejected, TooLarge
from baileo.ground.places import importing
from baileo.ground.places.importing import check_boundary, read_boundaries
from baileo.ground.places.testing import collection, feature, square, two_villages

BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[128.0, -4.0], [128.01, -3.99], [128.01, -4.0], [128.0, -3.99], [128.0, -4.0]]],
}
NESTED = {
    "type": "MultiPolygon",
    "coordinates": [square(128.0, -4.0, 0.04)["coordinates"], square(128.01, -3.99, 0.01)["coordinates"]],
}
LINE = {"type": "Polygon", "coordinates": [[[128.0, -4.0], [128.01, -4.0], [128.02, -4.0], [128.0, -4.0]]]}


def test_a_plain_file_and_a_packed_one_read_the_same() -> None:
    plain, packed = read_boundaries(two_villages()), read_boundaries(gzip.compress(two_villages()))
    assert plain == packed
    assert [area.code for area in plain.areas] == ["99", "99.71", "99.71.01", "99.71.01.1001", "99.71.01.2002"]
    assert (plain.repaired, plain.refused) == ([], [])


@pytest.mark.parametrize(
    "properties",
    [
        {"kode": "99.71", "nama": "Kota Uji"},
        {"KODE": "9971", "NAMA": "KOTA UJI"},
        {"code": 9971, "name": " Kota  Uji "},
        {"KDPKAB": "99.71", "WADMKK": "Kota Uji"},
        {"kode": "", "code": "99.71", "nama": None, "name": "Kota Uji"},
    ],
)
def test_offices_name_their_columns_differently(properties: dict[str, Any]) -> None:
    data = {"type": "Feature", "properties": properties, "geometry": square(128.0, -4.0)}
    (area,) = read_boundaries(collection(data)).areas
    assert (area.code, area.name) == ("99.71", "Kota Uji")


def test_a_centroid_is_taken_from_the_file_or_found_inside() -> None:
    given_, found = read_boundaries(
        collection(
            feature("99", "A", square(128.0, -4.0), centroid_lng=128.002, centroid_lat=-3.998),
            feature("98", "B", square(128.0, -4.0)),
        )
    ).areas
    assert given_.centroid == (128.002, -3.998)
    assert found.centroid == pytest.approx((128.005, -3.995))


def test_an_area_may_have_a_centroid_and_no_boundary() -> None:
    (area,) = read_boundaries(collection(feature("99", "A", None, lat=-4.0, lon=128.0))).areas
    assert (area.boundary, area.box, area.centroid) == (None, None, (128.0, -4.0))


def test_heights_are_dropped_and_coordinates_are_kept_to_a_decimetre() -> None:
    ring = [[128.0, -4.0, 7.0], [128.0123456789, -4.0, 7.0], [128.0, -3.99, 7.0], [128.0, -4.0, 7.0]]
    (area,) = read_boundaries(collection(feature("99", "A", {"type": "Polygon", "coordinates": [ring]}))).areas
    assert area.boundary is not None
    assert area.boundary["coordinates"][0][1] == [128.012346, -4.0]
    assert area.box == (128.0, -4.0, 128.012346, -3.99)


@pytest.mark.parametrize(("geometry", "words"), [(BOW_TIE, "self-intersection"), (NESTED, "nested shells")])
def test_an_invalid_polygon_is_repaired_and_it_is_said(geometry: dict[str, Any], words: str) -> None:
    result = read_boundaries(collection(feature("99", "Uji", geometry)))
    (note,) = result.repaired
    assert note.area == "99 Uji"
    assert words in note.words
    assert "repaired" in note.words
    assert shape(result.areas[0].boundary).is_valid


def test_a_shell_inside_a_shell_stays_land_and_does_not_become_a_lake() -> None:
    boundary, _, _ = check_boundary(NESTED)
    assert shape(boundary).area == pytest.approx(0.04**2)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (feature("99", "A", LINE), "cannot be repaired"),
        (feature("99", "A", {"type": "Point", "coordinates": [128.0, -4.0]}), "geometry"),
        (feature("99", "A", {"type": "Polygon", "coordinates": []}), "coordinates"),
        (feature("99", "A", {"type": "Polygon", "coordinates": [[[1], [2], [3]]]}), "coordinates"),
        (feature("99", "A", {"type": "Polygon", "coordinates": "x"}), "coordinates"),
        (feature("99", "A", square(500_000.0, 9_500_000.0, 100.0)), "WGS 84"),
        (feature("99", "A", square(-4.0, 128.0)), "WGS 84"),
        (feature("99", "A", square(128.0, -4.0), centroid_lat=128.0, centroid_lng=-4.0), "swapped"),
        (feature("99", "A", None), "neither"),
        (feature("99.7", "A", square(128.0, -4.0)), "Kemendagri"),
        (feature("", "A", square(128.0, -4.0)), "code"),
        (feature("99", "", square(128.0, -4.0)), "name"),
        (feature("99", "\x00", square(128.0, -4.0)), "no name"),
        ({"type": "Feature", "geometry": None}, "properties"),
        ("not a feature", "properties"),
    ],
)
def test_one_bad_area_is_refused_alone_with_its_reason(bad: Any, reason: str) -> None:
    result = read_boundaries(collection(bad, feature("98", "B", square(128.0, -4.0))))
    assert [area.code for area in result.areas] == ["98"]
    (note,) = result.refused
    assert reason in note.words


def test_a_nameless_feature_is_named_by_its_place_in_the_file() -> None:
    result = read_boundaries(collection(feature("98", "B", square(128.0, -4.0)), {"type": "Feature"}))
    assert result.refused[0].area == "feature 2"


def test_a_code_given_twice_counts_once() -> None:
    result = read_boundaries(collection(feature("99", "A", square(128.0, -4.0)), feature("99", "B", square(1.0, 1.0))))
    assert [area.name for area in result.areas] == ["A"]
    assert "twice" in result.refused[0].words


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'{"type": "Feature"}', b"\x1f\x8bdamaged", b"PK\x03\x04", b"\xff\xfe", b"[" * 100_000]
)
def test_a_file_of_another_kind_is_refused_with_what_to_do(raw: bytes) -> None:
    with pytest.raises(PayloadRejected, match="again"):
        read_boundaries(raw)


def test_a_file_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "LARGEST_FILE", 10_000)
    with pytest.raises(TooLarge, match="Split it"):
        read_boundaries(gzip.compress(b" " * 20_000))


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(json_values, json_values)
def test_whatever_a_feature_holds_it_is_read_or_refused(properties: Any, geometry: Any) -> None:
    odd = {"type": "Feature", "properties": properties, "geometry": geometry}
    result = read_boundaries(collection(odd))
    assert len(result.areas) + len(result.refused) == 1


@given(json_values)
def test_whatever_stands_for_coordinates_is_read_or_refused(coordinates: Any) -> None:
    try:
        boundary, _, _ = check_boundary({"type": "MultiPolygon", "coordinates": coordinates})
    except BaileoError:
        return
    assert shape(boundary).is_valid


def test_a_boundary_typed_in_the_office_must_be_a_polygon() -> None:
    with pytest.raises(InvalidInput, match="Polygon"):
        check_boundary({"type": "LineString", "coordinates": [[1, 2], [3, 4]]})


class TestRealFiles:
    """The simplified boundaries of three regencies of Maluku."""

    @pytest.mark.parametrize(
        ("name", "areas", "repaired"),
        [
            ("kelurahan_8171_ambon.geojson", 50, 0),
            ("kelurahan_8101_maluku_tengah.geojson", 192, 0),
            ("kelurahan_8107_kepulauan_aru.geojson.gz", 119, None),
            ("kecamatan_8171_8101_8107.geojson", 33, 11),
            ("kabkota_81_maluku.geojson", 11, 8),
        ],
    )
    def test_each_is_read_whole_and_every_repair_is_named(
        self, shared_admin: Path, name: str, areas: int, repaired: int | None
    ) -> None:
        result = read_boundaries((shared_admin / name).read_bytes())
        assert (len(result.areas), result.refused) == (areas, [])
        assert repaired in (None, len(result.repaired))
        assert all(shape(area.boundary).is_valid for area in result.areas)

    def test_repairing_nested_shells_loses_no_land(self, shared_admin: Path) -> None:
        raw = (shared_admin / "kabkota_81_maluku.geojson").read_bytes()
        before = {f["properties"]["kode"]: shape(f["geometry"]) for f in json.loads(raw)["features"]}
        for area in read_boundaries(raw).areas:
            largest = max(part.area for part in get_parts(before[area.code]))
            assert shape(area.boundary).area >= largest * 0.999
