"""What the wall shows, taken at one ledger position. No personal data, no citizen's words."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from baileo.city.messages.selectors import AccountHealth, account_health
from baileo.city.service_requests import selectors
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.selectors import LatestChange
from baileo.city.service_requests.workflow import LIVE_STATES
from baileo.core.clock import now
from baileo.ground.ledger.selectors import latest_position
from baileo.web.shared.channels import account_names, channel_face

CARDS = 6
LATEST = 3
URGENT = 3
CHANNELS = 6
LATE_AFTER_S = 60
State = ServiceRequest.State
# the order in which a request goes its way; closed ones last
STATE_ORDER = (State.NEW, State.VERIFIED, State.ASSIGNED, State.RESOLVED)
TOGETHER = {
    State.ACCEPTED: State.ASSIGNED,
    State.IN_PROGRESS: State.ASSIGNED,
    State.REOPENED: State.VERIFIED,
    State.NEEDS_INFORMATION: State.VERIFIED,
    State.CLOSED: State.RESOLVED,
    State.REJECTED: State.RESOLVED,
    State.DUPLICATE: State.RESOLVED,
}


def take_snapshot() -> dict[str, Any]:
    """All numbers of the wall. The cursor is read first: what comes behind it is told again, never left out."""
    cursor = latest_position()
    states = _by_state(selectors.today_by_state())
    oldest = selectors.oldest_waiting(limit=1)
    points = [_point(point) for point in selectors.open_points(limit=2000)]
    waiting = selectors.open_count()
    return {
        "cursor": str(cursor),
        "at": now().isoformat(),
        "today": sum(row["count"] for row in states),
        "states": states,
        "waiting": waiting,
        "overdue": selectors.overdue_count(),
        "oldest": oldest[0].requested_at.isoformat() if oldest else None,
        "points": points,
        "unplaced": max(0, waiting - len(points)),
        "channels": _channels(account_health()[:CHANNELS]),
        "latest": _latest(selectors.latest_changes(limit=LATEST)),
        "urgent": [_urgent(request) for request in _most_urgent()],
        "cards": [_card(request) for request in selectors.newest_open(limit=CARDS)],
    }


def _most_urgent() -> list[ServiceRequest]:
    """Kept on the screen when everything else is taken down: where people were in danger, longest first."""
    urgent = ServiceRequest.objects.filter(state__in=LIVE_STATES, priority=ServiceRequest.Priority.URGENT)
    return list(urgent.select_related("service").order_by("requested_at", "pk")[:URGENT])


def _urgent(request: ServiceRequest) -> str:
    return ", ".join(filter(None, (what_of(request), where_of(request), request.number)))


def _by_state(counts: dict[str, int]) -> list[dict[str, Any]]:
    folded = {str(state): 0 for state in STATE_ORDER}
    for state, count in counts.items():
        folded[str(TOGETHER.get(State(state), State(state)))] += count
    labels = {State.VERIFIED: _("Checked"), State.ASSIGNED: _("With an agency"), State.RESOLVED: _("Done")}
    return [
        {"state": state, "label": str(labels.get(State(state), State(state).label)), "count": count}
        for state, count in folded.items()
    ]


def _point(point: selectors.Point) -> dict[str, Any]:
    return {
        "id": point.number,
        "lon": point.lon_deg,
        "lat": point.lat_deg,
        "urgency": point.priority,
        "label": point.number,
    }


def _channels(accounts: list[AccountHealth]) -> list[dict[str, Any]]:
    names = account_names(accounts)
    return [_channel(account, names[account.account_id]) for account in accounts]


def _channel(account: AccountHealth, name: str) -> dict[str, Any]:
    words = {
        "ok": _("running"),
        "quiet": _("quiet"),
        "trouble": _("down"),
        "disabled": _("switched off"),
    }
    state = "late" if account.state == "ok" and account.oldest_waiting_s > LATE_AFTER_S else account.state
    return {
        "name": name,
        "state": state,
        "words": str(words.get(state, _("late"))),
        "last": _iso(account.last_inbound_at),
    }


def what_of(request: ServiceRequest) -> str:
    """What a request is about, in the catalogue's words and never in the citizen's."""
    if request.is_confidential:
        return _("Secret report")
    return request.service.name if request.service else _guess(request)


def where_of(request: ServiceRequest) -> str:
    """The village alone: the map shows where it lies."""
    return "" if request.is_confidential else request.area_name.split(",")[0]


def _guess(request: ServiceRequest) -> str:
    """Until an officer has said what it is; the question mark says that it is a guess."""
    name = _guessed_service(f"{request.title} {request.description}", get_language())
    return f"{name}?" if name else _("Not sorted yet")


@lru_cache(maxsize=256)
def _guessed_service(words: str, language: str | None) -> str:
    """The same few cards are drawn several times a second; thinking about their words once is enough. The name is in
    the reader's `language`."""
    guesses = selectors.service_suggestions(words, limit=1)
    return guesses[0].service.name if guesses else ""


def _latest(changes: list[LatestChange]) -> list[dict[str, Any]]:
    numbers = [change.number for change in changes]
    found = ServiceRequest.objects.filter(number__in=numbers).select_related("service")
    subjects = {request.number: request for request in found}
    return [_change(change, subjects[change.number]) for change in changes if change.number in subjects]


def _change(change: LatestChange, request: ServiceRequest) -> dict[str, Any]:
    about = ", ".join(filter(None, (what_of(request), where_of(request))))
    label = str(State(change.to_state).label)
    did = f"{change.agency}: {label}" if change.agency else label
    return {"at": change.at.isoformat(), "number": change.number, "did": did, "about": about}


def _card(request: ServiceRequest) -> dict[str, Any]:
    channel, icon = channel_face(request.channel)
    return {
        "number": request.number,
        "what": what_of(request),
        "where": where_of(request) or (_("place hidden") if request.is_confidential else _("no place yet")),
        "urgency": request.priority,
        "since": request.requested_at.isoformat(),
        "state": request.state,
        "by": str(request.agency) if request.agency else channel,
        "icon": "people" if request.agency else icon,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
