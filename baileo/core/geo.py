"""Points on the ground: WGS 84, degrees, longitude first (GeoJSON order, RFC 7946)."""

from collections.abc import Iterable
from math import asin, cos, isfinite, radians, sin, sqrt
from typing import NamedTuple

from baileo.core.errors import InvalidInput

EARTH_MEAN_RADIUS_M = 6_371_008.8  # IUGG mean radius R1
METRES_PER_DEGREE = 111_195.0  # of latitude, on that sphere


class Bbox(NamedTuple):
    """A box of degrees that does not cross the 180th meridian: west, south, east, north."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float

    def contains(self, lon_deg: float, lat_deg: float) -> bool:
        return self.west_deg <= lon_deg <= self.east_deg and self.south_deg <= lat_deg <= self.north_deg

    def grown(self, by_m: float) -> "Bbox":
        """The box with a margin on each side, cut off where the Earth ends."""
        lat_deg = by_m / METRES_PER_DEGREE
        widest = max(abs(self.south_deg), abs(self.north_deg))
        lon_deg = lat_deg / max(cos(radians(min(widest, 89.0))), 0.01)
        return Bbox(
            max(self.west_deg - lon_deg, -180.0),
            max(self.south_deg - lat_deg, -90.0),
            min(self.east_deg + lon_deg, 180.0),
            min(self.north_deg + lat_deg, 90.0),
        )


def distance_m(lon1_deg: float, lat1_deg: float, lon2_deg: float, lat2_deg: float) -> float:
    """Great-circle distance between two WGS 84 points, in metres.

    Degrees in, longitude first (GeoJSON order, RFC 7946 section 3.1.1).
    Error: at most 0.57 % against the ellipsoid; fit to rank nearby crews, not to settle a
    boundary.
    Source: R. W. Sinnott, "Virtues of the Haversine", Sky & Telescope 68(2), 1984, p. 159.

    >>> round(distance_m(0, 0, 0, 1))
    111195
    """
    half_dlat = radians(lat2_deg - lat1_deg) / 2
    half_dlon = radians(lon2_deg - lon1_deg) / 2
    shrink = cos(radians(lat1_deg)) * cos(radians(lat2_deg))  # meridians converge
    h = sin(half_dlat) ** 2 + shrink * sin(half_dlon) ** 2
    return 2 * EARTH_MEAN_RADIUS_M * asin(min(1.0, sqrt(h)))


def is_on_earth(lon_deg: float, lat_deg: float) -> bool:
    """Whether the two numbers can be a position at all; NaN and infinity cannot."""
    return isfinite(lon_deg) and isfinite(lat_deg) and abs(lon_deg) <= 180.0 and abs(lat_deg) <= 90.0


def check_position(lon_deg: float, lat_deg: float) -> tuple[float, float]:
    """The position as given. Raises `InvalidInput`, hinting at swapped coordinates."""
    if is_on_earth(lon_deg, lat_deg):
        return lon_deg, lat_deg
    swapped = is_on_earth(lat_deg, lon_deg)
    hint = " They look swapped: longitude comes first." if swapped else ""
    raise InvalidInput(f"Longitude {lon_deg} and latitude {lat_deg} are not on Earth.{hint}")


def bbox(points: Iterable[tuple[float, float]]) -> Bbox:
    """The smallest box around (lon, lat) points. Raises `InvalidInput` when there are none."""
    found = list(points)
    if not found:
        raise InvalidInput("There are no points to draw a box around.")
    lons, lats = zip(*found, strict=True)
    return Bbox(min(lons), min(lats), max(lons), max(lats))


def round_position(lon_deg: float, lat_deg: float, within_m: float = 250.0) -> tuple[float, float]:
    """The middle of the grid cell a position lies in, so that a public map does not point at a
    house. Cells are about `within_m` wide; the result is off by at most 0.71 of it. The same
    position always gives the same answer, so asking often reveals nothing more.

    >>> round_position(128.18114, -3.69521)
    (128.18027, -3.69509)
    """
    check_position(lon_deg, lat_deg)
    if not within_m > 0:
        raise InvalidInput("The width of the grid must be more than 0 m.")
    lat_step = within_m / METRES_PER_DEGREE
    lat = (lat_deg // lat_step + 0.5) * lat_step
    # All cells of one row share a width; it follows from the row, not from the position.
    lon_step = lat_step / max(cos(radians(min(abs(lat), 89.0))), 0.01)
    lon = (lon_deg // lon_step + 0.5) * lon_step
    return round(max(-180.0, min(180.0, lon)), 5), round(max(-90.0, min(90.0, lat)), 5)
