"""What the city says by itself: short, warm, correct; in the contact's language, Indonesian first.

`tell` writes to the conversation the request came from, in the caller's transaction. It never fails because the channel
is closed: the message is then recorded as not delivered, and the trail says that the person was not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from baileo.city.messages.errors import AutomaticCapReached, ReplyWindowClosed
from baileo.city.messages.models import Message
from baileo.city.messages.services import message_queue
from baileo.city.service_requests.models import RequestMessage, ServiceRequest, StateChange
from baileo.core.errors import NotFound

AUTHOR = "system:service_requests"
Told = StateChange.Told


def track_url(request: ServiceRequest) -> str:
    """The page that asks for the code and then shows the request. The code itself never stands in an address."""
    return f"{settings.BAILEO.public_url}/lacak/{request.number}/"


def language_of(request: ServiceRequest) -> str:
    contact = request.conversation.contact if request.conversation else None
    return "en" if contact and contact.language.lower().startswith("en") else "id"


def tell(request: ServiceRequest, key: str, *, change: StateChange | None = None, once: str = "") -> str:
    """Queue one automatic text and link it to the request; returns a `StateChange.Told`.

    The same request, key and `once` (by default its version) twice is one message.
    """
    message, told = _queue(request, key, change, once)
    if message:
        RequestMessage.objects.get_or_create(message=message, defaults={"request": request})
    return told


def tell_all(requests: Sequence[ServiceRequest], key: str) -> list[str]:
    """The same text to many at once; what became of each, in the same order."""
    queued = [_queue(request, key, None, "") for request in requests]
    RequestMessage.objects.bulk_create(
        (
            RequestMessage(request=request, message=message)
            for request, (message, _told) in zip(requests, queued, strict=True)
            if message
        ),
        ignore_conflicts=True,
    )
    return [told for _message, told in queued]


def _queue(request: ServiceRequest, key: str, change: StateChange | None, once: str) -> tuple[Message | None, str]:
    if request.conversation_id is None:
        return None, Told.NO_CONVERSATION
    try:
        message = message_queue(
            conversation_id=request.conversation_id,
            text=text_of(request, key, change=change),
            actor=AUTHOR,
            template=key,
            client_id=uuid5(NAMESPACE_URL, f"{request.number}/{key}/{once or request.version}"),
        )
    except ReplyWindowClosed:
        return None, Told.WINDOW_CLOSED
    except AutomaticCapReached:
        return None, Told.CAPPED
    except NotFound:  # the contact was erased
        return None, Told.NO_CONVERSATION
    return message, Told.QUEUED


def text_of(request: ServiceRequest, key: str, *, change: StateChange | None = None) -> str:
    """The finished text, in the language of the person it goes to."""
    with translation.override(language_of(request)):
        return _TEXTS[key](request, change).strip()


def _receipt(request: ServiceRequest, _change: StateChange | None) -> str:
    urgent = request.kind == ServiceRequest.Kind.EMERGENCY
    lines = [
        _("If somebody is in danger, call 112 now.") if urgent else "",
        _("Thank you, we have received your message."),
        _("Number: %(number)s\nCode: %(code)s") % {"number": request.number, "code": request.track_code},
        _("See how it goes: %(url)s") % {"url": track_url(request)},
        _("Something to add? Just answer here."),
    ]
    return "\n".join(line for line in lines if line)


def _verified(request: ServiceRequest, _change: StateChange | None) -> str:
    return _("Your report %(number)s has been checked. We are passing it on to those who can help.") % _names(request)


def _assigned(request: ServiceRequest, _change: StateChange | None) -> str:
    return _("Your report %(number)s is now with %(agency)s.") % _names(request)


def _in_progress(request: ServiceRequest, _change: StateChange | None) -> str:
    return _("%(agency)s has started work on your report %(number)s.") % _names(request)


def _needs_information(request: ServiceRequest, change: StateChange | None) -> str:
    question = _("About your report %(number)s we need to know one more thing:") % _names(request)
    return f"{question}\n\n{_reason(change)}\n\n{_('Just answer here. Then we go on.')}"


def _resolved(request: ServiceRequest, change: StateChange | None) -> str:
    head = _("Your report %(number)s has been dealt with. %(agency)s writes:") % _names(request)
    return f"{head}\n\n{_reason(change)}\n\n{_('Is it solved? Answer YES or NOT YET.')}"


def _original_resolved(request: ServiceRequest, change: StateChange | None) -> str:
    head = _("What you told us in report %(number)s has been dealt with. %(agency)s writes:") % _names(request)
    return f"{head}\n\n{_reason(change)}"


def _closed(request: ServiceRequest, _change: StateChange | None) -> str:
    return _(
        "Your report %(number)s is closed. Thank you for helping the city. If it comes back, write to us again."
    ) % (_names(request))


def _rejected(request: ServiceRequest, change: StateChange | None) -> str:
    head = _("We are sorry, the city cannot do this for your report %(number)s:") % _names(request)
    where = _("Who can help: %(refer_to)s") % {"refer_to": change.refer_to if change else ""}
    return f"{head}\n\n{_reason(change)}\n\n{where}"


def _duplicate(request: ServiceRequest, _change: StateChange | None) -> str:
    return _(
        "Others have told us the same as your report %(number)s. It is being dealt with, and we will tell you when it "
        "is done."
    ) % _names(request)


def _reopened(request: ServiceRequest, change: StateChange | None) -> str:
    head = _("Your report %(number)s has been opened again:") % _names(request)
    return f"{head}\n\n{_reason(change)}"


def _names(request: ServiceRequest) -> dict[str, Any]:
    agency = request.agency.name if request.agency else _("the city")
    return {"number": request.number, "agency": agency}


def _reason(change: StateChange | None) -> str:
    return change.reason if change else ""


_TEXTS = {
    "receipt": _receipt,
    "verified": _verified,
    "assigned": _assigned,
    "in_progress": _in_progress,
    "needs_information": _needs_information,
    "resolved": _resolved,
    "original_resolved": _original_resolved,
    "closed": _closed,
    "rejected": _rejected,
    "duplicate_of": _duplicate,
    "reopened": _reopened,
}
