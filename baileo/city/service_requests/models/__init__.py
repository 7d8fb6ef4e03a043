"""Shape and constraints of service requests; rules live in `services` and `workflow`."""

from __future__ import annotations

from baileo.city.service_requests.models.catalogue import DeadlineRule, Holiday, Service, ServiceGroup
from baileo.city.service_requests.models.request import NumberCounter, ServiceRequest
from baileo.city.service_requests.models.trail import (
    LooseMessage,
    Note,
    Proof,
    PublicPhoto,
    RequestMessage,
    SavedFilter,
    StateChange,
)

__all__ = [
    "DeadlineRule",
    "Holiday",
    "LooseMessage",
    "Note",
    "NumberCounter",
    "Proof",
    "PublicPhoto",
    "RequestMessage",
    "SavedFilter",
    "Service",
    "ServiceGroup",
    "ServiceRequest",
    "StateChange",
]
