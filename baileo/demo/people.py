"""The pretend citizens: who they are, where they write, and where things are broken."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import cos, radians
from random import Random
from typing import Literal

from baileo.core.geo import METRES_PER_DEGREE
from baileo.demo.voices import talk
from baileo.ground.places.codes import Level
from baileo.ground.places.selectors import area_list, landmark_list

NEAR_M = 180.0  # how far from a named place people stand when they name it
CHANNELS: tuple[Literal["whatsapp", "telegram", "web"], ...] = ("whatsapp", "telegram", "web")
HOW_OFTEN = (60, 28, 12)  # of a hundred people, per channel
HIDES_NUMBER = 0.12  # of those on WhatsApp


@dataclass(frozen=True)
class Person:
    """`contact` is what the simulator of the channel knows the person by."""

    name: str
    channel: Literal["whatsapp", "telegram", "web"]
    contact: str
    username: str = ""


@dataclass(frozen=True)
class Spot:
    """A place people name, with a point near it."""

    name: str
    lon_deg: float
    lat_deg: float


def people_of(random: Random, count: int) -> list[Person]:
    """Always the same people for the same `random`; nobody has another's name or number."""
    names = talk().people
    everybody = [f"{first} {last}" for first in names.first for last in names.last]
    found = []
    for place, name in enumerate(random.sample(everybody, count)):
        channel = random.choices(CHANNELS, HOW_OFTEN)[0]
        username = f"{name.lower().replace(' ', '.')}{place}" if random.random() < HIDES_NUMBER else ""
        is_hidden = channel == "whatsapp" and bool(username)
        contact = username if is_hidden else _contact(channel, place)
        found.append(Person(name, channel, contact, username if channel != "web" else ""))
    return found


def _contact(channel: str, place: int) -> str:
    """Invented: nobody has such a number or id."""
    return {"telegram": str(700_100_000 + place), "whatsapp": f"62812000{10_000 + place}", "web": ""}[channel]


class Spots:
    """Named places of the whole city: every kecamatan has its turn, the full ones more often."""

    def __init__(self) -> None:
        """Reads the places of the database once."""
        self._by_district: dict[str, list[Spot]] = defaultdict(list)
        self._villages: dict[str, list[Spot]] = defaultdict(list)
        for area in area_list(level=Level.VILLAGE):
            if area.centroid_lon_deg is not None and area.centroid_lat_deg is not None:
                village = Spot(area.name, area.centroid_lon_deg, area.centroid_lat_deg)
                self._add(area.code, village)
                self._villages[area.code[:8]].append(village)
        for landmark in landmark_list():
            if landmark.area:
                spot = Spot(landmark.name, landmark.lon_deg, landmark.lat_deg)
                self._add(landmark.area.code, spot)
                if landmark.kind == "neighbourhood":
                    self._villages[landmark.area.code[:8]].append(spot)

    def _add(self, area_code: str, spot: Spot) -> None:
        self._by_district[area_code[:8]].append(spot)

    @property
    def districts(self) -> list[str]:
        return sorted(self._by_district)

    def near_one(self, random: Random, *, in_villages: bool = False) -> Spot:
        """A named place, and a point within about `NEAR_M` of it; `in_villages` leaves landmarks out."""
        districts = self.districts
        weights = [4 + len(self._by_district[code]) for code in districts]
        named = self._villages if in_villages else self._by_district
        spot = random.choice(named[random.choices(districts, weights)[0]])
        north_m, east_m = random.uniform(-NEAR_M, NEAR_M), random.uniform(-NEAR_M, NEAR_M)
        lat_deg = spot.lat_deg + north_m / METRES_PER_DEGREE
        lon_deg = spot.lon_deg + east_m / (METRES_PER_DEGREE * cos(radians(lat_deg)))
        return Spot(spot.name, round(lon_deg, 6), round(lat_deg, 6))
