"""Every question about places. Look-ups are answered from memory; see `cache.py` for how fresh they are."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Max, Min, QuerySet

from baileo.core.errors import NotFound
from baileo.core.geo import Bbox, bbox
from baileo.ground.places.boundaries import AreaIndex, Located, Village
from baileo.ground.places.cache import Rebuilt
from baileo.ground.places.codes import Level, ancestor_codes, is_within
from baileo.ground.places.gazetteer import LANDMARK, Gazetteer, Place, PlaceMention
from baileo.ground.places.models import Area, Landmark
from baileo.ground.places.starter import schematic_features

INDONESIA = Bbox(95.0, -11.0, 141.0, 6.0)  # what a map shows when nothing at all is known


def area_list(*, level: str = "", within: str = "") -> QuerySet[Area]:
    """Areas by code, without their heavy boundaries; `within` is a code, its own area included."""
    areas = Area.objects.defer("boundary").select_related("parent").order_by("code")
    if level:
        areas = areas.filter(level=level)
    if within:
        areas = areas.filter(code=within) | areas.filter(code__startswith=f"{within}.")
    return areas


def area_get(code: str) -> Area:
    """Raises `NotFound`."""
    area = Area.objects.select_related("parent").filter(code=code).first()
    if area is None:
        raise NotFound(f"There is no area with code {code[:20]!r}. Import its boundaries or add it in the back office.")
    return area


def area_ancestors(code: str) -> list[Area]:
    """The areas above, from the province down; those that are not stored are left out."""
    return list(Area.objects.defer("boundary").filter(code__in=ancestor_codes(code)).order_by("code"))


def area_label(code: str) -> str:
    """Name with the district, for people: "Batu Merah, Sirimau"; "" for an unknown code."""
    names = dict(Area.objects.filter(code__in=[code, *ancestor_codes(code)]).values_list("code", "name"))
    if code not in names:
        return ""
    district = code.rpartition(".")[0] if code.count(".") == 3 else ""
    return f"{names[code]}, {names[district]}" if district in names else names[code]


def landmark_list() -> QuerySet[Landmark]:
    return Landmark.objects.select_related("area").defer("area__boundary").order_by("name")


# --- where does a point lie ---


def area_at(lon_deg: float, lat_deg: float) -> Located:
    """The village at a point. Under 1 ms. Raises `InvalidInput` for a position that is not on Earth."""
    return _index.get().area_at(lon_deg, lat_deg)


def _build_index() -> AreaIndex:
    rows = Area.objects.filter(level=Level.VILLAGE).values_list(
        "code", "centroid_lon_deg", "centroid_lat_deg", "boundary"
    )
    return AreaIndex(
        Village(code, None if lon is None or lat is None else (lon, lat), boundary)
        for code, lon, lat, boundary in rows.iterator(chunk_size=200)
    )


# --- names ---


def gazetteer_search(query: str, limit: int = 10) -> list[Place]:
    """Areas and landmarks by name, tolerant of spelling, best first; `label` tells namesakes apart."""
    return _gazetteer.get().search(query, limit)


def find_place_in_text(text: str) -> list[PlaceMention]:
    """Places named in a citizen's sentence, best first. Never raises; may well be empty."""
    return _gazetteer.get().find_in_text(text)


def _build_gazetteer() -> Gazetteer:
    return Gazetteer([*_named_areas(), *_named_landmarks()], city_code=settings.BAILEO.city_code)


def _named_areas() -> Iterator[tuple[Place, list[str]]]:
    rows = list(Area.objects.defer("boundary").order_by("code"))
    names = {area.code: area.name for area in rows}
    for area in rows:
        above = names.get(area.code.rpartition(".")[0], "")
        place = Place(
            name=area.name,
            label=f"{area.name} ({area.kind})" + (f", {above}" if above else ""),
            kind=area.kind,
            level=area.level,
            area_code=area.code,
            lon_deg=area.centroid_lon_deg,
            lat_deg=area.centroid_lat_deg,
        )
        short = area.name.removeprefix("Kota ").removeprefix("Kabupaten ") if area.level == Level.REGENCY else area.name
        yield place, [area.name, short, *area.name.split("/"), *area.aliases]


