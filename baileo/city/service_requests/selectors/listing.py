"""Lists and queues of the desk. Each function is one query, whatever the number of rows."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from baileo.city.service_requests.access import visible_to
from baileo.city.service_requests.models import SavedFilter, ServiceRequest
from baileo.city.service_requests.selectors.filtering import RequestFilter, counted, filtered, queue_conditions
from baileo.core.clock import now
from baileo.core.errors import InvalidInput
from baileo.ground.people.models import User

Sort = Literal["deadline", "newest", "oldest"]
EVERYTHING = RequestFilter()


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Some rows and where the next page starts; `after` is empty on the last one."""

    rows: list[ServiceRequest]
    after: str


def request_list(
    user: User, chosen: RequestFilter = EVERYTHING, *, sort: str = "deadline", after: str = "", limit: int = 50
) -> RequestPage:
    """One page of what the person may see and asked for. Rows do not shift between pages when others come in.

    `sort`: "deadline" (nearest promise first), "newest" or "oldest". Raises `InvalidInput` for a bad `after`.
    """
    order = _ORDERS.get(sort, _ORDERS["deadline"])
    found = filtered(with_names(visible_to(user)), chosen, user).order_by(*order.by)
    if after:
        found = found.filter(order.behind(_decode(after)))
    rows = list(found[: limit + 1])
    more = len(rows) > limit
    return RequestPage(rows[:limit], _encode(order, rows[limit - 1]) if more else "")


def request_rows(user: User, chosen: RequestFilter, numbers: Sequence[str]) -> list[ServiceRequest]:
    """The named requests that fit the filter now; the others left the list."""
    return list(filtered(with_names(visible_to(user)), chosen, user).filter(number__in=numbers))


def with_names(requests: QuerySet[ServiceRequest]) -> QuerySet[ServiceRequest]:
    """With service, agency and assignee, without the heavy columns."""
    return requests.select_related("service__group", "agency", "assignee").defer("search", "public_text")


def queue_counts(user: User) -> dict[str, int]:
    """How many requests lie in each queue; one query for all of them. "all" is not counted."""
    at = now()
    counts = {queue: Count("pk", filter=condition) for queue, condition in queue_conditions(user, at).items()}
    return visible_to(user).filter(counted(at)).aggregate(**counts)


def saved_filters(user: User) -> list[SavedFilter]:
    """One's own and the shared ones, by name."""
    return list(SavedFilter.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner").order_by("name"))


# --- keyset pages: the last row's sort value and id, as an opaque word ---


@dataclass(frozen=True, slots=True)
class _Order:
    field: str
    descending: bool
    nulls_last: bool

    @property
    def by(self) -> tuple[Any, Any]:
        if self.descending:
            return F(self.field).desc(), F("id").desc()
        return F(self.field).asc(nulls_last=self.nulls_last or None), F("id").asc()

    def behind(self, key: tuple[str | None, int]) -> Q:
        value, pk = key
        further = "lt" if self.descending else "gt"
        if value is None:
            return Q(**{f"{self.field}__isnull": True, f"id__{further}": pk})
        behind = Q(**{f"{self.field}__{further}": value}) | Q(**{self.field: value, f"id__{further}": pk})
        return behind | Q(**{f"{self.field}__isnull": True}) if self.nulls_last else behind


_ORDERS: dict[str, _Order] = {
    "deadline": _Order("next_by", descending=False, nulls_last=True),
    "newest": _Order("requested_at", descending=True, nulls_last=False),
    "oldest": _Order("requested_at", descending=False, nulls_last=False),
}


def _encode(order: _Order, row: ServiceRequest) -> str:
    value = getattr(row, order.field)
    key = [value.isoformat() if value else None, row.pk]
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def _decode(after: str) -> tuple[str | None, int]:
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if value is not None:
            datetime.fromisoformat(value)
        return value, int(pk)
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInput(_("This page of the list cannot be found. Open the list again.")) from error
