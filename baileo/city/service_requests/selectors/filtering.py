"""The desk's filter: queues, fields and words, turned into one query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, Self

from django.conf import settings
from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from baileo.city.messages.models import Message
from baileo.city.service_requests.models import RequestMessage, ServiceRequest
from baileo.city.service_requests.workflow import LIVE_STATES, State
from baileo.core.clock import local, now, zone
from baileo.core.errors import InvalidInput
from baileo.core.ids import parse_request_number
from baileo.core.text import fold, one_line
from baileo.ground.people.models import User

QueueKey = Literal[
    "new",
    "overdue",
    "due_today",
    "citizen_replied",
    "failed_delivery",
    "possible_duplicate",
    "mine",
    "confidential",
    "open",
    "all",
]
QUEUES: tuple[tuple[QueueKey, Any], ...] = (
    ("new", gettext_lazy("New, to be verified")),
    ("overdue", gettext_lazy("Past the promise")),
    ("due_today", gettext_lazy("Promised for today")),
    ("citizen_replied", gettext_lazy("Citizen answered")),
    ("failed_delivery", gettext_lazy("Not delivered")),
    ("possible_duplicate", gettext_lazy("Perhaps the same")),
    ("mine", gettext_lazy("Assigned to me")),
    ("confidential", gettext_lazy("Secret")),
    ("open", gettext_lazy("All open")),
    ("all", gettext_lazy("All")),
)
FINISHED_SHOWS_FOR = timedelta(days=30)  # how long a closed request still counts in queues that look at messages
SHORT = 3  # letters: below this a stem means little, so the title is searched as written
MOST_OF_A_COUNT = 6  # digits after the year
_DIGITS = re.compile(r"#?\d[\d\s./-]*")


class RequestFilter(BaseModel):
    """What an officer asked to see. Empty fields do not filter; unknown ones are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True, str_max_length=200)

    queue: QueueKey = "all"
    q: str = ""
    state: str = ""
    kind: str = ""
    service_code: str = ""
    group: str = ""
    agency: str = ""  # code, or "none"
    area: str = ""  # a kecamatan's code includes its villages
    priority: str = ""
    channel: str = ""
    tag: str = ""
    assignee: str = ""  # user id, "me" or "none"
    since: date | None = None  # city's days, both inclusive
    until: date | None = None

    @field_validator("since", "until", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @field_validator("assignee")
    @classmethod
    def _known_assignee(cls, value: str) -> str:
        if value in {"", "me", "none"} or (value.isascii() and value.isdigit() and len(value) < 10):
            return value
        raise ValueError("a user id, me or none")

    @classmethod
    def parse(cls, fields: Mapping[str, Any]) -> Self:
        """Raises `InvalidInput` that names the field."""
        try:
            return cls.model_validate(dict(fields))
        except ValidationError as error:
            names = ", ".join(str(problem["loc"][0]) for problem in error.errors())
            raise InvalidInput(_("The filter cannot be read: %(names)s. Choose again.") % {"names": names}) from error

    def as_query(self) -> dict[str, str]:
        """The fields that filter, as they stand in an address or a saved filter."""
        return {name: str(value) for name, value in self.model_dump(exclude_defaults=True).items() if value}


def filtered(requests: QuerySet[ServiceRequest], chosen: RequestFilter, user: User) -> QuerySet[ServiceRequest]:
    """The requests that fit all fields of the filter."""
    requests = requests.filter(queue_condition(chosen.queue, user, now()), _fields(chosen), _assignee(chosen, user))
    return requests.filter(search_condition(chosen.q)) if chosen.q else requests


def queue_condition(queue: str, user: User, at: datetime) -> Q:
    """One queue as a condition."""
    conditions = queue_conditions(user, at)
    return conditions[queue] if queue in conditions else Q()


def queue_conditions(user: User, at: datetime) -> dict[str, Q]:
    """Every queue but "all"."""
    live = Q(state__in=LIVE_STATES)
    return {
        "new": Q(state=State.NEW),
        "overdue": live & Q(next_by__lt=at),
        "due_today": live & Q(next_by__gte=at, next_by__lt=day_end(at)),
        "citizen_replied": Q(unanswered_since__isnull=False),
        "failed_delivery": counted(at) & Q(pk__in=undelivered()),
        "possible_duplicate": Q(state__in=[State.NEW, State.VERIFIED], similar_count__gt=0),
        "mine": live & Q(assignee=user),
        "confidential": live & Q(is_confidential=True),
        "open": live,
    }


def counted(at: datetime) -> Q:
    """The requests that can be in any queue: open, resolved, unanswered, or closed lately. Each part has an index."""
    return (
        Q(state__in=[*LIVE_STATES, State.RESOLVED])
        | Q(unanswered_since__isnull=False)
        | Q(closed_at__gte=at - FINISHED_SHOWS_FOR)
    )


def undelivered() -> QuerySet[RequestMessage, int]:
    """Ids of requests of which a message did not reach the person and nobody has let it be."""
    failed = Q(message__delivery=Message.Delivery.FAILED) & ~Q(message__provider_code="given-up")
    lost = RequestMessage.objects.filter(failed | Q(message__is_unconfirmed=True))
    return lost.values_list("request_id", flat=True)


def _fields(chosen: RequestFilter) -> Q:
    wanted = {
        "state": chosen.state,
        "kind": chosen.kind,
        "service__service_code": chosen.service_code,
        "service__group__code": chosen.group,
        "priority": chosen.priority,
        "channel": chosen.channel,
    }
    found = Q(**{name: value for name, value in wanted.items() if value})
    if chosen.agency:
        found &= Q(agency__isnull=True) if chosen.agency == "none" else Q(agency__code=chosen.agency)
    if chosen.area:
        found &= Q(area_code=chosen.area) | Q(area_code__startswith=f"{chosen.area}.")
    if chosen.tag:
        found &= Q(tags__contains=[fold(chosen.tag)])
    return found & _days(chosen)


def _days(chosen: RequestFilter) -> Q:
    found = Q()
    if chosen.since:
        found &= Q(requested_at__gte=day_start(chosen.since))
    if chosen.until:
        found &= Q(requested_at__lt=day_start(chosen.until + timedelta(days=1)))
    return found


def _assignee(chosen: RequestFilter, user: User) -> Q:
    match chosen.assignee:
        case "":
            return Q()
        case "me":
            return Q(assignee=user)
        case "none":
            return Q(assignee__isnull=True)
        case user_id:
            return Q(assignee_id=int(user_id))


def search_condition(typed: str) -> Q:
    """A number or its end, otherwise words in Indonesian stems; "quoted", -without and or work as on the web."""
    line = one_line(typed)
    if _DIGITS.fullmatch(line):
        return _number_condition(line)
    found = Q(search=SearchQuery(line, config="indonesian", search_type="websearch"))
    return found | Q(title__icontains=line) if len(line) <= SHORT else found


def _number_condition(typed: str) -> Q:
    """A whole number as people write it, the end of one ("4187"), or digits that stand in the words."""
    digits = "".join(char for char in typed if char.isdigit())
    words = Q(search=SearchQuery(typed, config="indonesian", search_type="plain"))
    try:
        return words | Q(number=parse_request_number(typed))
    except InvalidInput:
        return words | Q(number__endswith=digits) if len(digits) <= MOST_OF_A_COUNT else words


def day_start(day: date) -> datetime:
    """Midnight in the city."""
    return datetime.combine(day, time.min, zone(settings.BAILEO.time_zone))


def day_end(at: datetime) -> datetime:
    """The city's next midnight after `at`."""
    return day_start(local(at, settings.BAILEO.time_zone).date() + timedelta(days=1))
