"""The facts that come with the product: one city to begin with. Reading only; `services.starter_load` stores them."""

import csv
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from baileo.core.errors import NotFound

FOLDER: Final = Path(__file__).parent / "starter"
CITIES: Final = {"81.71": "ambon"}  # city code -> prefix of its files
APPROXIMATE: Final = "starter list, position approximate"


@dataclass(frozen=True, slots=True)
class StarterArea:
    code: str
    kind: str
    name: str
    centroid: tuple[float, float] | None
    aliases: list[str]


@dataclass(frozen=True, slots=True)
class StarterLandmark:
    name: str
    kind: str
    area_code: str  # "" when it lies outside the city
    lon_deg: float
    lat_deg: float
    aliases: list[str]


def starter_areas(city_code: str) -> list[StarterArea]:
    """Province, city, districts and villages, parents first. Raises `NotFound` for a city we bring nothing for."""
    return [
        StarterArea(
            code=row["code"],
            kind=row["kind"],
            name=row["name"],
            centroid=(float(row["centroid_lon_deg"]), float(row["centroid_lat_deg"]))
            if row["centroid_lon_deg"]
            else None,
            aliases=_names(row["aliases"]),
        )
        for row in sorted(_rows(city_code, "areas"), key=lambda row: len(row["code"]))
    ]


def starter_landmarks(city_code: str) -> list[StarterLandmark]:
    """Places people name, all of them at approximate positions. Raises `NotFound` like `starter_areas`."""
    return [
        StarterLandmark(
            name=row["name"],
            kind=row["kind"],
            area_code=row["area_code"],
            lon_deg=float(row["lon_deg"]),
            lat_deg=float(row["lat_deg"]),
            aliases=_names(row["aliases"]),
        )
        for row in _rows(city_code, "landmarks")
    ]


def schematic_features(city_code: str) -> list[dict[str, Any]]:
    """GeoJSON features of the city, its districts and its island, generalised to about 300 m: to be drawn where no
    boundary was imported, never to decide where a point lies. Empty for a city without such a file.
    """
    return deepcopy(_schematic(city_code))  # callers may add to what they get


@cache
def _schematic(city_code: str) -> list[dict[str, Any]]:
    if city_code not in CITIES:
        return []
    collection = json.loads((FOLDER / f"{CITIES[city_code]}_schematic.geojson").read_text(encoding="utf-8"))
    features: list[dict[str, Any]] = collection["features"]
    for feature in features:
        feature["properties"]["schematic"] = True
    return features


def _rows(city_code: str, what: str) -> Iterator[dict[str, str]]:
    if city_code not in CITIES:
        raise NotFound(
            f"Baileo brings no areas for {city_code[:20]!r}. Import them with `baileo places import FILE`, "
            "province and city first."
        )
    with (FOLDER / f"{CITIES[city_code]}_{what}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _names(joined: str) -> list[str]:
    return [name for name in joined.split("|") if name]
