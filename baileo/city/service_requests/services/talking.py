"""Words to and from the citizen: the answer, the link between a message and its request, the revealed contact."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from baileo.city.messages.models import Message
from baileo.city.messages.services import message_queue
from baileo.city.service_requests.access import (
    SEE_CONTACT,
    Actor,
    actor_name,
    hides_reporter_from,
    request_for,
    require,
)
from baileo.city.service_requests.models import LooseMessage, RequestMessage, ServiceRequest
from baileo.city.service_requests.services.common import (
    bump_free,
    locked,
    officer_acted,
    promises_renew,
    record,
)
from baileo.city.service_requests.services.creating import message_for_request
from baileo.core.clock import now
from baileo.core.errors import InvalidInput, PermissionRefused
from baileo.ground.ledger.services import append
from baileo.ground.people.models import User

SEND = "messages.send"
EDIT = "service_requests.edit"


@transaction.atomic
def request_reply(*, number: str, actor: User, text: str, client_id: UUID) -> Message:
    """An officer's answer on the same channel. Emits `service_request.replied`; the first one keeps `respond_by`.

    The same `client_id` twice is one message. Raises `ReplyWindowClosed` (nothing is stored) and `InvalidInput`.
    """
    request = locked(actor, number)
    require(actor, SEND, request)
    if request.conversation_id is None:
        raise InvalidInput(
            _("Request %s has no channel back to the reporter. Call instead, and write a note.") % number
        )
    message = message_queue(
        conversation_id=request.conversation_id,
        text=text,
        actor=actor_name(actor),
        author_id=actor.pk,
        client_id=client_id,
    )
    _link, is_new = RequestMessage.objects.get_or_create(message=message, defaults={"request": request})
    if is_new:
        at = now()
        request.first_response_at = request.first_response_at or at
        fields = {*officer_acted(request, actor, at), "first_response_at", *promises_renew(request)}
        bump_free(request, fields)
        record("service_request.replied", request, actor, data={"message_id": message.pk})
    return message


@transaction.atomic
def message_link(*, message_id: int, number: str, actor: Actor) -> ServiceRequest:
    """An officer says to which request a message belongs; it leaves the one it was linked to.

    Emits `service_request.message_linked`. Raises `InvalidInput` when its words are another request.
    """
    request = locked(actor, number)
    require(actor, EDIT, request)
    message = message_for_request(message_id)
    link = RequestMessage.objects.select_related("request").filter(message=message).first()
    if link and link.request_id == request.pk:
        return request
    if link and link.is_report and link.request.links.filter(is_report=True).count() == 1:
        raise InvalidInput(
            _("This message is request %s itself. Mark that request as the same as this one instead.")
            % link.request.number
        )
    RequestMessage.objects.update_or_create(message=message, defaults={"request": request, "is_report": False})
    LooseMessage.objects.filter(message=message).delete()
    request.last_citizen_at = max(request.last_citizen_at or message.happened_at, message.happened_at)
    bump_free(request, ["last_citizen_at"])
    record("service_request.message_linked", request, actor, data={"message_id": message.pk})
    return request


@transaction.atomic
def conversation_let_be(*, conversation_id: int, actor: Actor) -> int:
    """Nobody needs to answer: take the conversation off the list of those without a request.

    Emits `conversation.let_be`. Returns how many messages waited in it.
    """
    require(actor, EDIT)
    gone, _per_model = LooseMessage.objects.filter(conversation=conversation_id).delete()
    if gone:
        append(
            kind="conversation.let_be",
            subject=f"conversation:{conversation_id}",
            actor=actor_name(actor),
            data={"count": gone},
        )
    return gone


@dataclass(frozen=True, slots=True)
class Contact:
    """Who to call or write to, unmasked. Never log it, never put it into an address."""

    name: str
    phone: str
    email: str
    username: str
    channel: str
    address: str


@transaction.atomic
def contact_reveal(*, number: str, actor: User) -> Contact:
    """Show the reporter. Each look is in the ledger (`service_request.contact_seen`), which auditors read."""
    request = request_for(actor, number)
    require(actor, SEE_CONTACT, request)
    if hides_reporter_from(actor, request):
        raise PermissionRefused(_("The reporter of request %s wants to stay unknown to agencies.") % number)
    record("service_request.contact_seen", request, actor)
    contact = request.conversation.contact if request.conversation else None
    return Contact(
        name=request.reporter_name or (contact.display_name if contact else ""),
        phone=request.reporter_phone or (contact.phone if contact else ""),
        email=contact.email if contact else "",
        username=contact.username if contact else "",
        channel=request.channel,
        address=request.conversation.address if request.conversation else "",
    )
