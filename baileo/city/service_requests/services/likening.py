"""Counting how many others told the same, when a request is new. A hint for the list; the page looks closer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Case, F, Value, When
from django.db.models.functions import Least

from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.similarity import Told, are_alike, told_of, words_of
from baileo.city.service_requests.workflow import LIVE_STATES

LATELY = timedelta(days=30)
MOST_AN_AREA = 25  # the newest open ones; a flood that fills the village is seen by the first of them
MOST = 9
WHERE = ("service_id", "area_code", "lon_deg", "lat_deg")  # as `Told` takes them


def similar_note(requests: Sequence[ServiceRequest]) -> None:
    """Count the open requests of the last days in the same village that are alike, on both sides; at most 9.

    Two queries however many requests, and none where no area is known. Confidential ones are not compared, and a row
    that stands at 9 is not written again.
    """
    placed = [request for request in requests if request.area_code and not request.is_confidential]
    if not placed:
        return
    others = _others(placed)
    new = {request.pk for request in placed}
    counts: dict[int, int] = {}
    for request in placed:
        mine = told_of(request)
        alike = [one for one in others[request.area_code] if one.pk != request.pk and are_alike(mine, one.told)]
        counts[request.pk] = len(alike)
        for one in alike:
            if one.pk not in new and one.similar_count < MOST:
                counts[one.pk] = counts.get(one.pk, 0) + 1
    _store(counts)


class Other(NamedTuple):
    """A request that is there already."""

    pk: int
    told: Told
    similar_count: int


def _others(placed: Sequence[ServiceRequest]) -> dict[str, list[Other]]:
    """By village. Plain rows: this runs inside the transaction that everybody's open page waits for."""
    found: dict[str, list[Other]] = defaultdict(list)
    since = min(request.requested_at for request in placed) - LATELY
    areas = {request.area_code for request in placed}
    lately = ServiceRequest.objects.filter(
        area_code__in=areas, requested_at__gte=since, state__in=LIVE_STATES, is_confidential=False
    )
    rows = lately.order_by("-id").values_list("pk", "title", "description", "similar_count", *WHERE)
    for pk, title, description, count, *where in rows[: MOST_AN_AREA * len(areas)]:
        told = Told(words_of(f"{title} {description}"), *where)
        found[told.area_code].append(Other(pk, told, count))
    return found


def _store(counts: dict[int, int]) -> None:
    """Add to each, all in one statement."""
    by_count: dict[int, list[int]] = defaultdict(list)
    for pk, count in counts.items():
        if count:
            by_count[min(count, MOST)].append(pk)
    if by_count:
        more = Case(*(When(pk__in=pks, then=Value(count)) for count, pks in by_count.items()), default=Value(0))
        found = ServiceRequest.objects.filter(pk__in=[pk for pks in by_count.values() for pk in pks])
        found.update(similar_count=Least(F("similar_count") + more, MOST))
