"""Who may open which tracking page, and how a tracked request is put for the page and the feed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from baileo.city.service_requests import selectors
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.public import PublicRequest
from baileo.city.service_requests.selectors import TrackedRequest
from baileo.web.api.files import file_url

GRANTS = "tracked"  # session: number -> code, put there only after both were right together
MOST_GRANTS = 20


def grant(request: HttpRequest, number: str, code: str) -> None:
    grants = {**request.session.get(GRANTS, {}), number: code}
    request.session[GRANTS] = dict(list(grants.items())[-MOST_GRANTS:])


def granted_code(request: HttpRequest, number: str) -> str:
    return str(request.session.get(GRANTS, {}).get(number, ""))


def granted(request: HttpRequest, number: str) -> TrackedRequest | None:
    """The request when this browser gave its number and code before; checked again each time."""
    return selectors.tracking(number, granted_code(request, number))


def of_submission(submission_id: UUID) -> ServiceRequest | None:
    """The request that a web form became; None while it is being made."""
    return ServiceRequest.objects.filter(
        links__message__account__channel="web_form", links__message__external_id=str(submission_id)
    ).first()


def submission_of(number: str) -> str | None:
    """The first web submission of a request's conversation; None when the person wrote on another channel."""
    found = ServiceRequest.objects.filter(number=number, conversation__account__channel="web_form")
    external_id = found.values_list("conversation__contact__external_id", flat=True).first()
    return external_id.removeprefix("web:") if external_id else None


def photos_of(tracked: TrackedRequest) -> list[dict[str, Any]]:
    return [{"photo": photo, "url": file_url(photo.sha256, photo.media_type)} for photo in tracked.photos]


def public_json(item: PublicRequest) -> dict[str, Any]:
    """One published request for the feed: what `public_view` cleared, nothing else."""
    data = asdict(item)
    data.pop("photos", None)
    return data
