from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig


class ServiceRequestsConfig(AppConfig):
    name = "baileo.city.service_requests"
    label = "service_requests"
    ledger_kinds: ClassVar[dict[str, str]] = {
        "service_request.created": "service_requests.view",
        "service_request.state_changed": "service_requests.view",
        "service_request.assigned": "service_requests.view",
        "service_request.edited": "service_requests.view",
        "service_request.noted": "service_requests.view",
        "service_request.tagged": "service_requests.view",
        "service_request.prioritised": "service_requests.view",
        "service_request.message_linked": "service_requests.view",
        "service_request.replied": "service_requests.view",
        "service_request.proof_attached": "service_requests.view",
        "service_request.visibility_changed": "service_requests.view",
        "service_request.became_overdue": "service_requests.view",
        "service_request.contact_seen": "people.audit",
        "service_request.erased": "people.audit",
        "conversation.let_be": "messages.view",
        "service.saved": "people.audit",
        "service_group.saved": "people.audit",
        "deadline_rule.saved": "people.audit",
        "holiday.saved": "people.audit",
        "saved_filter.saved": "service_requests.view",
        "catalogue.loaded": "people.audit",
    }
