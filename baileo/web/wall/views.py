"""The wall for a room of people. Nothing here names a citizen or quotes one: services, villages and counts only."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from baileo.core.clock import now, zone_label
from baileo.ground.places.selectors import areas_geojson, city_bounds, land_geojson
from baileo.web.wall.snapshot import take_snapshot


def _room_for_words(bounds: str) -> str:
    """The city's box with sea to the west, where the legend stands: "west,south,east,north" in degrees."""
    west, south, east, north = map(float, bounds.split(","))
    return f"{west - (east - west) * 0.45:.4f},{south:.4f},{east:.4f},{north + (north - south) * 0.06:.4f}"


@require_GET
@never_cache
def wall(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    if not request.user.has_perm("wall.view"):
        return render(request, "403.html", status=403)
    zone = settings.BAILEO.time_zone
    context = {
        "snapshot": take_snapshot(),
        "now": now(),
        "zone_name": zone,
        "zone_label": zone_label(now(), zone),
        "city_name": settings.BAILEO.city_name,
        "demo": settings.BAILEO.demo,
        "bounds": _room_for_words(city_bounds()),
    }
    return render(request, "wall/wall.html", context)


@require_GET
@never_cache
@permission_required("wall.view", raise_exception=True)
def snapshot(request: HttpRequest) -> JsonResponse:
    return JsonResponse(take_snapshot())


@require_GET
@permission_required("wall.view", raise_exception=True)
def areas(request: HttpRequest) -> JsonResponse:
    return JsonResponse(areas_geojson("district"))


@require_GET
@permission_required("wall.view", raise_exception=True)
def land(request: HttpRequest) -> JsonResponse:
    return JsonResponse(land_geojson())
