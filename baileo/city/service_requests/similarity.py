"""How alike two requests are: the same service, the same words, the same place. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.understanding.lexicon import lexicon, tokens_of
from baileo.core.geo import distance_m

NEAR_M = 300.0
ENOUGH_WORDS = 0.25  # share of common words from which two texts may tell the same
FEWEST_WORDS = 2


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody told, reduced to what is compared."""

    words: frozenset[str]
    service_id: int | None
    area_code: str
    lon_deg: float | None
    lat_deg: float | None


def told_of(request: ServiceRequest) -> Told:
    return Told(
        words_of(f"{request.title} {request.description}"),
        request.service_id,
        request.area_code,
        request.lon_deg,
        request.lat_deg,
    )


@lru_cache(maxsize=4096)  # the same few requests of a village are compared with every new one
def words_of(text: str) -> frozenset[str]:
    """Words that mean something: no greetings, no fillers, at least three letters."""
    empty = (lexicon()["fillers"], lexicon()["chatter"])
    return frozenset(word for word in tokens_of(text) if len(word) > 2 and not any(word in words for words in empty))


def share_words(one: Told, other: Told) -> float:
    """Common words over the shorter text's words, 0 to 1."""
    fewer = min(len(one.words), len(other.words))
    if fewer < FEWEST_WORDS:
        return 0.0
    return round(len(one.words & other.words) / fewer, 3)


def distance_between(one: Told, other: Told) -> float | None:
    if one.lon_deg is None or one.lat_deg is None or other.lon_deg is None or other.lat_deg is None:
        return None
    return distance_m(one.lon_deg, one.lat_deg, other.lon_deg, other.lat_deg)


def are_alike(one: Told, other: Told) -> bool:
    """Near each other, or in one village when a point is missing; and about one thing."""
    distance = distance_between(one, other)
    is_near = distance <= NEAR_M if distance is not None else bool(one.area_code) and one.area_code == other.area_code
    if not is_near:
        return False
    same_service = one.service_id is not None and one.service_id == other.service_id
    return same_service or share_words(one, other) >= ENOUGH_WORDS
