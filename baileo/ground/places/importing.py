"""Reading a file of boundaries: validated, repaired where that is safe, refused by name where it is not. Pure."""

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Annotated, Any, Literal

import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from shapely.geometry import mapping, shape

from baileo.core.errors import BaileoError, InvalidInput, PayloadRejected, TooLarge
from baileo.core.geo import Bbox, is_on_earth
from baileo.core.text import one_line
from baileo.ground.places.codes import parse_code

LARGEST_FILE = 200_000_000  # bytes, unpacked; all villages of a province fit
MOST_FEATURES = 20_000
DECIMALS = 6  # 0.1 m on the ground; more digits are noise

# Names of the same property in files of different offices, compared without case.
_NAMES: dict[str, tuple[str, ...]] = {
    "code": ("kode", "code", "kode_kemendagri", "kode_wilayah", "kdepum", "kdcpum", "kdpkab", "kdppum"),
    "name": ("nama", "name", "nama_wilayah", "namobj", "wadmkd", "wadmkc", "wadmkk"),
    "lon": ("centroid_lng", "centroid_lon", "lng", "lon", "longitude"),
    "lat": ("centroid_lat", "lat", "latitude"),
}


_Degrees = Annotated[float, Field(allow_inf_nan=False)]
_Position = Annotated[list[_Degrees], Field(min_length=2, max_length=4)]  # longitude, latitude; height is dropped
_Ring = Annotated[list[_Position], Field(min_length=4)]
_Rings = Annotated[list[_Ring], Field(min_length=1)]


class _Polygon(BaseModel):
    model_config = ConfigDict(extra="ignore")
    type: Literal["Polygon"]
    coordinates: _Rings


class _MultiPolygon(BaseModel):
    model_config = ConfigDict(extra="ignore")
    type: Literal["MultiPolygon"]
    coordinates: Annotated[list[_Rings], Field(min_length=1)]


_Geometry = Annotated[_Polygon | _MultiPolygon, Field(discriminator="type")]
_geometry: TypeAdapter[_Polygon | _MultiPolygon] = TypeAdapter(_Geometry)


class _Feature(BaseModel):
    """One feature, its properties brought to our names; the geometry may be missing."""

    model_config = ConfigDict(extra="ignore")
    code: str | int
    name: str = Field(min_length=1, max_length=120)
    lon: float | None = None
    lat: float | None = None
    geometry: _Geometry | None = None

    @model_validator(mode="before")
    @classmethod
    def _find_names(cls, data: Any) -> Any:
        given = data.get("properties") if isinstance(data, dict) else None
        if not isinstance(given, dict):
            raise ValueError("a feature needs properties")
        lower = {str(key).lower(): value for key, value in given.items()}
        found: dict[str, Any] = {"geometry": data.get("geometry")}
        for ours, theirs in _NAMES.items():
            values = (lower[name] for name in theirs if lower.get(name) not in (None, ""))
            if (value := next(values, None)) is not None:
                found[ours] = value
        return found


class _Collection(BaseModel):
    type: Literal["FeatureCollection"]
    features: list[Any] = Field(max_length=MOST_FEATURES)


@dataclass(frozen=True, slots=True)
class ReadArea:
    """One area as the file has it, fit to be stored."""

    code: str
    name: str
    centroid: tuple[float, float] | None
    boundary: dict[str, Any] | None
    box: Bbox | None


@dataclass(frozen=True, slots=True)
class Note:
    """What was done to, or held against, one area of the file."""

    area: str  # code and name, or "feature 12" when it has none
    words: str


@dataclass(frozen=True, slots=True)
class ReadFile:
    areas: list[ReadArea] = field(default_factory=list)
    repaired: list[Note] = field(default_factory=list)
    refused: list[Note] = field(default_factory=list)


def read_boundaries(raw: bytes) -> ReadFile:
    """A GeoJSON FeatureCollection, plain or gzipped. One bad feature is refused alone and named in the result.

    Raises `PayloadRejected` when the file is no such collection, `TooLarge` past 200 MB.
    """
    try:
        collection = _Collection.model_validate(json.loads(_unpacked(raw)))
    except (ValueError, RecursionError) as error:
        raise PayloadRejected(
            "The file is not a GeoJSON FeatureCollection of at most "
            f"{MOST_FEATURES} features. Export it again as GeoJSON in WGS 84 (EPSG:4326)."
        ) from error
    result, seen = ReadFile(), set[str]()
    for number, feature in enumerate(collection.features, 1):
        try:
            area, repair = _read_feature(feature)
            if area.code in seen:
                raise InvalidInput("its code is in the file twice; the first one counts")
        except BaileoError as error:
            result.refused.append(Note(_label(feature, number), str(error)))
            continue
        seen.add(area.code)
        result.areas.append(area)
        if repair:
            result.repaired.append(Note(f"{area.code} {area.name}", repair))
    return result


