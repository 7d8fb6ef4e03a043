"""The database itself refuses what would send a crew to the wrong place."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation

from baileo.ground.places.models import Area, Landmark
from baileo.ground.places.testing import square

pytestmark = pytest.mark.django_db
BOX = {"west_deg": 128.0, "south_deg": -4.0, "east_deg": 128.01, "north_deg": -3.99}


def an_area(**values: Any) -> Area:
    return Area.objects.create(**{"code": "81", "level": "province", "kind": "provinsi", "name": "Maluku"} | values)


@pytest.mark.parametrize(
    "values",
    [
        {"level": "village"},
        {"code": "81.71", "level": "province"},
        {"code": "8x"},
        {"centroid_lon_deg": 128.0},
        {"centroid_lat_deg": -3.7},
        {"centroid_lon_deg": -3.7, "centroid_lat_deg": 128.0},
        {"boundary": square(128.0, -4.0)},
        {"boundary": square(128.0, -4.0), **BOX, "west_deg": None},
        {"boundary": square(128.0, -4.0), **BOX, "west_deg": 129.0},
        {"population": 4_000},
    ],
)
def test_an_area_that_cannot_be_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        an_area(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"centroid_lon_deg": 128.0, "centroid_lat_deg": -3.7},
        {"boundary": square(128.0, -4.0), **BOX},
        {"population": 4_000, "population_year": 2024},
    ],
)
def test_an_area_that_can_be_is_stored(values: dict[str, Any]) -> None:
    assert str(an_area(**values)) == "Maluku (81)"


@pytest.mark.parametrize(("lon", "lat"), [(-3.7, 128.0), (200.0, 0.0)])
def test_a_landmark_off_the_earth_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Landmark.objects.create(name="Pasar", kind="market", lon_deg=lon, lat_deg=lat)


@pytest.mark.parametrize("aliases", ["Mardika", [""], [7], {"a": 1}])
def test_other_names_are_a_list_of_words(aliases: Any) -> None:
    with translation.override("en"), pytest.raises(ValidationError, match="list of words"):
        Landmark(name="Pasar", kind="market", lon_deg=128.0, lat_deg=-3.7, aliases=aliases).full_clean()
