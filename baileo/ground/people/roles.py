"""The one table of who may do what. Code asks for a permission, never for a role's name.

A role given without an agency holds for the whole city; given with an agency it holds for that agency's things only.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):  # closed set owned by this room
    ADMINISTRATOR = "administrator", _("Administrator")
    COORDINATOR = "coordinator", _("Coordinator")
    CALL_TAKER = "call_taker", _("Call-taker")
    AGENCY_OFFICER = "agency_officer", _("Agency officer")
    SUPERVISOR = "supervisor", _("Shift supervisor")
    LEADER = "leader", _("Leader")
    EDITOR = "editor", _("Editor")
    AUDITOR = "auditor", _("Auditor")
    WALL = "wall", _("Wall screen")


AGENCY_ROLES: tuple[Role, ...] = (Role.AGENCY_OFFICER,)  # only within an agency
CITY_ROLES: tuple[Role, ...] = (  # only for the whole city; supervisor, leader and editor may be either
    Role.ADMINISTRATOR,
    Role.AUDITOR,
    Role.CALL_TAKER,
    Role.COORDINATOR,
    Role.WALL,
)

READ_DESK = frozenset({"desk.open", "service_requests.view", "messages.view", "places.view"})
WORK_REQUESTS = frozenset(
    {
        "service_requests.work",
        "service_requests.note",
        "messages.send",
        "service_requests.tag",
        "service_requests.attach",
    }
)
ROUTE_REQUESTS = frozenset(
    {
        "service_requests.create",
        "service_requests.verify",
        "service_requests.assign",
        "service_requests.reject",
        "service_requests.edit",
        "service_requests.merge",
        "service_requests.prioritise",
    }
)
DECIDE = frozenset(
    {"service_requests.close", "service_requests.reopen", "service_requests.publish", "people.see_contact"}
)
OFFICE = frozenset(
    {
        "office.open",
        "people.manage",
        "people.view",
        "places.manage",
        "service_requests.configure",
        "messages.configure",
        "messages.see_rejected",
    }
)

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.ADMINISTRATOR: READ_DESK
    | WORK_REQUESTS
    | ROUTE_REQUESTS
    | DECIDE
    | OFFICE
    | {"wall.view", "people.audit", "health.view", "service_requests.secret"},
    Role.COORDINATOR: READ_DESK
    | WORK_REQUESTS
    | ROUTE_REQUESTS
    | DECIDE
    | {"wall.view", "health.view", "service_requests.secret"},
    Role.CALL_TAKER: READ_DESK
    | {
        "service_requests.create",
        "service_requests.verify",
        "service_requests.note",
        "service_requests.edit",
        "service_requests.tag",
        "service_requests.attach",
        "messages.send",
        "people.see_contact",
    },
    Role.AGENCY_OFFICER: READ_DESK | WORK_REQUESTS,
    Role.SUPERVISOR: READ_DESK
    | WORK_REQUESTS
    | ROUTE_REQUESTS
    | DECIDE
    | {"wall.view", "health.view", "service_requests.secret"},
    Role.LEADER: READ_DESK | {"wall.view"},
    Role.EDITOR: frozenset({"desk.open", "service_requests.view", "service_requests.publish", "places.view"}),
    Role.AUDITOR: READ_DESK
    | {
        "office.open",
        "people.audit",
        "people.view",
        "places.view",
        "service_requests.secret",
        "messages.see_rejected",
        "health.view",
        "wall.view",
    },
    Role.WALL: frozenset({"wall.view"}),
}
ALL_PERMISSIONS = frozenset().union(*ROLE_PERMISSIONS.values())
