"""What an officer decides about a text that failed or may have been sent."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from baileo.city.messages.errors import ReplyWindowClosed
from baileo.city.messages.models import Message
from baileo.city.messages.registry import manifest_of
from baileo.city.messages.selectors.windows import reply_window
from baileo.city.messages.services.delivery import delivery_entry, keep_earliest
from baileo.city.messages.wake import wake_outbox
from baileo.city.messages.workflow import CODE_GIVEN_UP, Delivery
from baileo.core.clock import now
from baileo.core.errors import NotFound, TransitionNotAllowed
from baileo.ground.ledger.services import append_many


@transaction.atomic
def message_retry(message_id: int, *, actor: str) -> Message:
    """Send a failed or unconfirmed text again; the person may get an unconfirmed one twice, and the officer knows.

    Emits `message.delivery_changed`. Raises `NotFound`, `TransitionNotAllowed`, `ReplyWindowClosed`.
    """
    message = _locked(message_id)
    if message.delivery != Delivery.FAILED and not message.is_unconfirmed:
        raise TransitionNotAllowed(_("This text is not waiting for a decision; reload the conversation."))
    window = reply_window(message.conversation)
    if not window.is_open:
        raise ReplyWindowClosed(manifest_of(message.account.channel).label, window.closes_at)
    message.delivery, message.is_unconfirmed, message.external_id = Delivery.QUEUED, False, ""
    message.attempts, message.attempt_after, message.sending_since, message.failed_at = 0, None, None, None
    message.provider_code = message.provider_words = ""
    _save(message, actor)
    wake_outbox()
    return message


@transaction.atomic
def message_confirm(message_id: int, *, actor: str) -> Message:
    """The officer learned that an unconfirmed text arrived. Emits `message.delivery_changed`.

    Raises `NotFound`, `TransitionNotAllowed`.
    """
    message = _locked(message_id)
    if not message.is_unconfirmed:
        raise TransitionNotAllowed(_("This text is not in doubt; reload the conversation."))
    message.delivery, message.is_unconfirmed = Delivery.SENT, False
    keep_earliest(message, "sent_at", message.sending_since or now())
    _save(message, actor)
    return message


@transaction.atomic
def message_give_up(message_id: int, *, actor: str) -> Message:
    """Do not send this text (any more). Emits `message.delivery_changed`.

    Raises `NotFound`, or `TransitionNotAllowed` when it was sent or is being sent at this moment.
    """
    message = _locked(message_id)
    if message.delivery != Delivery.QUEUED and not message.is_unconfirmed:
        raise TransitionNotAllowed(_("This text is being sent or was sent; it cannot be taken back."))
    message.delivery, message.is_unconfirmed = Delivery.FAILED, False
    message.failed_at, message.provider_code, message.provider_words = now(), CODE_GIVEN_UP, ""
    _save(message, actor)
    return message


def _locked(message_id: int) -> Message:
    rows = Message.objects.select_for_update(of=("self",)).select_related("account", "conversation__account")
    message = rows.filter(pk=message_id, direction=Message.Direction.OUT).first()
    if message is None:
        raise NotFound(_("There is no such outgoing text; reload the conversation."))
    return message


def _save(message: Message, actor: str) -> None:
    message.save()
    append_many([delivery_entry(message, actor)])