def _unpacked(raw: bytes) -> bytes:
    if raw[:2] == b"\x1f\x8b":
        try:
            with gzip.open(BytesIO(raw)) as file:
                raw = file.read(LARGEST_FILE + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise PayloadRejected("The gzip file is damaged. Copy it again.") from error
    if len(raw) > LARGEST_FILE:
        raise TooLarge(f"The file is larger than {LARGEST_FILE // 1_000_000} MB unpacked. Split it by regency.")
    return raw


def _read_feature(data: Any) -> tuple[ReadArea, str]:
    try:
        feature = _Feature.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "feature"
        raise InvalidInput(f"{where}: {first['msg'].lower()}") from error
    name = _tidy_name(feature.name)
    if not name:
        raise InvalidInput("it has no name")
    outline, repair = _polygons(feature.geometry.model_dump()) if feature.geometry else (None, "")
    centroid = _centroid(feature, outline)
    if centroid is None:
        raise InvalidInput("it has neither a boundary nor a centroid")
    box = Bbox(*(float(value) for value in outline.bounds)) if outline is not None else None
    boundary = _plain(mapping(outline)) if outline is not None else None
    return ReadArea(parse_code(feature.code), name, centroid, boundary, box), repair


def check_boundary(geometry: Mapping[str, Any]) -> tuple[dict[str, Any], Bbox, str]:
    """A GeoJSON geometry made fit to be stored: the polygon, its box, and what was repaired ("" for nothing).

    Raises `InvalidInput`.
    """
    try:
        valid = _geometry.validate_python(geometry).model_dump()
    except ValidationError as error:
        raise InvalidInput("A boundary is a GeoJSON Polygon or MultiPolygon.") from error
    outline, repair = _polygons(valid)
    return _plain(mapping(outline)), Bbox(*(float(value) for value in outline.bounds)), repair


def _polygons(geometry: Mapping[str, Any]) -> tuple[Any, str]:
    """The outline, valid, two-dimensional and on Earth, and what had to be repaired."""
    try:
        outline = shapely.force_2d(shape(geometry))
    except (ValueError, TypeError, shapely.errors.ShapelyError) as error:
        raise InvalidInput("its coordinates are not those of a polygon") from error
    west, south, east, north = outline.bounds if not outline.is_empty else (np.nan,) * 4
    if not (is_on_earth(west, south) and is_on_earth(east, north)):
        raise InvalidInput("its coordinates are not degrees of longitude and latitude (WGS 84, longitude first)")
    outline = shapely.transform(outline, lambda degrees: np.round(degrees, DECIMALS))
    if outline.is_valid:
        return outline, ""
    reason = shapely.is_valid_reason(outline).partition("[")[0].lower()
    # "structure" keeps what a nested or overlapping shell covers; the default would cut holes where shells overlap.
    fixed = _only_polygons(shapely.make_valid(outline, method="structure", keep_collapsed=False))
    if fixed.is_empty:
        raise InvalidInput(f"it is not a polygon ({reason}) and cannot be repaired")
    change = abs(fixed.area - outline.area) / max(outline.area, fixed.area)
    return fixed, f"{reason}, repaired; its surface changed by {change:.1%}"


def _only_polygons(geometry: Any) -> Any:
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _centroid(feature: _Feature, outline: Any) -> tuple[float, float] | None:
    """As the file says; else a point that surely lies inside."""
    if feature.lon is not None and feature.lat is not None:
        if not is_on_earth(feature.lon, feature.lat):
            raise InvalidInput("its centroid is not on Earth (longitude and latitude may be swapped)")
        return round(feature.lon, DECIMALS), round(feature.lat, DECIMALS)
    if outline is None:
        return None
    inside = outline.representative_point()
    return round(inside.x, DECIMALS), round(inside.y, DECIMALS)


def _tidy_name(name: str) -> str:
    """One line; a name all in capitals is written as names are.

    >>> _tidy_name(" KOTA  AMBON")
    'Kota Ambon'
    """
    line = one_line(name)
    return line.title() if line.isupper() else line


def _plain(geometry: Any) -> dict[str, Any]:
    """Lists instead of tuples, so that what is stored equals what is read back."""
    plain: dict[str, Any] = json.loads(json.dumps(geometry))
    return plain


def _label(feature: Any, number: int) -> str:
    given = feature.get("properties") if isinstance(feature, dict) else None
    lower = {str(key).lower(): value for key, value in given.items()} if isinstance(given, dict) else {}
    words = [str(lower[name])[:60] for names in ("code", "name") for name in _NAMES[names] if lower.get(name)]
    return " ".join(words[:2]) or f"feature {number}"
