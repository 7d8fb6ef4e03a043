"""Storing what intake decided: new requests many at once, additions to existing ones row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from baileo.city.service_requests.access import agency_code_of
from baileo.city.service_requests.deadlines import PROMISE_FIELDS, deadlines_apply, waits_of
from baileo.city.service_requests.models import LooseMessage, RequestMessage, ServiceRequest, StateChange
from baileo.city.service_requests.placing import FoundPlace, place_found
from baileo.city.service_requests.services.common import entry_data
from baileo.city.service_requests.services.creating import (
    LONGEST_DESCRIPTION,
    Draft,
    drafts_store,
    priority_of,
    title_of,
)
from baileo.city.service_requests.services.intake.gathering import Knowledge
from baileo.city.service_requests.services.intake.thinking import (
    Heard,
    Thread,
    first_words,
    is_solved,
    is_unsolved,
    words_of,
)
from baileo.city.service_requests.services.steps import request_close
from baileo.city.service_requests.spoken import Place, Reporter
from baileo.city.service_requests.workflow import LIVE_STATES, State
from baileo.core.clock import now
from baileo.core.errors import InvalidInput
from baileo.core.text import normalise
from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.services import append_many, entry_of

ACTOR = "system:intake"
CONTACT = "contact"
Kind = ServiceRequest.Kind
Priority = ServiceRequest.Priority
LIGHT = frozenset({"last_citizen_at", "unanswered_since", "updated_at"})  # what an ordinary follow-up changes
COMPARED = (  # every column that news can change
    *sorted(LIGHT),
    "description",
    "requested_at",
    "title",
    "unsolved_said_at",
    "priority",
    "state",
    "resume_state",
    "version",
    *FoundPlace.__slots__,
    *PROMISE_FIELDS,
)
WORDLESS = {True: "Lokasi tanpa kata-kata", False: "Foto tanpa kata-kata"}  # stored, so in the city's language


def threads_store(known: Knowledge, threads: Iterable[Thread]) -> None:
    """Write every thread that got news in this run."""
    changed = [thread for thread in threads if thread.news]
    new = [thread for thread in changed if thread.request is None]
    drafts_store([_draft(known, thread) for thread in new], actor=ACTOR, book=known.book)
    _add_all(known, [thread for thread in changed if thread.request is not None])
    message_ids = [heard.message_id for thread in changed for heard in thread.news]
    LooseMessage.objects.filter(message_id__in=message_ids).delete()


def loose_store(left: Sequence[Heard]) -> None:
    """Leave messages for an officer."""
    LooseMessage.objects.bulk_create(
        (
            LooseMessage(message_id=heard.message_id, conversation_id=heard.conversation_id, at=heard.at)
            for heard in left
        ),
        ignore_conflicts=True,
    )


# --- new requests ---


def _draft(known: Knowledge, thread: Thread) -> Draft:
    told = sorted(thread.reports, key=lambda heard: (heard.at, heard.message_id))
    text = description_of(thread)
    form = next((heard.details for heard in told if heard.is_form), {})
    founder = known.messages[told[0].message_id]
    contact = founder.conversation.contact
    service = known.services.get(str(form.get("service_code") or ""))
    kind = _kind(told, form)
    return Draft(
        description=text,
        requested_at=thread.began_at,
        channel=founder.account.channel,
        conversation_id=founder.conversation_id,
        conversation=founder.conversation,
        kind=kind,
        title_words=first_words(thread),
        service=service,
        place=place_of(known, told, text),
        reporter=Reporter(name=contact.display_name, phone=contact.phone),
        report_ids=[heard.message_id for heard in told],
        other_ids=[heard.message_id for heard in thread.others],
        is_anonymous=bool(form.get("is_anonymous")),
        is_confidential=bool(form.get("is_confidential")),
        priority=_priority(told, kind, service),
        last_citizen_at=thread.last_at,
    )


def _kind(told: Sequence[Heard], form: Any) -> str:
    """What the form says; otherwise the gravest that the words say."""
    if form.get("kind") in Kind.values:
        return str(form["kind"])
    kinds = {heard.verdict.kind for heard in told if heard.opens}
    if Kind.EMERGENCY in kinds:
        return Kind.EMERGENCY
    return Kind.COMPLAINT if Kind.COMPLAINT in kinds or not kinds else min(kinds)


def _priority(told: Iterable[Heard], kind: str, service: Any) -> str:
    in_danger = any(heard.verdict.is_danger for heard in told)
    return priority_of(kind, service, Priority.URGENT if in_danger else "")


def description_of(thread: Thread) -> str:
    """Never empty: a photo or a place without words still needs a line."""
    text = normalise(words_of(thread))[:LONGEST_DESCRIPTION]
    return text or WORDLESS[any(heard.has_point for heard in thread.reports)]


def place_of(known: Knowledge, told: Sequence[Heard], text: str) -> FoundPlace:
    """From the last point the person sent, otherwise from the words; nowhere when nothing can be said."""
    last = next((heard for heard in reversed(told) if heard.has_point), None)
    landmark = next((heard.place_text for heard in reversed(told) if heard.place_text), "")
    spoken = Place(
        lon_deg=last.lon_deg if last else None,
        lat_deg=last.lat_deg if last else None,
        accuracy_m=_number(last.details.get("accuracy_m")) if last else None,
        landmark_text=landmark,
    )
    try:
        return place_found(spoken, text, known.area_labels)
    except InvalidInput:  # a position that is not on Earth; the words may still say where
        return place_found(Place(landmark_text=landmark), text, known.area_labels)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


# --- additions to requests that exist ---


def _add_all(known: Knowledge, threads: Sequence[Thread]) -> None:
    """Link the news to the requests, change what follows from it, and say so in the ledger."""
    if not threads:
        return
    RequestMessage.objects.bulk_create(link for thread in threads for link in _links(thread))
    additions = [_addition(known, thread) for thread in threads]
    light = [addition.request for addition in additions if addition.fields <= LIGHT]
    ServiceRequest.objects.bulk_update(light, sorted(LIGHT))
    for addition in additions:
        if not addition.fields <= LIGHT:
            addition.request.save(update_fields=[*addition.fields, "updated_at"])
    append_many([_entry(thread, one) for thread, one in zip(threads, additions, strict=True)])
    for thread, addition in zip(threads, additions, strict=True):
        _close_if_solved(thread, addition.request)


def _links(thread: Thread) -> Iterator[RequestMessage]:
    reports = {heard.message_id for heard in thread.reports}
    for heard in thread.news:
        yield RequestMessage(request=thread.request, message_id=heard.message_id, is_report=heard.message_id in reports)


@dataclass(slots=True)
class Addition:
    """One request with what news changed on it; nothing saved yet."""

    request: ServiceRequest
    fields: set[str]
    is_resumed: bool = False


def _addition(known: Knowledge, thread: Thread) -> Addition:
    request = thread.request
    assert request is not None  # noqa: S101  the caller chose stored ones
    before = {name: getattr(request, name) for name in COMPARED}
    _take_words(thread, request)
    _take_place(known, thread, request)
    _take_news(thread, request)
    _take_danger(thread, request)
    request.last_citizen_at, request.updated_at = thread.last_at, now()
    is_resumed = request.state == State.NEEDS_INFORMATION
    if is_resumed:
        _resume(thread, request)
    if is_resumed or request.state == State.RESOLVED or request.requested_at != before["requested_at"]:
        deadlines_apply(request, known.book, waits_of(request))
    changed = {name for name in COMPARED if getattr(request, name) != before[name]}
    return Addition(request, changed, is_resumed)


def _take_words(thread: Thread, request: ServiceRequest) -> None:
    """First minutes: the request is what the person wrote in them."""
    if not any(heard in thread.reports for heard in thread.news):
        return
    request.description = description_of(thread)
    request.requested_at = min(request.requested_at, thread.began_at)
    if not request.title_is_edited:
        request.title = title_of(first_words(thread) or request.description)


def _take_place(known: Knowledge, thread: Thread, request: ServiceRequest) -> None:
    """A point sent along wins over none and over words; an officer's choice stays."""
    has_point = any(heard.has_point for heard in thread.news)
    if request.area_how == "officer" or not (has_point or not request.area_code):
        return
    found = place_of(known, sorted(thread.news, key=lambda heard: heard.at), request.description)
    if found.is_somewhere or found.landmark_text:
        for name, value in found.columns().items():
            setattr(request, name, value or getattr(request, name))


