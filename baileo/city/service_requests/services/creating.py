"""How a request comes into being: typed in by an officer, or made of a message. Intake makes many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from baileo.city.messages.models import Conversation, Message
from baileo.city.service_requests.access import Actor, actor_name, require
from baileo.city.service_requests.deadlines import RuleBook, deadlines_apply, rulebook_load
from baileo.city.service_requests.models import LooseMessage, RequestMessage, Service, ServiceRequest, StateChange
from baileo.city.service_requests.notices import tell_all
from baileo.city.service_requests.placing import FoundPlace, place_found
from baileo.city.service_requests.services.common import entry_data, numbers_take, service_by, words
from baileo.city.service_requests.services.likening import similar_note
from baileo.city.service_requests.spoken import Place, Reporter
from baileo.core.clock import now
from baileo.core.errors import InvalidInput, NotFound
from baileo.core.ids import short_code
from baileo.core.text import excerpt, one_line
from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.services import append_many, entry_of

Kind = ServiceRequest.Kind
Priority = ServiceRequest.Priority
CREATE = "service_requests.create"
LONGEST_TITLE = 140
LONGEST_DESCRIPTION = 8000


@dataclass(slots=True)
class Draft:
    """A request before it has a number; everything checked, nothing stored."""

    description: str
    requested_at: datetime
    channel: str
    kind: str = Kind.COMPLAINT
    title: str = ""
    service: Service | None = None
    place: FoundPlace = field(default_factory=FoundPlace)
    reporter: Reporter = field(default_factory=Reporter)
    title_words: str = ""  # what the title is made of when there is none
    conversation_id: int | None = None
    conversation: Conversation | None = None  # loaded with contact and account, when the caller has it
    report_ids: Sequence[int] = ()  # messages whose words are the request
    other_ids: Sequence[int] = ()  # messages that only belong to it
    is_anonymous: bool = False
    is_confidential: bool = False
    priority: str = Priority.NORMAL
    last_citizen_at: datetime | None = None


def title_of(text: str) -> str:
    """One line for lists, from the first words of the citizen.

    >>> title_of("Slamat sore.\\nLampu jalang mati di muka greja")
    'Slamat sore. Lampu jalang mati di muka greja'
    """
    return excerpt(text, LONGEST_TITLE) or "-"


def priority_of(kind: str, service: Service | None, wanted: str = "") -> str:
    """Danger to people comes first, whatever anybody ticked."""
    if kind == Kind.EMERGENCY or (service is not None and service.is_urgent):
        return Priority.URGENT
    return wanted or Priority.NORMAL


@transaction.atomic
def request_create(  # noqa: PLR0913  keyword-only; each is a field of the intake form
    *,
    actor: Actor,
    description: str,
    kind: str = Kind.COMPLAINT,
    title: str = "",
    service_code: str = "",
    place: Place | None = None,
    reporter: Reporter | None = None,
    channel: str = "desk",
    conversation_id: int | None = None,
    message_ids: Sequence[int] = (),
    requested_at: datetime | None = None,
    is_anonymous: bool = False,
    is_confidential: bool = False,
    priority: str = "",
) -> ServiceRequest:
    """A new request with number, track code, promises and a receipt. Emits `service_request.created`.

    Raises `PermissionRefused`, or `InvalidInput` for what is missing, too long or unknown.
    """
    require(actor, CREATE)
    text = words(description, field=_("The description"), most=LONGEST_DESCRIPTION, least=1)
    service = service_by(service_code)
    draft = Draft(
        description=text,
        requested_at=requested_at or now(),
        channel=channel,
        kind=checked_choice(kind, Kind.values, _("kind")),
        title=one_line(words(title, field=_("The title"), most=LONGEST_TITLE)),
        service=service,
        place=place_found(place or Place(), text),
        reporter=reporter or Reporter(),
        conversation_id=conversation_id,
        report_ids=message_ids,
        is_anonymous=is_anonymous,
        is_confidential=is_confidential,
        priority=priority_of(kind, service, checked_choice(priority, ["", *Priority.values], _("priority"))),
    )
    return drafts_store([draft], actor=actor, book=rulebook_load())[0]


def checked_choice(value: str, allowed: Iterable[str], field_name: str) -> str:
    if value not in set(allowed):
        raise InvalidInput(
            _("%(value)s is no %(field)s that exists. Choose one of the list.") % {"value": value, "field": field_name}
        )
    return value


def drafts_store(drafts: Sequence[Draft], *, actor: Actor, book: RuleBook) -> list[ServiceRequest]:
    """Store many at once in the caller's transaction: rows, trail, links, ledger, receipts. The number comes last."""
    if not drafts:
        return []
    at = now()
    requests = [_row(draft, at) for draft in drafts]
    for request in requests:
        deadlines_apply(request, book)
    for request, number in zip(requests, numbers_take(len(requests), at), strict=True):
        request.number = number
    ServiceRequest.objects.bulk_create(requests)
    changes = StateChange.objects.bulk_create(_first_change(request, actor, at) for request in requests)
    RequestMessage.objects.bulk_create(
        link for draft, request in zip(drafts, requests, strict=True) for link in _links(draft, request)
    )
    append_many([_entry(request, actor) for request in requests])
    similar_note(requests)
    _receipts(requests, changes)
    return requests


