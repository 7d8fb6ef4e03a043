"""Requests that may be the same thing told by somebody else: near, lately, in the same words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import cos, radians

from django.db.models import Q

from baileo.city.service_requests.access import visible_to
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.selectors.listing import with_names
from baileo.city.service_requests.similarity import (
    NEAR_M,
    are_alike,
    distance_between,
    share_words,
    told_of,
)
from baileo.city.service_requests.workflow import folded
from baileo.core.geo import METRES_PER_DEGREE
from baileo.ground.people.models import User

LATELY = timedelta(days=30)
MOST_LOOKED_AT = 80


@dataclass(frozen=True, slots=True)
class Similar:
    """One candidate. `share_words` from 0 to 1; `distance_m` is None when one of the two has no point."""

    request: ServiceRequest
    distance_m: float | None
    share_words: float
    is_open: bool


def similar_requests(request: ServiceRequest, user: User | None = None, limit: int = 5) -> list[Similar]:
    """The likeliest first, open or closed, within 300 m or in the same village, in the 30 days before it. One query.

    With `user`: only what that person may see; without: no confidential ones.
    """
    around = _around(request)
    if around is None:
        return []
    base = visible_to(user) if user else ServiceRequest.objects.filter(is_confidential=False)
    lately = base.filter(around, requested_at__gte=request.requested_at - LATELY).exclude(pk=request.pk)
    candidates = with_names(lately.exclude(duplicate_of=request)).order_by("-requested_at")[:MOST_LOOKED_AT]
    mine = told_of(request)
    found = [_similar(request, other) for other in candidates if are_alike(mine, told_of(other))]
    return sorted(found, key=_rank)[:limit]


def _around(request: ServiceRequest) -> Q | None:
    """A rough box or the same village; `are_alike` decides exactly."""
    around = Q(area_code=request.area_code) if request.area_code else None
    if request.lon_deg is None or request.lat_deg is None:
        return around
    high = NEAR_M / METRES_PER_DEGREE
    wide = high / max(cos(radians(request.lat_deg)), 0.01)
    box = Q(
        lon_deg__range=(request.lon_deg - wide, request.lon_deg + wide),
        lat_deg__range=(request.lat_deg - high, request.lat_deg + high),
    )
    return box | (around & Q(lon_deg__isnull=True)) if around is not None else box


def _similar(request: ServiceRequest, other: ServiceRequest) -> Similar:
    mine, theirs = told_of(request), told_of(other)
    return Similar(
        request=other,
        distance_m=distance_between(mine, theirs),
        share_words=share_words(mine, theirs),
        is_open=folded(other.state) == "open",
    )


def _rank(similar: Similar) -> tuple[bool, float, float]:
    distance = similar.distance_m if similar.distance_m is not None else NEAR_M
    return (not similar.is_open, -similar.share_words, distance)
