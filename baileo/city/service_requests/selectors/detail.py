"""One request with everything its page shows, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass

from baileo.city.messages.models import Message
from baileo.city.messages.selectors import ReplyWindow, conversation_messages, reply_window
from baileo.city.service_requests.access import (
    SEE_CONTACT,
    agency_code_of,
    hides_reporter_from,
    may,
    request_for,
)
from baileo.city.service_requests.models import Note, Proof, ServiceRequest, StateChange
from baileo.city.service_requests.selectors.listing import with_names
from baileo.city.service_requests.selectors.promises import Promise, promises_of
from baileo.city.service_requests.selectors.similar import Similar, similar_requests
from baileo.city.service_requests.selectors.suggestions import Suggestion, service_suggestions
from baileo.city.service_requests.selectors.timeline import TimelineItem, actor_names, timeline_of
from baileo.city.service_requests.workflow import Edge, allowed_steps
from baileo.core.redact import mask_name, mask_phone
from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.selectors import history
from baileo.ground.people.models import User
from baileo.ground.people.selectors import access_of

READ_MESSAGES = "messages.view"


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message of the conversation; `is_linked` when it belongs to this request."""

    message: Message
    is_linked: bool


@dataclass(frozen=True, slots=True)
class MaskedContact:
    """Who asked, as far as this person may know without looking it up (which the ledger records)."""

    name: str
    phone: str
    channel: str
    is_hidden: bool
    may_reveal: bool


@dataclass(frozen=True, slots=True)
class Detail:
    """All of one request. `may` holds the permissions this person has on it; `steps` what the state allows too."""

    request: ServiceRequest
    thread: list[ThreadMessage]
    notes: list[Note]
    changes: list[StateChange]
    proofs: list[Proof]
    timeline: list[TimelineItem]
    steps: tuple[Edge, ...]
    may: frozenset[str]
    promises: list[Promise]
    contact: MaskedContact
    similar: list[Similar]
    suggestions: list[Suggestion]
    window: ReplyWindow | None
    duplicates: list[ServiceRequest]


def request_get(user: User, number: str) -> ServiceRequest:
    """Raises `NotFound` for what does not exist or may not be seen."""
    return request_for(user, number)


def request_detail(user: User, number: str) -> Detail:
    """Raises `NotFound` for what does not exist or may not be seen."""
    request = request_for(user, number)
    changes = list(request.changes.select_related("agency"))
    notes = list(request.notes.select_related("author"))
    proofs = list(request.proofs.select_related("author"))
    thread = _thread(user, request)
    entries = [entry for entry in history(request.number) if _may_know(user, entry)]
    names = actor_names([*(change.actor for change in changes), *(entry.actor for entry in entries)])
    linked = [item.message for item in thread if item.is_linked]
    return Detail(
        request=request,
        thread=thread,
        notes=notes,
        changes=changes,
        proofs=proofs,
        timeline=timeline_of(changes, notes, proofs, linked, entries, names=names),
        steps=steps_of(user, request),
        may=permissions_on(user, request),
        promises=promises_of(request),
        contact=masked_contact(user, request),
        similar=similar_requests(request, user),
        suggestions=[] if request.service_id else service_suggestions(request.description),
        window=reply_window(request.conversation) if request.conversation else None,
        duplicates=list(with_names(request.duplicates.all())),
    )


def steps_of(user: User, request: ServiceRequest) -> tuple[Edge, ...]:
    """The steps this person can take now."""
    return allowed_steps(
        lambda permission: may(user, permission, request),
        request.state,
        resume_state=request.resume_state,
        has_agency=request.agency_id is not None,
    )


def permissions_on(user: User, request: ServiceRequest) -> frozenset[str]:
    access = access_of(user)
    return access.city | access.by_agency.get(agency_code_of(request), frozenset())


def masked_contact(user: User, request: ServiceRequest) -> MaskedContact:
    """The name for those who read messages, unless the reporter is anonymous; the phone always masked."""
    contact = request.conversation.contact if request.conversation else None
    name = request.reporter_name or (contact.display_name if contact else "")
    phone = request.reporter_phone or (contact.phone if contact else "")
    is_hidden = hides_reporter_from(user, request)
    may_reveal = not is_hidden and may(user, SEE_CONTACT, request)
    is_named = not request.is_anonymous and READ_MESSAGES in permissions_on(user, request)
    return MaskedContact(
        name="" if is_hidden else (name if is_named else mask_name(name)),
        phone="" if is_hidden or not phone else mask_phone(phone),
        channel=request.channel,
        is_hidden=is_hidden,
        may_reveal=may_reveal,
    )


def _thread(user: User, request: ServiceRequest) -> list[ThreadMessage]:
    """The whole conversation for the city desk; people of agencies see only what belongs to this request."""
    if request.conversation_id is None or READ_MESSAGES not in permissions_on(user, request):
        return []
    linked = set(request.links.values_list("message_id", flat=True))
    is_desk = READ_MESSAGES in access_of(user).city
    return [
        ThreadMessage(message, message.pk in linked)
        for message in conversation_messages(request.conversation_id)
        if is_desk or message.pk in linked
    ]


def _may_know(user: User, entry: Entry) -> bool:
    return entry.kind != "service_request.contact_seen" or "people.audit" in access_of(user).city
