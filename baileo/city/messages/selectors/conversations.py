"""What was said, by whom, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from baileo.city.messages.models import CannedReply, ContactIdentity, Message
from baileo.city.messages.workflow import CODE_GAVE_UP, CODE_GIVEN_UP, CODE_WINDOW_CLOSED, Delivery
from baileo.core.errors import NotFound
from baileo.core.redact import mask_email, mask_name, mask_phone


@dataclass(frozen=True)
class ContactCard:
    """One contact as most officers see it: enough to recognise, not enough to reach."""

    contact_id: int
    channel: str
    display_name: str
    username: str
    phone: str
    email: str
    language: str
    is_erased: bool


def conversation_messages(conversation_id: int) -> list[Message]:
    """The whole conversation by the time things happened, with files, earlier versions and author. 3 queries."""
    return list(
        Message.objects.filter(conversation_id=conversation_id)
        .select_related("author", "account")
        .prefetch_related("attachments", "edits")
        .order_by("happened_at", "pk")
    )


def message_by_client_id(client_id: UUID) -> Message | None:
    """The outgoing text a browser made under this id, if it arrived here."""
    return Message.objects.filter(client_id=client_id).first()


def failed_messages(conversation_ids: Iterable[int] | None = None, limit: int = 200) -> list[Message]:
    """Texts that did not reach their person, or may not have: an officer must decide. Oldest first."""
    rows = Message.objects.filter(Q(delivery=Delivery.FAILED) | Q(is_unconfirmed=True))
    if conversation_ids is not None:
        rows = rows.filter(conversation_id__in=list(conversation_ids))
    return list(rows.select_related("account", "author").order_by("pk")[:limit])


def failure_words(message: Message) -> str:
    """Why a text did not arrive, for the officer: the provider's own words, or ours where we stopped. "" when fine."""
    if message.is_unconfirmed:
        return _("We stopped while this was being sent. It may have arrived.")
    if message.delivery != Delivery.FAILED:
        return ""
    ours = {
        CODE_WINDOW_CLOSED: _("The reply window closed before this could be sent."),
        CODE_GAVE_UP: _("Not sent after a day of trying."),
        CODE_GIVEN_UP: _("An officer decided not to send this."),
    }.get(message.provider_code, "")
    return " ".join(filter(None, [ours, message.provider_words])) or _("The provider gave no reason.")


def contact_card(contact_id: int) -> ContactCard:
    """The contact with name, number and address covered. Raises `NotFound`."""
    contact = contact_get(contact_id)
    return ContactCard(
        contact_id=contact.pk,
        channel=contact.channel,
        display_name=mask_name(contact.display_name),
        username=mask_name(contact.username),
        phone=mask_phone(contact.phone) if contact.phone else "",
        email=mask_email(contact.email) if contact.email else "",
        language=contact.language,
        is_erased=contact.erased_at is not None,
    )


def contact_get(contact_id: int) -> ContactIdentity:
    """The contact in plain text. Whoever shows it has checked `people.see_contact` and written that into the ledger.

    Raises `NotFound`.
    """
    contact = ContactIdentity.objects.filter(pk=contact_id).first()
    if contact is None:
        raise NotFound(_("There is no such contact; reload the page."))
    return contact


def canned_replies(agency_code: str | None = None) -> list[CannedReply]:
    """Prepared answers for everybody and for this agency, in their order."""
    mine = Q(agency=None) | Q(agency__code=agency_code) if agency_code else Q(agency=None)
    return list(CannedReply.objects.filter(mine, is_active=True).select_related("agency"))
