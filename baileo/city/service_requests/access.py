"""Who may see and touch which request. Asked by every service and selector; views only hide buttons."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from baileo.city.service_requests.models import ServiceRequest
from baileo.core.errors import NotFound, PermissionRefused
from baileo.ground.people.models import User
from baileo.ground.people.selectors import access_of

Actor = User | str  # a str names a process ("system:intake") or is "contact"; only code can be one, never a web request
VIEW = "service_requests.view"
SECRET = "service_requests.secret"  # noqa: S105  a permission, not a password
SEE_CONTACT = "people.see_contact"


def actor_name(actor: Actor) -> str:
    """How the ledger and the trail call somebody: "user:3", "contact", "system:intake"."""
    return f"user:{actor.pk}" if isinstance(actor, User) else actor


def agency_code_of(request: ServiceRequest) -> str:
    """The responsible agency's code; empty while the request lies on the city's own table."""
    return request.agency.code if request.agency else ""


def may(actor: Actor, permission: str, request: ServiceRequest | None = None) -> bool:
    """Whether the actor may do this to that request; without a request, to the city's things."""
    if isinstance(actor, str):
        return True
    return access_of(actor).may(permission, agency_code_of(request) if request else "")


def may_see(user: User, request: ServiceRequest) -> bool:
    """The same rule as `visible_to`, for one request in hand."""
    access = access_of(user)
    code = agency_code_of(request)
    if not access.may(VIEW, code):
        return False
    return not request.is_confidential or SECRET in access.city or VIEW in access.by_agency.get(code, ())


def visible_to(user: User) -> QuerySet[ServiceRequest]:
    """Requests this person may know of.

    City-wide viewers see all but confidential ones, which need `service_requests.secret`; people of an agency see
    what that agency is responsible for, confidential ones included: they have to do the work.
    """
    access = access_of(user)
    own = Q(agency__code__in=[code for code, held in access.by_agency.items() if VIEW in held])
    if VIEW not in access.city:
        return ServiceRequest.objects.filter(own)
    if SECRET in access.city:
        return ServiceRequest.objects.all()
    return ServiceRequest.objects.filter(Q(is_confidential=False) | own)


def request_for(actor: Actor, number: str) -> ServiceRequest:
    """The request with its agency, service and conversation. Raises `NotFound`, also for what may not be seen."""
    found = (
        ServiceRequest.objects.select_related("agency", "service__group", "assignee", "conversation__contact")
        .filter(number=number)
        .first()
    )
    if found is None or (isinstance(actor, User) and not may_see(actor, found)):
        raise NotFound(_("There is no request %(number)s that you can see. Check the number.") % {"number": number})
    return found


def require(actor: Actor, permission: str, request: ServiceRequest | None = None) -> None:
    """Raises `PermissionRefused` with a sentence that says whom to ask."""
    if may(actor, permission, request):
        return
    if request is None:
        raise PermissionRefused(
            _("Your role does not include %(permission)s. Ask an administrator if you need it.")
            % {"permission": permission}
        )
    raise PermissionRefused(
        _("You may not do this to request %(number)s: your role does not include %(permission)s there. "
          "Ask the coordinator on duty.")
        % {"number": request.number, "permission": permission}
    )  # fmt: skip


def hides_reporter_from(user: User, request: ServiceRequest) -> bool:
    """Whether even the reporter's masked name stays hidden: anonymous ones are known to the city desk only."""
    return request.is_anonymous and SEE_CONTACT not in access_of(user).city
