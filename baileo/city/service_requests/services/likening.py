"""Counting how many others told the same, when a request is new. A hint for the list; the page looks closer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Least

from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.similarity import Told, are_alike, told_of
from baileo.city.service_requests.workflow import LIVE_STATES

LATELY = timedelta(days=30)
MOST_AN_AREA = 60  # the newest open ones; a flood that fills the village is seen by the first sixty
MOST = 9
COLUMNS = ("title", "description", "service_id", "area_code", "lon_deg", "lat_deg")


def similar_note(requests: Sequence[ServiceRequest]) -> None:
    """Count the open requests of the last days in the same village that are alike, on both sides; at most 9.

    Two queries however many requests, and none where no area is known. Confidential ones are not compared.
    """
    placed = [request for request in requests if request.area_code and not request.is_confidential]
    if not placed:
        return
    others = _others(placed)
    told = [(request, told_of(request)) for request in placed]
    new = {request.pk for request in placed}
    counts: dict[int, int] = {}
    for request, mine in told:
        alike = [pk for pk, theirs in others[request.area_code] if pk != request.pk and are_alike(mine, theirs)]
        counts[request.pk] = len(alike)
        for pk in alike:
            if pk not in new:
                counts[pk] = counts.get(pk, 0) + 1
    _store(counts)


def _others(placed: Sequence[ServiceRequest]) -> dict[str, list[tuple[int, Told]]]:
    found: dict[str, list[tuple[int, Told]]] = defaultdict(list)
    since = min(request.requested_at for request in placed) - LATELY
    areas = {request.area_code for request in placed}
    rows = (
        ServiceRequest.objects.filter(
            area_code__in=areas, requested_at__gte=since, state__in=LIVE_STATES, is_confidential=False
        )
        .only(*COLUMNS)
        .order_by("-id")[: MOST_AN_AREA * len(areas)]
    )
    for row in rows:
        found[row.area_code].append((row.pk, told_of(row)))
    return found


def _store(counts: dict[int, int]) -> None:
    by_count: dict[int, list[int]] = defaultdict(list)
    for pk, count in counts.items():
        if count:
            by_count[min(count, MOST)].append(pk)
    for count, pks in by_count.items():
        ServiceRequest.objects.filter(pk__in=pks).update(similar_count=Least(F("similar_count") + count, MOST))