def _row(draft: Draft, at: datetime) -> ServiceRequest:
    talk = {"conversation": draft.conversation} if draft.conversation else {"conversation_id": draft.conversation_id}
    return ServiceRequest(
        **talk,
        track_code=short_code(8),
        kind=draft.kind,
        service=draft.service,
        priority=draft.priority,
        title=draft.title or title_of(draft.title_words or draft.description),
        title_is_edited=bool(draft.title),
        description=draft.description[:LONGEST_DESCRIPTION],
        channel=draft.channel,
        reporter_name=draft.reporter.name[:120],
        reporter_phone=draft.reporter.phone[:32],
        is_anonymous=draft.is_anonymous,
        is_confidential=draft.is_confidential,
        requested_at=draft.requested_at,
        last_citizen_at=draft.last_citizen_at or draft.requested_at,
        created_at=at,
        **draft.place.columns(),
    )


def _first_change(request: ServiceRequest, actor: Actor, at: datetime) -> StateChange:
    told = StateChange.Told.QUEUED if request.conversation_id else StateChange.Told.NO_CONVERSATION
    return StateChange(request=request, to_state=request.state, actor=actor_name(actor), at=at, told=told)


def _links(draft: Draft, request: ServiceRequest) -> Iterable[RequestMessage]:
    for message_id in draft.report_ids:
        yield RequestMessage(request=request, message_id=message_id, is_report=True)
    for message_id in draft.other_ids:
        yield RequestMessage(request=request, message_id=message_id)


def _entry(request: ServiceRequest, actor: Actor) -> Entry:
    data = entry_data(request) | {"kind": str(request.kind), "channel": request.channel}
    return entry_of(kind="service_request.created", subject=request.number, actor=actor_name(actor), data=data)


def _receipts(requests: Sequence[ServiceRequest], changes: Sequence[StateChange]) -> None:
    """Tell everybody their number; the trail already says so, only exceptions are corrected."""
    for change, told in zip(changes, tell_all(requests, "receipt"), strict=True):
        if told != change.told:
            change.told = told
            change.save(update_fields=["told"])


@transaction.atomic
def message_make_request(
    *, message_id: int, actor: Actor, kind: str = Kind.COMPLAINT, service_code: str = ""
) -> ServiceRequest:
    """An officer decides that this message is a request of its own; it leaves the request it was linked to, if any.

    Raises `NotFound`, `PermissionRefused`, or `InvalidInput` when the message is a request already.
    """
    require(actor, CREATE)
    message = message_for_request(message_id)
    link = RequestMessage.objects.select_related("request").filter(message=message).first()
    if link and link.is_report and link.request.links.filter(is_report=True).count() == 1:
        raise InvalidInput(_("This message is request %s already.") % link.request.number)
    RequestMessage.objects.filter(message=message).delete()
    LooseMessage.objects.filter(message=message).delete()
    service = service_by(service_code)
    draft = draft_of(message, kind=checked_choice(kind, Kind.values, _("kind")), service=service)
    return drafts_store([draft], actor=actor, book=rulebook_load())[0]


def message_for_request(message_id: int) -> Message:
    """An inbound message with what a request needs of it. Raises `NotFound`."""
    found = (
        Message.objects.select_related("conversation__contact", "conversation__account", "account")
        .filter(pk=message_id, direction=Message.Direction.IN)
        .first()
    )
    if found is None:
        raise NotFound(_("This message does not exist or was not written by a citizen."))
    return found


def draft_of(message: Message, *, kind: str, service: Service | None) -> Draft:
    """What one message says about itself: words, place, person and, from a form, its flags."""
    contact = message.conversation.contact
    text = message.text.strip() or _wordless(message)
    is_anonymous = bool(message.details.get("is_anonymous"))
    place = Place(
        lon_deg=message.lon_deg,
        lat_deg=message.lat_deg,
        accuracy_m=message.details.get("accuracy_m"),
        landmark_text=message.place_text,
    )
    return Draft(
        description=text,
        requested_at=message.happened_at,
        channel=message.account.channel,
        kind=kind,
        service=service,
        place=place_found(place, text),
        reporter=Reporter(name=contact.display_name, phone=contact.phone),
        conversation_id=message.conversation_id,
        conversation=message.conversation,
        report_ids=[message.pk],
        is_anonymous=is_anonymous,
        is_confidential=bool(message.details.get("is_confidential")),
        priority=priority_of(kind, service),
    )


def _wordless(message: Message) -> str:
    """A photo or a place without words still needs a line in lists; in the city's language."""
    return message.place_text.strip() or (
        "Lokasi tanpa kata-kata" if message.lon_deg is not None else "Foto tanpa kata-kata"
    )
