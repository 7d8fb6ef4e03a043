"""A citizen changed their words at the provider: open requests made of them say the new ones.

What stood there before is kept by the messages room (`MessageEdit`); officers see both.
"""

from __future__ import annotations

from collections.abc import Sequence

from baileo.city.messages.models import Message
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.services.common import bump_free, record
from baileo.city.service_requests.services.creating import LONGEST_DESCRIPTION, title_of
from baileo.city.service_requests.workflow import LIVE_STATES
from baileo.core.text import normalise

CONTACT = "contact"


def words_renew(message_ids: Sequence[int]) -> int:
    """Put changed words into the requests they are the words of. Emits `service_request.edited`. Returns how many.

    In the caller's transaction. A title an officer wrote stays, and so does a text that would become empty.
    """
    if not message_ids:
        return 0
    changed = ServiceRequest.objects.filter(
        links__message__in=message_ids, links__is_report=True, state__in=LIVE_STATES
    ).order_by("pk")
    pks = list(changed.values_list("pk", flat=True).distinct())
    rows = ServiceRequest.objects.filter(pk__in=pks).select_related("agency").select_for_update(of=("self",))
    return sum(_renew(request) for request in rows.order_by("pk"))


def _renew(request: ServiceRequest) -> bool:
    reports = Message.objects.filter(request_link__request=request, request_link__is_report=True, deleted_at=None)
    told = [text.strip() for text in reports.order_by("happened_at", "id").values_list("text", flat=True)]
    text = normalise("\n".join(line for line in told if line))[:LONGEST_DESCRIPTION]
    if not text or text == request.description:
        return False
    request.description = text
    if not request.title_is_edited:
        request.title = title_of(text)
    bump_free(request, ["description", "title"])
    record("service_request.edited", request, CONTACT, data={"fields": "description"})
    return True
