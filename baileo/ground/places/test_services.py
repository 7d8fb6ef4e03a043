from dataclasses import replace
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from baileo.core.clock import now
from baileo.core.errors import InvalidInput, NotFound, PayloadRejected
from baileo.ground.ledger.models import Entry
from baileo.ground.places import selectors, services
from baileo.ground.places.models import Area, Landmark
from baileo.ground.places.testing import collection, feature, square, two_villages

pytestmark = pytest.mark.django_db
CLERK = "user:7"


def entries(kind: str) -> list[Entry]:
    return list(Entry.objects.filter(kind=kind))


# --- importing ---


def test_a_file_becomes_areas_with_parents_boxes_and_one_entry() -> None:
    report = services.boundaries_import(two_villages(), CLERK, source="uji.geojson")
    assert (len(report.imported), report.updated, report.repaired, report.refused) == (5, [], [], [])
    east = Area.objects.get(code="99.71.01.2002")
    assert (east.name, east.kind, east.boundary_source) == ("Timur", "desa", "uji.geojson")
    assert (east.west_deg, east.south_deg, east.east_deg, east.north_deg) == (128.01, -4.0, 128.02, -3.99)
    assert east.parent is not None
    assert east.parent.code == "99.71.01"
    (entry,) = entries("place.boundaries_imported")
    assert entry.actor == CLERK
    assert entry.data == {"imported": 5, "updated": 0, "repaired": 0, "refused": 0, "source": "uji.geojson"}


def test_the_order_of_the_file_does_not_matter() -> None:
    child_first = collection(
        feature("99.71", "Kota Uji", square(128.0, -4.0)), feature("99", "Pulau Uji", square(128.0, -4.0))
    )
    assert services.boundaries_import(child_first, CLERK).imported == ["99", "99.71"]


def test_importing_again_updates_and_adds_nothing() -> None:
    services.boundaries_import(two_villages(), CLERK)
    report = services.boundaries_import(two_villages(), CLERK)
    assert (report.imported, len(report.updated), Area.objects.count()) == ([], 5, 5)


def test_an_area_without_known_parent_is_refused_and_so_are_its_children() -> None:
    orphans = collection(
        feature("98.71.01", "Yatim", square(128.0, -4.0)),
        feature("98.71.01.1001", "Cucu", square(128.0, -4.0)),
        feature("97", "Baik", square(128.0, -4.0)),
    )
    report = services.boundaries_import(orphans, CLERK)
    assert report.imported == ["97"]
    assert [note.area for note in report.refused] == ["98.71.01 Yatim", "98.71.01.1001 Cucu"]
    assert "98.71 is unknown" in report.refused[0].words


def test_repairs_are_reported_for_what_was_stored_only() -> None:
    nested = {
        "type": "MultiPolygon",
        "coordinates": [square(128.0, -4.0, 0.04)["coordinates"], square(128.01, -3.99)["coordinates"]],
    }
    report = services.boundaries_import(
        collection(feature("97", "Ada", nested), feature("96.01", "Yatim", nested)), CLERK
    )
    assert [note.area for note in report.repaired] == ["97 Ada"]
    assert entries("place.boundaries_imported")[0].data["repaired"] == 1


@pytest.mark.usefixtures("ambon")
def test_a_file_of_centroids_leaves_boundaries_and_kinds_alone() -> None:
    services.boundaries_import(
        collection(feature("81.71.02.2003", "Batu Merah", square(128.2, -3.7))), CLERK, source="resmi"
    )
    centroids = collection(
        feature("81.71.02.2003", "BATU MERAH", None, lon=128.21, lat=-3.68),
        feature("81.71.02.2009", "Soya", None, lon=128.22, lat=-3.70),
    )
    report = services.boundaries_import(centroids, CLERK, source="titik")
    assert report.updated == ["81.71.02.2003", "81.71.02.2009"]
    batu_merah, soya = Area.objects.filter(code__in=report.updated)
    assert (batu_merah.name, batu_merah.kind, batu_merah.centroid_lon_deg) == ("Batu Merah", "negeri", 128.21)
    assert (batu_merah.boundary_source, batu_merah.west_deg) == ("resmi", 128.2)
    assert Area.objects.filter(boundary__isnull=True, code=soya.code).exists()  # NULL, not a JSON null


