"""The citizen's pages: parse, call one service, answer."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_POST

from baileo.city.service_requests import selectors, services
from baileo.city.service_requests.public import public_list
from baileo.core.clock import now
from baileo.core.errors import BaileoError
from baileo.ground.places import selectors as places_selectors
from baileo.web.ratelimit import rate_limited
from baileo.web.site import tracking
from baileo.web.site.forms import FollowUpForm, ReportForm, TrackForm
from baileo.web.site.submission import submit_follow_up, submit_report

LITE_COOKIE = "hemat"
MINE = "submissions"  # session: submission ids made in this browser


def page(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render with the ordinary frame, or the text-only one for people who pay by the megabyte."""
    lite = request.COOKIES.get(LITE_COOKIE) == "1"
    frame = {"lite": lite, "base_template": "site/lite_base.html" if lite else "shared/site_base.html"}
    return render(request, f"site/{name}.html", context | frame, status=status)


def _report_page(request: HttpRequest, form: ReportForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "submission_id": form.data.get("submission_id") or uuid.uuid4(),
        "city_name": settings.BAILEO.city_name,
        "bounds": places_selectors.city_bounds(),
        "today": selectors.day_figures(),
        "now": now(),
    }
    return page(request, "report", context, status)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return _report_page(request, ReportForm(initial={"who": ReportForm.Who.CONFIDENTIAL, "kind": "complaint"}))


@rate_limited(scope="report", most=10, window_s=3600, methods=("POST",))
def report(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("site:home")
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _report_page(request, form, status=422)
    if form.is_machine:
        return redirect("site:received", submission_id=form.cleaned_data["submission_id"])
    try:
        submission_id = submit_report(form, language=get_language() or "id")
    except BaileoError as refused:
        form.add_error("photos", str(refused))
        return _report_page(request, form, status=422)
    request.session[MINE] = [*request.session.get(MINE, []), str(submission_id)][-20:]
    return redirect("site:received", submission_id=submission_id)


@never_cache
@require_GET
def received(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Number and code of a report made in this browser; for anybody else it stays "stored"."""
    found = tracking.of_submission(submission_id) if str(submission_id) in request.session.get(MINE, []) else None
    if found:
        tracking.grant(request, found.number, found.track_code)
        return page(request, "received", {"number": found.number, "track_code": found.track_code})
    response = page(request, "received", {})
    response["Refresh"] = "1"
    return response


@never_cache
@rate_limited(scope="track", most=20, window_s=600, methods=("POST",))
def track(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return page(request, "track", {})
    form = TrackForm(request.POST)
    if form.is_valid() and (found := selectors.tracking(form.cleaned_data["number"], form.cleaned_data["code"])):
        tracking.grant(request, found.number, form.cleaned_data["code"])
        return redirect("site:tracked", number=found.number)
    return page(request, "track", {"refused": True, "number": request.POST.get("number", "")[:20]}, status=404)


@never_cache
@require_GET
def tracked(request: HttpRequest, number: str) -> HttpResponse:
    found = tracking.granted(request, number)
    if found is None:
        return page(request, "track", {"number": number[:20]})
    context = {
        "tracked": found,
        "photos": tracking.photos_of(found),
        "can_write": tracking.submission_of(number) is not None,
    }
    return page(request, "tracked", context)


@require_POST
@rate_limited(scope="track", most=20, window_s=600)
def write_again(request: HttpRequest, number: str) -> HttpResponse:
    found, form = tracking.granted(request, number), FollowUpForm(request.POST)
    if found is None or not form.is_valid():
        return redirect("site:track")
    first = tracking.submission_of(number)
    if first:
        submit_follow_up(first, uuid.uuid4(), form.cleaned_data["text"], language=get_language() or "id")
        messages.success(request, _("Stored. The officer sees it with your report."))
    return redirect("site:tracked", number=number)


@require_POST
@rate_limited(scope="track", most=20, window_s=600)
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    code = tracking.granted_code(request, number)
    services.tracking_answer(number=number, code=code, is_solved=request.POST.get("solved") == "yes")
    return redirect("site:tracked", number=number)


@require_GET
def published(request: HttpRequest) -> HttpResponse:
    return page(request, "published", {"items": public_list(limit=50)})


@require_GET
@cache_control(public=True, max_age=60)
def published_feed(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"requests": [tracking.public_json(item) for item in public_list(limit=200)]})


@require_GET
@cache_control(public=True, max_age=3600)
@rate_limited(scope="places", most=600, window_s=600, methods=("GET",))
def places(request: HttpRequest) -> JsonResponse:
    found = places_selectors.gazetteer_search(request.GET.get("q", "")[:80], limit=6)
    return JsonResponse([{"name": item.label} for item in found], safe=False)


@require_GET
@cache_control(public=True, max_age=3600)
def areas(request: HttpRequest) -> JsonResponse:
    return JsonResponse(places_selectors.areas_geojson("district"))


@require_GET
@cache_control(public=True, max_age=3600)
def land(request: HttpRequest) -> JsonResponse:
    return JsonResponse(places_selectors.land_geojson())


@require_POST
def lite(request: HttpRequest) -> HttpResponse:
    response: HttpResponseRedirect = redirect("site:home")
    turn_on = request.COOKIES.get(LITE_COOKIE) != "1"
    response.set_cookie(LITE_COOKIE, "1" if turn_on else "0", max_age=31_536_000, samesite="Lax", httponly=True)
    return response
