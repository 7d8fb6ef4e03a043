"""The desk's page and its parts."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from baileo.city.service_requests import selectors
from baileo.ground.places.selectors import areas_geojson, land_geojson
from baileo.web.desk import panes
from baileo.web.desk.answer import at_the_desk
from baileo.web.desk.asking import DeskRequest

MOST_ROWS = 60  # numbers that one call may ask for


@require_GET
@never_cache
@at_the_desk
def desk(request: DeskRequest) -> HttpResponse:
    return render(request, "desk/desk.html", panes.desk_frame(request) | panes.listing(request))


@require_GET
@never_cache
@at_the_desk
def request_list(request: DeskRequest) -> HttpResponse:
    template = "desk/more_rows.html" if request.GET.get("after") else "desk/list.html"
    return render(request, template, panes.listing(request))


@require_GET
@never_cache
@at_the_desk
def rows(request: DeskRequest) -> HttpResponse:
    """Rows of the named requests that belong to the list on the screen; the others are left out."""
    numbers = [number for number in request.GET.get("numbers", "").split(",") if number][:MOST_ROWS]
    found = selectors.request_rows(request.user, panes.chosen_filter(request), numbers)
    return render(request, "desk/rows.html", {"rows": panes.rows_of(found), "query": panes.chosen_query(request)})


@require_GET
@never_cache
@at_the_desk
def nav(request: DeskRequest) -> HttpResponse:
    frame = panes.desk_frame(request, page=request.GET.get("page", ""))
    response = render(request, "desk/nav.html", frame)
    response["Baileo-Cursor"] = frame["cursor"]  # a page that missed too much goes on from here
    return response


@require_GET
@never_cache
@at_the_desk
def service_request(request: DeskRequest, number: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return render(request, "desk/request.html", panes.one(request, number))
    context = panes.desk_frame(request) | panes.listing(request) | panes.one(request, number)
    return render(request, "desk/desk.html", context)


@require_GET
@never_cache
@at_the_desk
def live_parts(request: DeskRequest, number: str) -> HttpResponse:
    """Head, conversation and side panel as they are now; the composer keeps what is being written."""
    return render(request, "desk/live.html", panes.one(request, number))


@require_GET
@at_the_desk
def areas(request: DeskRequest) -> HttpResponse:
    return JsonResponse(areas_geojson("village"))


@require_GET
@at_the_desk
def land(request: DeskRequest) -> HttpResponse:
    return JsonResponse(land_geojson())