def test_a_new_name_by_decree_is_taken_over() -> None:
    services.boundaries_import(two_villages(), CLERK)
    services.boundaries_import(collection(feature("99.71.01.1001", "Barat Laut", square(128.0, -4.0))), CLERK)
    assert selectors.area_get("99.71.01.1001").name == "Barat Laut"


def test_a_file_that_is_no_use_changes_nothing() -> None:
    with pytest.raises(PayloadRejected):
        services.boundaries_import(b"not geojson", CLERK)
    assert not Area.objects.exists()
    assert not Entry.objects.exists()


def test_an_import_that_breaks_off_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(services, "append", full)
    with pytest.raises(OSError, match="disk full"), transaction.atomic():
        services.boundaries_import(two_villages(), CLERK)
    assert not Area.objects.exists()


def test_a_large_file_takes_few_questions(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    many = [feature(f"99.71.01.{1000 + n}", f"Desa {n}", square(128.0 + n / 1000, -4.0, 0.001)) for n in range(150)]
    services.boundaries_import(two_villages(), CLERK)
    with django_assert_max_num_queries(12):
        services.boundaries_import(collection(*many), CLERK)


@pytest.mark.usefixtures("ambon")
def test_the_real_boundaries_of_ambon_fit_the_starter_city(shared_admin: Path) -> None:
    report = services.boundaries_import((shared_admin / "kelurahan_8171_ambon.geojson").read_bytes(), CLERK)
    assert (report.imported, len(report.updated), report.refused) == ([], 50, [])
    found = selectors.area_at(128.2030, -3.6830)
    assert (found.area_code, found.how) == ("81.71.02.2003", "boundary")


@pytest.mark.usefixtures("ambon")
def test_a_neighbour_is_imported_level_by_level(shared_admin: Path) -> None:
    villages = (shared_admin / "kelurahan_8107_kepulauan_aru.geojson.gz").read_bytes()
    assert len(services.boundaries_import(villages, CLERK).refused) == 119
    for name in ("kabkota_81_maluku.geojson", "kecamatan_8171_8101_8107.geojson"):
        assert services.boundaries_import((shared_admin / name).read_bytes(), CLERK).refused == []
    report = services.boundaries_import(villages, CLERK)
    assert (len(report.imported), report.refused) == (119, [])


# --- starter city ---


def test_the_starter_city_is_loaded_once_with_one_entry() -> None:
    first = services.starter_load()
    assert first.areas == 57
    assert first.landmarks >= 40
    assert services.starter_load() == services.StarterReport(0, 0)
    (entry,) = entries("place.starter_loaded")
    assert (entry.subject, entry.actor, entry.data["areas"]) == ("81.71", "system:starter", 57)


@pytest.mark.usefixtures("ambon")
def test_the_next_start_leaves_alone_what_was_edited_or_removed() -> None:
    services.landmark_remove(Landmark.objects.get(name="Pasar Mardika"), CLERK)
    Area.objects.filter(code="81.71.02.2003").update(name="Batu Merah Baru")
    assert services.starter_load() == services.StarterReport(0, 0)
    assert selectors.area_get("81.71.02.2003").name == "Batu Merah Baru"
    assert not Landmark.objects.filter(name="Pasar Mardika").exists()


def test_a_province_imported_before_is_kept_and_built_upon() -> None:
    services.boundaries_import(collection(feature("81", "Provinsi Maluku", square(128.0, -4.0))), CLERK)
    assert services.starter_load("81.71").areas == 56
    city = selectors.area_get("81.71")
    assert city.parent is not None
    assert city.parent.name == "Provinsi Maluku"


@pytest.mark.usefixtures("ambon")
def test_every_starter_landmark_says_that_its_position_is_approximate() -> None:
    assert not Landmark.objects.filter(position_approximate=False).exists()
    assert set(Landmark.objects.values_list("source", flat=True)) == {"starter list, position approximate"}


def test_an_unknown_city_is_refused_and_leaves_nothing() -> None:
    with pytest.raises(NotFound, match=r"99\.99"):
        services.starter_load("99.99")
    assert not Area.objects.exists()


def test_a_city_we_bring_nothing_for_begins_empty_and_its_start_does_not_fail(settings: Settings) -> None:
    settings.BAILEO = replace(settings.BAILEO, city_code="99.71")
    assert services.starter_load() == services.StarterReport(0, 0)
    assert not Entry.objects.exists()


# --- the command line ---


def test_the_terminal_is_told_what_became_of_each_area(tmp_path: Path) -> None:
    bow_tie = square(128.0, -4.0)
    bow_tie["coordinates"][0][1], bow_tie["coordinates"][0][2] = (
        bow_tie["coordinates"][0][2],
        bow_tie["coordinates"][0][1],
    )
    file = tmp_path / "wilayah.geojson"
    file.write_bytes(collection(feature("97", "Ada", bow_tie), feature("96.01", "Yatim", square(128.0, -4.0))))
    first, repaired, refused = services.places_import(file)
    assert first == "1 areas added, 0 updated, 1 repaired, 1 refused."
    assert repaired.startswith("Repaired 97 Ada: self-intersection, repaired; its surface changed by ")
    assert refused == "Refused 96.01 Yatim: its parent 96 is unknown; import that level first, or in the same file."
    assert Area.objects.get(code="97").boundary_source == "wilayah.geojson"


def test_a_file_that_is_not_there_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read: No such file"):
        services.places_import(tmp_path / "tidak-ada.geojson")


# --- back office ---


@pytest.mark.usefixtures("ambon")
def test_an_area_typed_in_gets_its_level_and_parent_from_its_code() -> None:
    area = Area(code="8171022010", name="Negeri Baru", kind="negeri")
    services.area_save(area, CLERK)
    stored = selectors.area_get("81.71.02.2010")
    assert (stored.level, stored.parent and stored.parent.code) == ("village", "81.71.02")
    assert entries("place.area_saved")[0].subject == "area:81.71.02.2010"


@pytest.mark.usefixtures("ambon")
def test_a_boundary_pasted_in_is_checked_and_boxed_and_can_be_taken_away() -> None:
    area = selectors.area_get("81.71.02.2003")
    area.boundary = square(128.2, -3.7)
    services.area_save(area, CLERK)
    assert Area.objects.get(code=area.code).west_deg == 128.2
    area.boundary = None
    services.area_save(area, CLERK)
    assert (Area.objects.get(code=area.code).boundary, Area.objects.get(code=area.code).west_deg) == (None, None)


@pytest.mark.usefixtures("ambon")
def test_nonsense_from_the_office_is_refused_and_not_recorded() -> None:
    area = selectors.area_get("81.71.02.2003")
    area.boundary = {"type": "Point", "coordinates": [1, 2]}
    with pytest.raises(InvalidInput, match="Polygon"):
        services.area_save(area, CLERK)
    with pytest.raises(InvalidInput, match="Add 70 first"):
        services.area_save(Area(code="70.01", name="Yatim"), CLERK)
    with pytest.raises(ValidationError):
        services.area_save(Area(code="81.71.02.2011", name=""), CLERK)
    assert entries("place.area_saved") == []


@pytest.mark.usefixtures("ambon")
def test_a_landmark_finds_the_area_it_lies_in() -> None:
    landmark = Landmark(name="Pos Ronda Poka", kind="office", lon_deg=128.1936, lat_deg=-3.6442)
    services.landmark_save(landmark, CLERK)
    assert landmark.area is not None
    assert landmark.area.name == "Poka"
    (entry,) = entries("place.landmark_saved")
    assert (entry.subject, entry.data) == (f"landmark:{landmark.pk}", {"new": True})


@pytest.mark.usefixtures("ambon")
def test_a_second_landmark_of_the_same_name_is_refused() -> None:
    with pytest.raises(ValidationError):
        services.landmark_save(Landmark(name="Pasar Mardika", kind="market", lon_deg=128.1, lat_deg=-3.7), CLERK)


@pytest.mark.usefixtures("ambon")
def test_a_landmark_taken_away_is_no_longer_found_and_it_is_recorded() -> None:
    landmark = Landmark.objects.get(name="Gunung Nona")
    subject = f"landmark:{landmark.pk}"
    services.landmark_remove(landmark, CLERK)
    assert selectors.find_place_in_text("longsor di gunung nona") == []
    assert entries("place.landmark_removed")[0].subject == subject


@pytest.mark.django_db(transaction=True)
def test_our_own_write_is_seen_at_once_even_when_checks_are_rare(settings: Settings) -> None:
    settings.PLACES_CHECK_EVERY_S = 3_600
    assert selectors.gazetteer_search("timur") == []
    services.boundaries_import(two_villages(), CLERK)
    assert selectors.gazetteer_search("timur")[0].area_code == "99.71.01.2002"
    assert now() >= Area.objects.latest("updated_at").updated_at
