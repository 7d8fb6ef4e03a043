"""Reading service requests. What a person may not see does not exist for these functions."""

from __future__ import annotations

from baileo.city.service_requests.access import visible_to as visible_requests
from baileo.city.service_requests.selectors.detail import (
    Detail,
    MaskedContact,
    ThreadMessage,
    request_detail,
    request_get,
)
from baileo.city.service_requests.selectors.filtering import QUEUES, RequestFilter
from baileo.city.service_requests.selectors.listing import (
    RequestPage,
    queue_counts,
    request_list,
    request_rows,
    saved_filters,
)
from baileo.city.service_requests.selectors.loose import (
    LooseConversation,
    conversations_without_request,
    loose_count,
)
from baileo.city.service_requests.selectors.promises import Promise, promise_of, promises_of
from baileo.city.service_requests.selectors.similar import Similar, similar_requests
from baileo.city.service_requests.selectors.suggestions import Suggestion, service_suggestions
from baileo.city.service_requests.selectors.timeline import TimelineItem
from baileo.city.service_requests.selectors.tracking import (
    TrackedAnswer,
    TrackedPhoto,
    TrackedRequest,
    TrackedStep,
    tracking,
)
from baileo.city.service_requests.selectors.wall import (
    DayFigures,
    LatestChange,
    Point,
    day_figures,
    latest_changes,
    newest_open,
    oldest_waiting,
    open_count,
    open_points,
    overdue_count,
    today_by_state,
    urgent_count,
)
from baileo.city.service_requests.workflow import Edge

__all__ = [
    "QUEUES",
    "DayFigures",
    "Detail",
    "Edge",
    "LatestChange",
    "LooseConversation",
    "MaskedContact",
    "Point",
    "Promise",
    "RequestFilter",
    "RequestPage",
    "Similar",
    "Suggestion",
    "ThreadMessage",
    "TimelineItem",
    "TrackedAnswer",
    "TrackedPhoto",
    "TrackedRequest",
    "TrackedStep",
    "conversations_without_request",
    "day_figures",
    "latest_changes",
    "loose_count",
    "newest_open",
    "oldest_waiting",
    "open_count",
    "open_points",
    "overdue_count",
    "promise_of",
    "promises_of",
    "queue_counts",
    "request_detail",
    "request_get",
    "request_list",
    "request_rows",
    "saved_filters",
    "service_suggestions",
    "similar_requests",
    "today_by_state",
    "tracking",
    "urgent_count",
    "visible_requests",
]