def _take_news(thread: Thread, request: ServiceRequest) -> None:
    """Somebody should look: the person wrote after the first minutes, or after an officer had begun."""
    unsolved = [heard for heard in thread.news if is_unsolved(heard, thread)]
    told = [heard for heard in thread.news if heard.says_something or heard in unsolved]
    later = [heard.at for heard in told if request.state != State.NEW or not thread.is_near(heard.at)]
    if later and request.unanswered_since is None:
        request.unanswered_since = min(later)
    if unsolved:
        request.unsolved_said_at = request.unsolved_said_at or thread.last_at


def _take_danger(thread: Thread, request: ServiceRequest) -> None:
    if request.state in LIVE_STATES and any(heard.verdict.is_danger for heard in thread.news):
        request.priority = Priority.URGENT


def _resume(thread: Thread, request: ServiceRequest) -> None:
    """The person answered our question: go on where it was asked."""
    request.state, request.resume_state = request.resume_state, ""
    request.version += 1
    StateChange.objects.create(
        request=request,
        from_state=State.NEEDS_INFORMATION,
        to_state=request.state,
        agency=request.agency,
        actor=CONTACT,
        at=thread.last_at,
    )


def _entry(thread: Thread, addition: Addition) -> Entry:
    request = addition.request
    data = entry_data(request) | {"message_id": thread.news[-1].message_id, "count": len(thread.news)}
    if "unsolved_said_at" in addition.fields:
        data["unsolved"] = True
    kind = "service_request.message_linked"
    if addition.is_resumed:
        kind, data = "service_request.state_changed", data | {"from": str(State.NEEDS_INFORMATION), "step": "resume"}
    return entry_of(kind=kind, subject=request.number, actor=CONTACT, data=data, agencies=[agency_code_of(request)])


def _close_if_solved(thread: Thread, request: ServiceRequest) -> None:
    if any(is_solved(heard, thread) for heard in thread.news) and request.unsolved_said_at is None:
        request_close(number=request.number, seen_version=request.version, actor=CONTACT)
