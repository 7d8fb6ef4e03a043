"""From what somebody said about a place to what the request keeps: a point, an area, and how we know.

An area chosen by an officer wins, then the point the person sent, then a place named in the words. Words give an
area only, never a point: a guessed point on a map looks like a known one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from baileo.city.service_requests.spoken import Place
from baileo.core.geo import check_position
from baileo.ground.places.selectors import area_at, area_get, area_label, find_place_in_text

LONGEST_LANDMARK = 300


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place as it is stored on the request."""

    lon_deg: float | None = None
    lat_deg: float | None = None
    accuracy_m: float | None = None
    area_code: str = ""
    area_name: str = ""
    area_how: str = ""  # boundary, nearest, text, officer
    landmark_text: str = ""

    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @property
    def is_somewhere(self) -> bool:
        return bool(self.area_code) or self.lon_deg is not None


def place_found(place: Place, text: str = "") -> FoundPlace:
    """Raises `InvalidInput` for a position that is not on Earth or an area that does not exist."""
    lon_deg, lat_deg = place.lon_deg, place.lat_deg
    if lon_deg is not None and lat_deg is not None:
        check_position(lon_deg, lat_deg)
    else:
        lon_deg = lat_deg = None
    landmark = place.landmark_text.strip()[:LONGEST_LANDMARK]
    code, name, how = _area(place, f"{landmark} {text}")
    return FoundPlace(
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        accuracy_m=_accuracy(place.accuracy_m) if lon_deg is not None else None,
        area_code=code,
        area_name=name,
        area_how=how,
        landmark_text=landmark,
    )


def _area(place: Place, text: str) -> tuple[str, str, str]:
    """(code, label, how); empty when nobody knows."""
    if place.area_code:
        code, how = area_get(place.area_code).code, "officer"
    elif place.lon_deg is not None and place.lat_deg is not None:
        located = area_at(place.lon_deg, place.lat_deg)
        code, how = located.area_code, located.how
    else:
        code, how = area_in_words(text), "text"
    return (code, area_label(code)[:120], how) if code else ("", "", "")


def area_in_words(text: str) -> str:
    """The code of the area a text names; empty when it names none or could mean several."""
    mentions = find_place_in_text(text) if text.strip() else []
    return next((mention.place.area_code for mention in mentions if not mention.is_ambiguous), "")


def _accuracy(accuracy_m: float | None) -> float | None:
    """What a phone claims; nonsense is dropped, not refused."""
    return accuracy_m if accuracy_m is not None and isfinite(accuracy_m) and accuracy_m >= 0 else None
