"""Every write to service requests. No HTTP, no templates, no channel names in this package."""

from __future__ import annotations

from baileo.city.service_requests.services.answering import tracking_answer
from baileo.city.service_requests.services.configuring import (
    deadline_rule_save,
    holiday_delete,
    holiday_save,
    saved_filter_delete,
    saved_filter_save,
    service_group_save,
    service_save,
)
from baileo.city.service_requests.services.creating import message_make_request, request_create
from baileo.city.service_requests.services.editing import (
    request_add_note,
    request_edit,
    request_set_assignee,
    request_set_priority,
    request_set_tags,
)
from baileo.city.service_requests.services.intake import IntakeDone, intake
from baileo.city.service_requests.services.moving import request_transition
from baileo.city.service_requests.services.proving import request_attach_proof
from baileo.city.service_requests.services.publishing import request_publish, request_unpublish
from baileo.city.service_requests.services.starting import CatalogueLoaded, catalogue_load
from baileo.city.service_requests.services.steps import (
    BulkResult,
    request_accept,
    request_ask_information,
    request_assign,
    request_close,
    request_mark_duplicate,
    request_reject,
    request_reopen,
    request_resolve,
    request_resume,
    request_return,
    request_start,
    request_verify,
    requests_assign_bulk,
)
from baileo.city.service_requests.services.sweeping import closing_sweep, overdue_sweep
from baileo.city.service_requests.services.talking import (
    Contact,
    contact_reveal,
    conversation_let_be,
    message_link,
    request_reply,
)
from baileo.city.service_requests.spoken import Place, Reporter

__all__ = [
    "BulkResult",
    "CatalogueLoaded",
    "Contact",
    "IntakeDone",
    "Place",
    "Reporter",
    "catalogue_load",
    "closing_sweep",
    "contact_reveal",
    "conversation_let_be",
    "deadline_rule_save",
    "holiday_delete",
    "holiday_save",
    "intake",
    "message_link",
    "message_make_request",
    "overdue_sweep",
    "request_accept",
    "request_add_note",
    "request_ask_information",
    "request_assign",
    "request_attach_proof",
    "request_close",
    "request_create",
    "request_edit",
    "request_mark_duplicate",
    "request_publish",
    "request_reject",
    "request_reopen",
    "request_reply",
    "request_resolve",
    "request_resume",
    "request_return",
    "request_set_assignee",
    "request_set_priority",
    "request_set_tags",
    "request_start",
    "request_transition",
    "request_unpublish",
    "request_verify",
    "requests_assign_bulk",
    "saved_filter_delete",
    "saved_filter_save",
    "service_group_save",
    "service_save",
    "tracking_answer",
]
