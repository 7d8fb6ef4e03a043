"""The citizen's own word on the tracking page: is it solved? Proven by number and code, nothing else."""

from __future__ import annotations

from django.db import transaction

from baileo.city.service_requests.lookup import request_by_code
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.services.common import bump_free, promises_renew, record
from baileo.city.service_requests.services.steps import request_close
from baileo.city.service_requests.workflow import State
from baileo.core.clock import now

CONTACT = "contact"


@transaction.atomic
def tracking_answer(*, number: str, code: str, is_solved: bool) -> bool:
    """Yes closes a resolved request; not yet marks it for an officer to reopen.

    False, and nothing done, for a wrong number or code, or when the request does not wait for this answer.
    """
    request = request_by_code(number, code)
    if request is None:
        return False
    row = ServiceRequest.objects.select_for_update().select_related(None).get(pk=request.pk)
    if row.state != State.RESOLVED:
        return False
    if is_solved:
        request_close(number=row.number, seen_version=row.version, actor=CONTACT)
    else:
        unsolved_said(request)
    return True


def unsolved_said(request: ServiceRequest) -> None:
    """Remember that the reporter says no. Emits `service_request.message_linked` with `unsolved`."""
    at = now()
    request.unsolved_said_at = request.last_citizen_at = at
    request.unanswered_since = request.unanswered_since or at
    bump_free(request, ["unsolved_said_at", "last_citizen_at", "unanswered_since", *promises_renew(request)])
    record("service_request.message_linked", request, CONTACT, data={"unsolved": True})
