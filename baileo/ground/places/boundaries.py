"""In which village does a point lie? Answered in memory, from boundaries where there are any.

Everything is kept in plane coordinates (longitude shrunk by the cosine of the city's latitude), so that one unit is a
degree of latitude in every direction and "nearest" means nearest on the ground.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import cos, radians
from typing import Any, Literal

import numpy as np
import shapely
from shapely.geometry import shape

from baileo.core.geo import METRES_PER_DEGREE, check_position

# A point this close to a boundary, and in none, belongs to it: jetties, boats, coasts drawn too smoothly.
NEAR_BOUNDARY_M = 500.0
# A village without a boundary claims what lies this close to its centroid, if no other centroid is closer.
NEAR_CENTROID_M = 5_000.0


@dataclass(frozen=True, slots=True)
class Located:
    """Where a point lies. `how` = "boundary": inside it; "nearest": the closest village, `distance_m` away from its
    boundary or, without one, from its centroid; "outside": nowhere near (`area_code` is empty).
    """

    area_code: str
    how: Literal["boundary", "nearest", "outside"]
    distance_m: float | None


OUTSIDE = Located("", "outside", None)


@dataclass(frozen=True, slots=True)
class Village:
    """What the index needs of one area; degrees, longitude first."""

    code: str
    centroid: tuple[float, float] | None
    boundary: Mapping[str, Any] | None  # GeoJSON Polygon or MultiPolygon


class AreaIndex:
    """An R-tree over villages. Built once, then read by many threads. Error of distances: under 1 %."""

    def __init__(self, villages: Iterable[Village]) -> None:
        known = sorted(villages, key=lambda village: village.code)
        latitudes = [village.centroid[1] for village in known if village.centroid]
        self._shrink = cos(radians(sum(latitudes) / len(latitudes))) if latitudes else 1.0
        drawn = [(village.code, self._flat(shape(village.boundary))) for village in known if village.boundary]
        drawn.sort(key=lambda pair: pair[1].area)  # where two overlap, the smaller one is the more exact
        self._drawn_codes = [code for code, _ in drawn]
        self._shapes = [outline for _, outline in drawn]
        shapely.prepare(self._shapes)
        self._drawn = shapely.STRtree(self._shapes)
        bare = [(v.code, v.centroid) for v in known if not v.boundary and v.centroid]
        self._bare_codes = [code for code, _ in bare]
        self._bare = shapely.STRtree([shapely.Point(lon * self._shrink, lat) for _, (lon, lat) in bare])

    def __len__(self) -> int:
        return len(self._drawn_codes) + len(self._bare_codes)

    def area_at(self, lon_deg: float, lat_deg: float) -> Located:
        """Raises `InvalidInput` for a position that is not on Earth."""
        check_position(lon_deg, lat_deg)
        point = shapely.Point(lon_deg * self._shrink, lat_deg)
        for found in sorted(self._drawn.query(point)):
            if shapely.intersects_xy(self._shapes[found], point.x, point.y):
                return Located(self._drawn_codes[found], "boundary", 0.0)
        near = [
            *_nearest(self._drawn, self._drawn_codes, point, NEAR_BOUNDARY_M),
            *_nearest(self._bare, self._bare_codes, point, NEAR_CENTROID_M),
        ]
        return min(near, key=lambda located: located.distance_m or 0.0, default=OUTSIDE)

    def _flat(self, outline: Any) -> Any:
        return shapely.transform(outline, lambda degrees: degrees * np.array([self._shrink, 1.0]))


def _nearest(tree: Any, codes: list[str], point: Any, within_m: float) -> list[Located]:
    found, distances = tree.query_nearest(
        point, max_distance=within_m / METRES_PER_DEGREE, return_distance=True, all_matches=False
    )
    return [
        Located(codes[index], "nearest", float(distance) * METRES_PER_DEGREE)
        for index, distance in zip(found, distances, strict=True)
    ]
