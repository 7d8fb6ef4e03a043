"""From what somebody said about a place to what the request keeps: a point, an area, and how we know.

An area chosen by an officer wins, then the point the person sent, then a place named in the words. Words give an
area only, never a point: a guessed point on a map looks like a known one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from baileo.city.service_requests.spoken import Place
from baileo.core.geo import check_position
from baileo.ground.places.selectors import area_at, area_get, area_label, area_list, find_place_in_text

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


def place_found(place: Place, text: str = "", labels: Mapping[str, str] | None = None) -> FoundPlace:
    """Raises `InvalidInput` for a position that is not on Earth, `NotFound` for an area that does not exist.

    `labels`: names of areas the caller has at hand; without it the name is looked up.
    """
    lon_deg, lat_deg = place.lon_deg, place.lat_deg
    if lon_deg is not None and lat_deg is not None:
        check_position(lon_deg, lat_deg)
    else:
        lon_deg = lat_deg = None
    landmark = place.landmark_text.strip()[:LONGEST_LANDMARK]
    code, how = _area(place, f"{landmark} {text}")
    name = (labels or {}).get(code) or (area_label(code) if code else "")
    return FoundPlace(
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        accuracy_m=_accuracy(place.accuracy_m) if lon_deg is not None else None,
        area_code=code,
        area_name=name[:120],
        area_how=how,
        landmark_text=landmark,
    )


def _area(place: Place, text: str) -> tuple[str, str]:
    """(code, how); empty when nobody knows."""
    if place.area_code:
        return area_get(place.area_code).code, "officer"
    if place.lon_deg is not None and place.lat_deg is not None:
        located = area_at(place.lon_deg, place.lat_deg)
        return (located.area_code, located.how) if located.area_code else ("", "")
    code = area_in_words(text)
    return (code, "text") if code else ("", "")


def area_labels() -> dict[str, str]:
    """Code -> name of every area, for those who place many; one query."""
    names = dict(area_list().values_list("code", "name"))
    return {code: _label(code, names) for code in names}


def _label(code: str, names: Mapping[str, str]) -> str:
    above = names.get(code.rpartition(".")[0], "")
    return f"{names[code]}, {above}" if above and code.count(".") > 2 else names[code]


def area_in_words(text: str) -> str:
    """The code of the area a text names; empty when it names none or could mean several."""
    mentions = find_place_in_text(text) if text.strip() else []
    return next((mention.place.area_code for mention in mentions if not mention.is_ambiguous), "")


def _accuracy(accuracy_m: float | None) -> float | None:
    """What a phone claims; nonsense is dropped, not refused."""
    return accuracy_m if accuracy_m is not None and isfinite(accuracy_m) and accuracy_m >= 0 else None
