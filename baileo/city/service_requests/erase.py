"""One person's data in this room: hand it out, or take it away. The request itself stays as a fact without a person."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from baileo.city.service_requests.access import Actor, actor_name, require
from baileo.city.service_requests.models import ServiceRequest
from baileo.core.clock import now
from baileo.core.redact import redact_text
from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.services import append_many, entry_of

MANAGE = "people.manage"
ERASED = "[dihapus]"


def requests_of(contact_id: int) -> QuerySet[ServiceRequest]:
    return ServiceRequest.objects.filter(conversation__contact=contact_id).order_by("id")


def person_export(*, contact_id: int) -> list[dict[str, Any]]:
    """Everything this room keeps about one contact, as plain data for a file. The caller proves the right to it."""
    rows = requests_of(contact_id).select_related("service", "agency").prefetch_related("changes", "notes", "proofs")
    return [_exported(request) for request in rows]


def _exported(request: ServiceRequest) -> dict[str, Any]:
    return {
        "number": request.number,
        "kind": request.kind,
        "service": request.service.service_code if request.service else "",
        "agency": request.agency.code if request.agency else "",
        "state": request.state,
        "description": request.description,
        "reporter_name": request.reporter_name,
        "reporter_phone": request.reporter_phone,
        "place": {
            "lon_deg": request.lon_deg,
            "lat_deg": request.lat_deg,
            "area_code": request.area_code,
            "landmark": request.landmark_text,
        },
        "is_anonymous": request.is_anonymous,
        "is_confidential": request.is_confidential,
        "requested_at": request.requested_at.isoformat(),
        "steps": [
            {"at": change.at.isoformat(), "to": change.to_state, "reason": change.reason}
            for change in request.changes.all()
            if change.is_public
        ],
    }


@transaction.atomic
def person_erase(*, contact_id: int, actor: Actor) -> int:
    """Take the person out of their requests: name, phone, words, exact place, notes. Returns how many requests.

    What remains is what the city did: number, service, area, states, times, agency. Emits `service_request.erased` for
    each. Messages and files are erased by their own room; the caller does both in one transaction.
    """
    require(actor, MANAGE)
    entries: list[Entry] = []
    for request in requests_of(contact_id).select_for_update():
        _forget(request)
        entries.append(entry_of(kind="service_request.erased", subject=request.number, actor=actor_name(actor)))
    append_many(entries)
    return len(entries)


def _forget(request: ServiceRequest) -> None:
    request.title = request.description = ERASED
    request.reporter_name = request.reporter_phone = request.landmark_text = ""
    request.lon_deg = request.lat_deg = request.accuracy_m = None
    request.version += 1
    request.visibility = ServiceRequest.Visibility.SECRET
    request.public_text = ""
    request.updated_at = now()
    request.save()
    request.public_photos.all().delete()
    request.notes.update(text=ERASED)
    for change in request.changes.exclude(reason=""):
        change.reason = redact_text(change.reason)
        change.save(update_fields=["reason"])
