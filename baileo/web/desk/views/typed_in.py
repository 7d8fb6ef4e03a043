"""A call-taker writes down what somebody says on the telephone or at the counter."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from baileo.city.service_requests import services
from baileo.city.service_requests.models import Service, ServiceRequest
from baileo.city.service_requests.services import Place, Reporter
from baileo.core.errors import BaileoError
from baileo.ground.places.selectors import city_bounds
from baileo.web.desk import panes
from baileo.web.desk.answer import at_the_desk
from baileo.web.desk.asking import DeskRequest
from baileo.web.desk.forms import TypedInForm


@at_the_desk
def new(request: DeskRequest) -> HttpResponse:
    form = TypedInForm(request.POST or None, initial={"kind": ServiceRequest.Kind.COMPLAINT})
    if request.method == "POST" and form.is_valid():
        try:
            made = create(request, form.cleaned_data)
        except BaileoError as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("desk:request", number=made.number)
    context = panes.desk_frame(request, page="new") | {
        "form": form,
        "services": Service.objects.filter(is_active=True).select_related("group"),
        "bounds": city_bounds(),
    }
    return render(request, "desk/typed_in.html", context, status=422 if form.errors else 200)


def create(request: DeskRequest, data: dict[str, Any]) -> ServiceRequest:
    return services.request_create(
        actor=request.user,
        description=data["description"],
        kind=data["kind"],
        service_code=data["service_code"],
        place=Place(lon_deg=data["lon_deg"], lat_deg=data["lat_deg"], landmark_text=data["landmark_text"]),
        reporter=Reporter(name=data["reporter_name"], phone=data["reporter_phone"]),
        is_anonymous=data["is_anonymous"],
        is_confidential=data["is_confidential"],
        priority=data["priority"],
    )
