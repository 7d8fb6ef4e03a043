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

from baileo.city.messages.models import Conversation, Message
from baileo.city.messages.selectors import longest_text
from baileo.city.messages.services.automatic import Automatic, NotQueued, messages_queue_automatic
from baileo.city.service_requests.models import RequestMessage, ServiceRequest, StateChange

AUTHOR = "system:service_requests"
Told = StateChange.Told
NOT_TOLD_BECAUSE: dict[str, str] = {"window-closed": Told.WINDOW_CLOSED, "automatic-cap": Told.CAPPED}


def track_url(request: ServiceRequest) -> str:
    """The page that asks for the code and then shows the request. The code itself never stands in an address."""
    return f"{settings.BAILEO.public_url}/lacak/{request.number}/"


def tell(request: ServiceRequest, key: str, *, change: StateChange | None = None, once: str = "") -> str:
    """Queue one automatic text and link it to the request; returns a `StateChange.Told`.

    The same request, key and `once` (by default its version) twice is one message.
    """
    return tell_all([request], key, change=change, once=once)[0]


def tell_all(
    requests: Sequence[ServiceRequest], key: str, *, change: StateChange | None = None, once: str = ""
) -> list[str]:
    """The same to many at once; what became of each, in the same order. Few queries however many there are."""
    talks = _talks(requests)
    reached = [request for request in requests if request.conversation_id in talks]
    items = [_automatic(request, talks[request.conversation_id or 0], key, change, once) for request in reached]
    outcomes = messages_queue_automatic(items, actor=AUTHOR) if items else []
    queued = dict(zip((request.pk for request in reached), outcomes, strict=True))
    links = [
        RequestMessage(request_id=pk, message=outcome) for pk, outcome in queued.items() if isinstance(outcome, Message)
    ]
    RequestMessage.objects.bulk_create(links, ignore_conflicts=True)
    return [_told(queued.get(request.pk)) for request in requests]


def _talks(requests: Sequence[ServiceRequest]) -> dict[int, Conversation]:
    """The conversations with account and contact; no query for those at hand with both."""
    relation = ServiceRequest.conversation
    near = [one.conversation for one in requests if relation.is_cached(one) and one.conversation]
    talks = {
        talk.pk: talk for talk in near if Conversation.account.is_cached(talk) and Conversation.contact.is_cached(talk)
    }
    far = {one.conversation_id for one in requests if one.conversation_id and one.conversation_id not in talks}
    return talks | (Conversation.objects.select_related("account", "contact").in_bulk(far) if far else {})


def _automatic(
    request: ServiceRequest, talk: Conversation, key: str, change: StateChange | None, once: str
) -> Automatic:
    with translation.override(_language(talk)):
        text = _fitting(_TEXTS[key](request, change).strip(), longest_text(talk), request)
    client_id = uuid5(NAMESPACE_URL, f"{request.number}/{key}/{once or request.version}")
    return Automatic(conversation=talk, text=text, template=key, client_id=client_id)


def _fitting(text: str, most: int, request: ServiceRequest) -> str:
    """A text the channel can carry whole; what does not fit is on the tracking page."""
    if len(text) <= most:
        return text
    rest = _("All of it: %(url)s") % {"url": track_url(request)}
    room = most - len(rest) - 1
    return f"{text[: max(room - 1, 0)].rstrip()}…\n{rest}" if room > 0 else text[:most]


def _told(outcome: Message | NotQueued | None) -> str:
    if isinstance(outcome, Message):
        return Told.QUEUED
    return NOT_TOLD_BECAUSE.get(outcome or "", Told.NO_CONVERSATION)


def _language(talk: Conversation) -> str:
    """The contact's language as the channel told it; Indonesian unless it is English."""
    return "en" if talk.contact.language.lower().startswith("en") else "id"


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
