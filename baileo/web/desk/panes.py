"""What each pane of the desk shows, gathered from selectors."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baileo.city.messages import selectors as message_selectors
from baileo.city.messages.models import Attachment
from baileo.city.service_requests import selectors
from baileo.city.service_requests.models import Proof, Service, ServiceRequest
from baileo.city.service_requests.selectors import Edge, Promise, RequestFilter
from baileo.core.clock import now
from baileo.ground.ledger.selectors import latest_position
from baileo.ground.people.selectors import agency_list, staff_on
from baileo.ground.places.selectors import area_list, area_middles
from baileo.web.api.files import file_url, thumb_url
from baileo.web.desk.asking import DeskRequest
from baileo.web.shared.channels import account_names, channel_face

SORTS = (
    ("deadline", gettext_lazy("Nearest deadline")),
    ("newest", gettext_lazy("Newest")),
    ("oldest", gettext_lazy("Oldest")),
)
FIRST_QUEUE = "new"
TONES = {"overdue": "crit", "failed_delivery": "crit", "due_today": "warn"}
SIGNS = {"crit": "octagon", "warn": "triangle"}
PAGE = 50
NOT_FILTERS = frozenset({"sort", "after", "numbers", "page"})
# what leads on first: the two at the front are the big buttons on a phone
ORDER_OF_STEPS = (
    "verify",
    "accept",
    "start",
    "resolve",
    "resume",
    "assign",
    "close",
    "reopen",
    "ask",
    "return",
    "reject",
    "mark_duplicate",
)
NEAR_A_POINT_M, NEAR_A_VILLAGE_M = 2_400, 3_000  # half the width of the small map


@dataclass(frozen=True)
class Row:
    """One line of the list, ready to be drawn. `due_state`: late, soon, waiting, later or empty."""

    request: ServiceRequest
    channel_label: str
    channel_icon: str
    due_state: str
    due_at: datetime | None
    due_in_s: float


def desk_frame(request: DeskRequest, *, page: str = "") -> dict[str, Any]:
    """Everything around the list: queues with counts, saved filters, channels. `page` names one that is no queue."""
    chosen = chosen_filter(request)
    return {
        "cursor": str(latest_position()),
        "queues": _queues(request, chosen, is_elsewhere=bool(page)),
        "page": page,
        "saved": selectors.saved_filters(request.user),
        "loose_count": selectors.loose_count(request.user),
        "channels": _channels() if request.user.has_perm("messages.view") else [],
        "chosen": chosen,
        "query": chosen_query(request),
        "troubles": _troubles(request),
        "all_agencies": agency_list(),
        "all_services": Service.objects.filter(is_active=True),
        "all_priorities": ServiceRequest.Priority.choices,
        "districts": area_list(level="district"),
    }


def _channels() -> list[dict[str, Any]]:
    accounts = message_selectors.account_health()
    names = account_names(accounts)
    return [
        {"health": account, "name": names[account.account_id], "icon": channel_face(account.channel)[1]}
        for account in accounts
    ]


def _troubles(request: DeskRequest) -> list[str]:
    """What somebody at the desk must know about the house itself, in words."""
    ages = message_selectors.queue_age()
    if max(ages.values(), default=0) > 120:
        return [_("Messages wait to be handled for more than 2 minutes. Tell IT: is the worker running?")]
    return []


def chosen_filter(request: DeskRequest) -> RequestFilter:
    fields = {name: value for name, value in request.GET.items() if value and name not in NOT_FILTERS}
    return RequestFilter.parse({"queue": FIRST_QUEUE, **fields} if "q" not in fields else {"queue": "all", **fields})


def chosen_query(request: DeskRequest) -> str:
    """The filter and sort as a query string, so that an open request keeps its list."""
    kept = QueryDict(mutable=True)
    for name, value in request.GET.items():
        if value and name not in {"after", "numbers", "page"}:
            kept[name] = str(value)
    return kept.urlencode()


def sort_of(request: DeskRequest) -> str:
    wanted = request.GET.get("sort", "deadline")
    return wanted if wanted in dict(SORTS) else "deadline"


def _queues(request: DeskRequest, chosen: RequestFilter, *, is_elsewhere: bool) -> list[dict[str, Any]]:
    counts = selectors.queue_counts(request.user)
    return [
        {
            "key": key,
            "label": label,
            "count": counts.get(key),
            "tone": TONES.get(key, "") if counts.get(key) else "",
            "sign": SIGNS.get(TONES.get(key, ""), "") if counts.get(key) else "",
            "is_chosen": chosen.queue == key and not chosen.q and not is_elsewhere,
            "url": f"{reverse('desk:desk')}?queue={key}",
        }
        for key, label in selectors.QUEUES
    ]


def listing(request: DeskRequest) -> dict[str, Any]:
    chosen, sort = chosen_filter(request), sort_of(request)
    page = selectors.request_list(request.user, chosen, sort=sort, after=request.GET.get("after", ""), limit=PAGE)
    return {
        "rows": rows_of(page.rows),
        "after": page.after,
        "chosen": chosen,
        "query": chosen_query(request),
        "sort": sort,
        "sorts": SORTS,
        "title": _title(chosen),
        "is_more": bool(request.GET.get("after")),
    }


def _title(chosen: RequestFilter) -> str:
    if chosen.q:
        return _("Found: %(words)s") % {"words": chosen.q}
    return str(dict(selectors.QUEUES).get(chosen.queue, _("All")))


def rows_of(requests: Iterable[ServiceRequest]) -> list[Row]:
    return [_row(request, now()) for request in requests]


def _row(request: ServiceRequest, at: datetime) -> Row:
    label, icon = channel_face(request.channel)
    promise = selectors.promise_of(request, at)
    state, due_at = _due(request, promise)
    return Row(request, label, icon, state, due_at, abs((due_at - at).total_seconds()) if due_at else 0)


def _due(request: ServiceRequest, promise: Promise | None) -> tuple[str, datetime | None]:
    if request.state == ServiceRequest.State.NEEDS_INFORMATION:
        return "waiting", None
    if promise is None or promise.by is None:
        return "", None
    return {"overdue": "late", "missed": "late", "soon": "soon"}.get(promise.state, "later"), promise.by


def one(request: DeskRequest, number: str) -> dict[str, Any]:
    """The open request with everything an officer may see and do."""
    detail = selectors.request_detail(request.user, number)
    subject = detail.request
    label, icon = channel_face(subject.channel)
    user_file = partial(file_url, for_user=request.user)
    return {
        "detail": detail,
        "subject": subject,
        "channel_label": label,
        "channel_icon": icon,
        "steps": _steps(detail.steps),
        "agencies": agency_list(),
        "members": staff_on(subject.agency.code) if subject.agency else [],
        "services": Service.objects.filter(is_active=True).select_related("group"),
        "canned": message_selectors.canned_replies(subject.agency.code if subject.agency else None),
        "client_id": uuid.uuid4(),
        "thread": _thread(detail, request),
        "proofs": [
            {"proof": proof, "url": user_file(proof.sha256, proof.media_type), "thumb": _thumb(proof, request)}
            for proof in detail.proofs
        ],
        "place": _place(subject),
        "trail": _trail(detail),
        "query": chosen_query(request),
        "priorities": ServiceRequest.Priority.choices,
        "stages": Proof.Stage.choices,
        "cursor": str(latest_position()),
    }


def _place(subject: ServiceRequest) -> dict[str, Any] | None:
    """What the small map shows: the point, else the middle of the village with its name, else nothing."""
    if subject.lon_deg is not None:
        return {"is_point": True, "radius_m": NEAR_A_POINT_M}
    middle = area_middles().get(subject.area_code)
    if middle is None:
        return None
    # never localised: the map's script reads it
    around = f"{middle[0]:.5f},{middle[1]:.5f}"
    return {"is_point": False, "around": around, "name": subject.area_name.split(",")[0], "radius_m": NEAR_A_VILLAGE_M}


def _trail(detail: selectors.Detail) -> list[Any]:
    """What became of it. Notes and automatic letters stand in the conversation already."""
    automatic = {item.message.pk for item in detail.thread if item.message.template}
    told = [
        item
        for item in detail.timeline
        if item.kind != "note" and not (item.kind == "message_out" and item.detail.get("id") in automatic)
    ]
    # two photos sent together are one line
    return [item for before, item in zip([None, *told], told, strict=False) if not _is_same_line(before, item)]


def _is_same_line(before: Any, item: Any) -> bool:
    return before is not None and before.text == item.text and item.at - before.at < timedelta(minutes=2)


def _steps(edges: Iterable[Edge]) -> list[Edge]:
    """One button per step (the way back from a question has several edges), what leads on first."""
    first: dict[str, Edge] = {}
    for edge in edges:
        first.setdefault(edge.step, edge)
    return sorted(first.values(), key=lambda edge: ORDER_OF_STEPS.index(edge.step))


def _thread(detail: Any, request: DeskRequest) -> list[dict[str, Any]]:
    """Messages and notes in the order in which they happened."""
    said = [
        {
            "at": item.message.happened_at,
            "message": item.message,
            "is_linked": item.is_linked,
            "files": files_of(item.message, request),
        }
        for item in detail.thread
    ]
    noted = [{"at": note.at, "note": note} for note in detail.notes]
    return sorted([*said, *noted], key=lambda item: item["at"])


def files_of(message: Any, request: DeskRequest) -> list[dict[str, Any]]:
    return [_file(attachment, request) for attachment in message.attachments.all()]


def _file(attachment: Attachment, request: DeskRequest) -> dict[str, Any]:
    if attachment.state != Attachment.State.STORED:
        return {"attachment": attachment, "url": "", "thumb": "", "is_picture": False}
    is_picture = attachment.media_type.startswith("image/")
    name = attachment.claimed_name or f"{attachment.pk}"
    return {
        "attachment": attachment,
        "url": file_url(attachment.sha256, attachment.media_type, name=name, for_user=request.user),
        "thumb": thumb_url(attachment.sha256, attachment.media_type, for_user=request.user) if is_picture else "",
        "is_picture": is_picture,
    }


def _thumb(proof: Proof, request: DeskRequest) -> str:
    is_picture = proof.media_type.startswith("image/")
    return thumb_url(proof.sha256, proof.media_type, for_user=request.user) if is_picture else ""
