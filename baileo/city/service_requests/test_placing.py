"""Where it is: what an officer chose, what a phone sent, what the words name, in this order."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from baileo.city.service_requests.placing import FoundPlace, area_in_words, area_labels, place_found
from baileo.city.service_requests.spoken import Place
from baileo.city.service_requests.testing import HERE, POINT
from baileo.core.errors import InvalidInput, NotFound
from baileo.ground.places.models import Area
from baileo.ground.places.selectors import area_label
from baileo.ground.places.services import starter_load

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ambon() -> None:
    starter_load("81.71")


def village(name: str) -> Area:
    return Area.objects.get(name=name, level="village")


def test_a_point_is_placed_in_its_village() -> None:
    found = place_found(HERE)
    assert (found.lon_deg, found.lat_deg) == POINT
    assert found.area_code.startswith("81.71.")
    assert found.area_name == area_label(found.area_code)
    assert found.area_how in {"boundary", "nearest"}


def test_an_officers_choice_wins_over_the_point() -> None:
    chosen = village("Waiheru")
    found = place_found(Place(lon_deg=POINT[0], lat_deg=POINT[1], area_code=chosen.code))
    assert (found.area_code, found.area_how) == (chosen.code, "officer")
    assert found.lon_deg == POINT[0]


def test_the_point_wins_over_the_words() -> None:
    found = place_found(HERE, "Sampah menumpuk di Waiheru")
    assert found.area_code != village("Waiheru").code


def test_words_give_an_area_and_never_a_point() -> None:
    found = place_found(Place(), "Sampah menumpuk di Waiheru su tumpa")
    assert (found.area_code, found.area_how) == (village("Waiheru").code, "text")
    assert (found.lon_deg, found.lat_deg) == (None, None)


def test_the_landmark_is_read_too() -> None:
    found = place_found(Place(landmark_text="  samping kantor desa Waiheru "), "Sampah menumpuk")
    assert found.area_code == village("Waiheru").code
    assert found.landmark_text == "samping kantor desa Waiheru"


@pytest.mark.parametrize("text", ["", "   ", "Selamat pagi", "lampu mati di lorong belakang"])
def test_where_nobody_says_anything_nothing_is_guessed(text: str) -> None:
    assert place_found(Place(), text) == FoundPlace()
    assert not place_found(Place(), text).is_somewhere


def test_a_name_that_several_places_share_is_left_to_people() -> None:
    """Nusaniwe is a district, a kelurahan and a negeri of Ambon."""
    assert area_in_words("banjir di Nusaniwe") in {
        "",
        *Area.objects.filter(level="district").values_list("code", flat=True),
    }


def test_an_area_that_does_not_exist_is_refused() -> None:
    with pytest.raises(NotFound):
        place_found(Place(area_code="99.99.99.9999"))


@pytest.mark.parametrize(("lon_deg", "lat_deg"), [(181, 0), (0, 91), (float("nan"), 0.0), (float("inf"), 0.0)])
def test_a_position_that_is_not_on_earth_is_refused(lon_deg: float, lat_deg: float) -> None:
    with pytest.raises(InvalidInput):
        place_found(Place(lon_deg=lon_deg, lat_deg=lat_deg))


def test_half_a_position_is_none() -> None:
    assert place_found(Place(lon_deg=128.0)).lon_deg is None
    assert place_found(Place(lat_deg=-3.6)).lat_deg is None


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [(35.0, 35.0), (0.0, 0.0), (-1.0, None), (float("nan"), None), (float("inf"), None), (None, None)],
)
def test_what_a_phone_claims_about_its_accuracy_is_kept_when_it_can_be(
    claimed: float | None, kept: float | None
) -> None:
    assert place_found(Place(lon_deg=POINT[0], lat_deg=POINT[1], accuracy_m=claimed)).accuracy_m == kept


def test_accuracy_without_a_point_means_nothing() -> None:
    assert place_found(Place(accuracy_m=35)).accuracy_m is None


def test_names_in_hand_spare_the_question(settings: LazySettings, django_assert_num_queries: object) -> None:
    settings.PLACES_CHECK_EVERY_S = 60
    labels = area_labels()
    place_found(HERE, "", labels)  # the look-up of places is built once
    with django_assert_num_queries(0):  # type: ignore[operator]
        found = place_found(HERE, "", labels)
    assert found.area_name == labels[found.area_code]


def test_names_in_hand_are_the_names_of_the_places_room() -> None:
    labels = area_labels()
    assert len(labels) > 50
    for code in list(labels)[:: len(labels) // 12]:
        assert labels[code] == area_label(code)


def test_columns_are_those_of_the_request() -> None:
    assert set(FoundPlace().columns()) == {
        "lon_deg",
        "lat_deg",
        "accuracy_m",
        "area_code",
        "area_name",
        "area_how",
        "landmark_text",
    }


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(-180, 180), st.floats(-90, 90), st.text(max_size=200))
def test_every_place_on_earth_and_every_text_is_taken(lon_deg: float, lat_deg: float, text: str) -> None:
    found = place_found(Place(lon_deg=lon_deg, lat_deg=lat_deg, landmark_text=text), text)
    assert (found.lon_deg, found.lat_deg) == (lon_deg, lat_deg)
    assert len(found.landmark_text) <= 300
    assert bool(found.area_code) == bool(found.area_how)
