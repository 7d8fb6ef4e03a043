"""What a screen on the wall counts. No personal data, no words of citizens, no place of a confidential request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from baileo.city.service_requests.models import ServiceRequest, StateChange
from baileo.city.service_requests.selectors.filtering import day_end, day_start
from baileo.city.service_requests.selectors.listing import with_names
from baileo.city.service_requests.workflow import LIVE_STATES
from baileo.core.clock import local, now
from baileo.ground.places.selectors import area_middles

SPREAD_DEG = 0.0022  # about 250 m


@dataclass(frozen=True, slots=True)
class Point:
    """One open request on the map of a staff screen. WGS 84 degrees, longitude first."""

    number: str
    lon_deg: float
    lat_deg: float
    priority: str
    state: str
    requested_at: datetime
    is_approximate: bool = False  # only the village is known: somewhere near its middle


@dataclass(frozen=True, slots=True)
class LatestChange:
    """One step somebody took."""

    number: str
    at: datetime
    to_state: str
    agency: str


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The city's present day in three numbers, fit for the public."""

    came_in: int
    answered: int
    overdue: int


def day_figures() -> DayFigures:
    """Requests that came in today, got a first answer or a solution today, and are past a promise now. One query."""
    at = now()
    start = day_start(local(at, settings.BAILEO.time_zone).date())
    conditions = {
        "came_in": Q(requested_at__gte=start),
        "answered": Q(first_response_at__gte=start) | Q(resolved_at__gte=start),
        "overdue": Q(state__in=LIVE_STATES, next_by__lt=at),
    }
    any_of = Q(*conditions.values(), _connector=Q.OR)
    counts = {name: Count("pk", filter=condition) for name, condition in conditions.items()}
    return DayFigures(**ServiceRequest.objects.filter(any_of).aggregate(**counts))


def _open() -> QuerySet[ServiceRequest]:
    return ServiceRequest.objects.filter(state__in=LIVE_STATES)


def today_by_state() -> dict[str, int]:
    """State -> how many of the requests of the city's present day are in it now; states without any are missing."""
    at = now()
    today = day_start(local(at, settings.BAILEO.time_zone).date())
    of_today = ServiceRequest.objects.filter(requested_at__gte=today, requested_at__lt=day_end(at))
    return dict(of_today.values_list("state").annotate(n=Count("pk")).order_by())


def open_count() -> int:
    return _open().count()


def overdue_count() -> int:
    """Open requests of which a promise has passed."""
    return _open().filter(next_by__lt=now()).count()


def urgent_count() -> int:
    return _open().filter(priority=ServiceRequest.Priority.URGENT).count()


def oldest_waiting(limit: int = 3) -> list[ServiceRequest]:
    """Requests nobody has verified yet, the oldest first."""
    waiting = _open().filter(verified_at__isnull=True)
    return list(with_names(waiting).order_by("requested_at", "id")[:limit])


def newest_open(limit: int = 6) -> list[ServiceRequest]:
    """The latest open requests. The caller hides what a confidential one is about."""
    return list(with_names(_open()).order_by("-requested_at", "-id")[:limit])


def open_points(limit: int = 2000) -> list[Point]:
    """Open requests with a point or at least a village, the newest first; confidential ones are left out."""
    somewhere = Q(lon_deg__isnull=False) | ~Q(area_code="")
    fields = ("number", "lon_deg", "lat_deg", "priority", "state", "requested_at", "area_code")
    placed = _open().filter(somewhere, is_confidential=False).only(*fields).order_by("-requested_at")
    middles = area_middles()
    points = [_point(request, middles) for request in placed[:limit]]
    return [point for point in points if point is not None]


def _point(request: ServiceRequest, middles: Mapping[str, tuple[float, float]]) -> Point | None:
    told = (request.priority, request.state, request.requested_at)
    if request.lon_deg is not None and request.lat_deg is not None:
        return Point(request.number, request.lon_deg, request.lat_deg, *told)
    if request.area_code not in middles:
        return None
    lon_deg, lat_deg = middles[request.area_code]
    east, north = _beside(request.number)
    return Point(request.number, lon_deg + east, lat_deg + north, *told, True)


def _beside(number: str) -> tuple[float, float]:
    """A step of up to 250 m, always the same for one number: marks of one village do not cover each other."""
    digest = blake2b(number.encode(), digest_size=2).digest()
    return (digest[0] / 255 - 0.5) * 2 * SPREAD_DEG, (digest[1] / 255 - 0.5) * 2 * SPREAD_DEG


def latest_changes(limit: int = 10) -> list[LatestChange]:
    """The last steps taken anywhere, the newest first; confidential requests are left out."""
    changes = StateChange.objects.filter(request__is_confidential=False).select_related("request", "agency")
    return [
        LatestChange(change.request.number, change.at, change.to_state, str(change.agency or ""))
        for change in changes.order_by("-at", "-id")[:limit]
    ]
