"""What the public may see of a request. `public_view` is the one function; everything public passes through it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Prefetch, Q, QuerySet

from baileo.city.service_requests.models import PublicPhoto, ServiceRequest
from baileo.city.service_requests.workflow import FOLDED_CLOSED, folded
from baileo.core.geo import round_position
from baileo.core.redact import redact_text

POSITION_WITHIN_M = 250.0
MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class PublicRequest:
    """One published request: an officer's words instead of the citizen's, a rounded place, no person.

    `text` stands in for the description; `photos` are SHA-256 of pictures cleared one by one. Position in WGS 84
    degrees, longitude first, the middle of a cell of about 250 m.
    """

    number: str
    service_code: str
    service_name: str
    kind: str
    state: str
    folded: Literal["open", "closed"]
    text: str
    agency_name: str
    area_code: str
    area_name: str
    lon_deg: float | None
    lat_deg: float | None
    requested_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    photos: tuple[str, ...]


def public_view(request: ServiceRequest) -> PublicRequest | None:
    """None unless somebody published it, wrote words for it, and it is not confidential.

    Personal data is refused when publishing; what a newer rule would find is covered here as well.
    """
    if not is_public(request):
        return None
    lon_deg, lat_deg = _rounded(request)
    return PublicRequest(
        number=request.number,
        service_code=request.service.service_code if request.service else "",
        service_name=str(request.service or ""),
        kind=request.kind,
        state=request.state,
        folded=folded(request.state),
        text=redact_text(request.public_text),
        agency_name=request.agency.name if request.agency else "",
        area_code=request.area_code,
        area_name=request.area_name,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        requested_at=_to_the_hour(request.requested_at),
        updated_at=request.updated_at,
        resolved_at=request.resolved_at,
        photos=tuple(photo.sha256 for photo in request.public_photos.all()),
    )


def is_public(request: ServiceRequest) -> bool:
    return (
        request.visibility == ServiceRequest.Visibility.PUBLIC
        and not request.is_confidential
        and request.published_at is not None
        and bool(request.public_text.strip())
    )


def public_list(
    *,
    service_code: str = "",
    area: str = "",
    state: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
    after: str = "",
) -> list[PublicRequest]:
    """Published requests, the newest first; `state` is "open", "closed" or empty, `after` the last number seen."""
    wanted = _published().filter(_conditions(service_code, area, state, since, until))
    if after:
        wanted = wanted.filter(number__lt=after)
    views = (public_view(request) for request in wanted.order_by("-number")[: min(max(limit, 1), MOST_LISTED)])
    return [view for view in views if view is not None]


def public_get(number: str) -> PublicRequest | None:
    """One published request by its number; None for every other number, existing or not."""
    request = _published().filter(number=number).first()
    return public_view(request) if request else None


def _published() -> QuerySet[ServiceRequest]:
    photos = Prefetch("public_photos", queryset=PublicPhoto.objects.order_by("id"))
    public = ServiceRequest.objects.filter(visibility=ServiceRequest.Visibility.PUBLIC, is_confidential=False)
    return public.select_related("service", "agency").prefetch_related(photos)


def _conditions(service_code: str, area: str, state: str, since: datetime | None, until: datetime | None) -> Q:
    found = Q()
    if service_code:
        found &= Q(service__service_code=service_code)
    if area:
        found &= Q(area_code=area) | Q(area_code__startswith=f"{area}.")
    if state:
        closed = Q(state__in=FOLDED_CLOSED)
        found &= closed if state == "closed" else ~closed
    if since:
        found &= Q(requested_at__gte=since)
    return found & Q(requested_at__lt=until) if until else found


def _rounded(request: ServiceRequest) -> tuple[float | None, float | None]:
    if request.lon_deg is None or request.lat_deg is None:
        return None, None
    return round_position(request.lon_deg, request.lat_deg, POSITION_WITHIN_M)


def _to_the_hour(instant: datetime) -> datetime:
    """A minute can tell a neighbour who stood there with a phone."""
    return instant - timedelta(minutes=instant.minute, seconds=instant.second, microseconds=instant.microsecond)