def _named_landmarks() -> Iterator[tuple[Place, list[str]]]:
    for landmark in landmark_list():
        place = Place(
            name=landmark.name,
            label=f"{landmark.name}, {landmark.area.name}" if landmark.area else landmark.name,
            kind=landmark.kind,
            level=LANDMARK,
            area_code=landmark.area.code if landmark.area else "",
            landmark_id=landmark.pk,
            lon_deg=landmark.lon_deg,
            lat_deg=landmark.lat_deg,
        )
        yield place, [landmark.name, *landmark.aliases]


# --- maps ---


def areas_geojson(level: str, within: str | None = None) -> dict[str, Any]:
    """A FeatureCollection to draw: a polygon and {code, name, level, centroid, schematic} for each area of the level in
    the city (or below the code `within`). Imported boundaries if there are any; else the city's schematic outline,
    which has no villages, so its districts stand in for them.
    """
    outer = settings.BAILEO.city_code if within is None else within
    areas = area_list(level=level, within=outer).defer(None).exclude(boundary=None)
    features = [_feature(area) for area in areas]
    if not features:
        drawn = Level.DISTRICT if level == Level.VILLAGE else level
        features = [
            feature
            for feature in schematic_features(settings.BAILEO.city_code)
            if feature["properties"]["level"] == drawn and is_within(feature["properties"]["code"], outer)
        ]
    return {"type": "FeatureCollection", "features": features}


def _feature(area: Area) -> dict[str, Any]:
    properties = {
        "code": area.code,
        "name": area.name,
        "level": area.level,
        "centroid": [area.centroid_lon_deg, area.centroid_lat_deg],
        "schematic": False,
    }
    return {"type": "Feature", "properties": properties, "geometry": area.boundary}


def land_geojson() -> dict[str, Any]:
    """The outline of the island the city lies on, schematic; empty for a city without one."""
    features = [
        feature
        for feature in schematic_features(settings.BAILEO.city_code)
        if feature["properties"]["level"] == "island"
    ]
    return {"type": "FeatureCollection", "features": features}


def area_middles() -> Mapping[str, tuple[float, float]]:
    """Code -> centroid (longitude, latitude) of every area that has one; to mark things known to a village only."""
    return _middles.get()


def _build_middles() -> Mapping[str, tuple[float, float]]:
    known = Area.objects.exclude(centroid_lon_deg=None).exclude(centroid_lat_deg=None)
    rows = known.values_list("code", "centroid_lon_deg", "centroid_lat_deg")
    return {code: (lon, lat) for code, lon, lat in rows if lon is not None and lat is not None}


def city_bounds() -> str:
    """What a map of the city shows first: "west,south,east,north" in degrees."""
    return ",".join(f"{value:.4f}" for value in _city_box())


def _city_box() -> Bbox:
    code = settings.BAILEO.city_code
    sides = area_list(within=code).aggregate(Min("west_deg"), Min("south_deg"), Max("east_deg"), Max("north_deg"))
    if None not in sides.values():
        return Bbox(*sides.values())
    corners = [
        (float(lon), float(lat))
        for feature in schematic_features(code)
        if feature["properties"]["code"] == code
        for lon, lat in feature["geometry"]["coordinates"][0]
    ]
    if corners:
        return bbox(corners)
    centres = area_list(within=code).exclude(centroid_lon_deg=None).values_list("centroid_lon_deg", "centroid_lat_deg")
    known = [(lon, lat) for lon, lat in centres if lon is not None and lat is not None]
    return bbox(known).grown(by_m=3_000) if known else INDONESIA


# --- freshness ---


# Changes whenever a row is added, removed or saved. A sum and not a maximum: a transaction that began earlier may
# commit later, and its rows would be older than the newest one already seen.
_AREAS_VERSION = "SELECT count(*), sum(extract(epoch FROM updated_at)) FROM places_area"
_LANDMARKS_VERSION = "SELECT count(*), sum(extract(epoch FROM updated_at)) FROM places_landmark"


def _version(*queries: str) -> object:
    with connection.cursor() as cursor:
        found = []
        for query in queries:
            cursor.execute(query)
            found.append(cursor.fetchone())
        return found


_index = Rebuilt(_build_index, lambda: _version(_AREAS_VERSION))
_gazetteer = Rebuilt(
    _build_gazetteer, lambda: (_version(_AREAS_VERSION, _LANDMARKS_VERSION), settings.BAILEO.city_code)
)


_middles = Rebuilt(_build_middles, lambda: _version(_AREAS_VERSION))


def forget() -> None:
    """This process has written: look again at the next question."""
    _index.forget()
    _middles.forget()
    _gazetteer.forget()
