"""Emptying the outbox, at most once.

A row is marked `sending` and committed before the network is touched. Whatever happens afterwards (a crash, a silent
provider, a bug in a plug-in), a message that may have left is never sent again by itself: it becomes unconfirmed and
an officer decides, unless the provider's own word settles it.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction

from baileo.city.messages.bulk import update_rows
from baileo.city.messages.channel import (
    Accepted,
    AccountTrouble,
    Channel,
    DeliveryStatus,
    OutboundMessage,
)
from baileo.city.messages.logs import whereabouts
from baileo.city.messages.models import ChannelAccount, Message
from baileo.city.messages.registry import PluginBroken, channel_for
from baileo.city.messages.selectors.windows import reply_window
from baileo.city.messages.services.accounts import account_sent, account_trouble
from baileo.city.messages.services.delivery import FIELDS, delivery_entry, take_status
from baileo.city.messages.workflow import (
    CODE_GAVE_UP,
    CODE_WINDOW_CLOSED,
    SEND_ATTEMPTS,
    SEND_IS_LOST_AFTER,
    Delivery,
    send_wait_s,
)
from baileo.core.clock import now
from baileo.core.errors import BaileoError, DeliveryFailed, NetworkFailed, NetworkRefused, NotFound
from baileo.core.sealed import SealBroken
from baileo.ground.ledger.services import append_many

logger = logging.getLogger(__name__)
SENDERS = 8  # calls to providers at once; most of the time of a call is waiting
ACCOUNT_RESTS_FOR = timedelta(minutes=5)  # after the provider refused the account itself
LONGEST_REST_S = 3_600.0
RECORD_AGAIN_AFTER_S = (0.5, 1.0, 2.0, 4.0)
FAILURES_ARE_TROUBLE = 3  # attempts of one message after which an unreachable provider is the account's trouble
ATTEMPT_FIELDS = (*FIELDS, "attempts", "attempt_after", "sending_since")

# In a conversation only the oldest text may leave, and not while the one before it is on its way: answers must not
# overtake each other. What an officer must decide on holds up nobody.
_CLAIM = """
UPDATE city_messages_message SET delivery = 'sending', sending_since = %(at)s, attempts = attempts + 1
 WHERE id IN (
    SELECT q.id FROM city_messages_message q JOIN city_messages_channelaccount a ON a.id = q.account_id
     WHERE q.delivery = 'queued' AND (q.attempt_after IS NULL OR q.attempt_after <= %(at)s)
       AND a.is_enabled AND (a.send_after IS NULL OR a.send_after <= %(at)s)
       AND NOT EXISTS (
            SELECT 1 FROM city_messages_message e
             WHERE e.conversation_id = q.conversation_id AND e.id < q.id
               AND (e.delivery = 'queued' OR (e.delivery = 'sending' AND e.external_id = '' AND NOT e.is_unconfirmed)))
     ORDER BY q.id LIMIT %(room)s FOR NO KEY UPDATE OF q SKIP LOCKED)
RETURNING id
"""


def outbox_send(limit: int = 50) -> int:
    """Send up to `limit` waiting texts, several at once. Returns how many were tried; call again until it is 0."""
    tried = 0
    flying: dict[Future[Accepted | Exception], Message] = {}
    with ThreadPoolExecutor(SENDERS, thread_name_prefix="send") as senders:
        while True:
            claimed = _claim(min(SENDERS - len(flying), limit - tried), now())
            tried += len(claimed)
            for message in claimed:
                if channel := _ready(message):
                    flying[senders.submit(_attempt, channel, _outbound(message))] = message
            if not flying:
                if claimed and tried < limit:
                    continue
                return tried
            for landed in wait(flying, return_when=FIRST_COMPLETED).done:
                _record_surely(flying.pop(landed), landed.result())


def _claim(room: int, at: datetime) -> Sequence[Message]:
    """Mark rows as being sent, and commit that before anybody touches the network."""
    if room <= 0:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"at": at, "room": room})
        ids = [row[0] for row in cursor.fetchall()]
    return list(Message.objects.filter(pk__in=ids).select_related("account", "conversation").order_by("pk"))


def _ready(message: Message) -> Channel | None:
    """The channel to send through; None when this text cannot leave, which is then recorded."""
    message.conversation.account = message.account
    try:
        if not reply_window(message.conversation).is_open:
            _record(message, DeliveryFailed("window", permanent=True, provider_code=CODE_WINDOW_CLOSED))
            return None
        return channel_for(message.account)
    except (NotFound, PluginBroken, SealBroken) as error:
        _record(message, AccountTrouble(str(error)))
        return None


def _outbound(message: Message) -> OutboundMessage:
    if message.client_id is None:
        raise ValueError(f"message {message.pk} has no id of ours")
    return OutboundMessage(
        client_id=message.client_id,
        address=message.conversation.address,
        text=message.text,
        reply_to=message.reply_to,
    )


def _attempt(channel: Channel, outbound: OutboundMessage) -> Accepted | Exception:
    """Runs in a thread of its own, without the database."""
    try:
        return channel.send(outbound)
    except Exception as error:  # noqa: BLE001  whatever it is, it must be recorded
        return error


def _record_surely(claimed: Message, outcome: Accepted | Exception) -> None:
    """What the provider said must not be lost over a database that restarts: it is said only once."""
    for pause_s in RECORD_AGAIN_AFTER_S:
        try:
            _record(claimed, outcome)
        except (OperationalError, InterfaceError) as error:
            logger.warning("Message %s was sent, but not recorded yet: %s", claimed.pk, whereabouts(error))
            connection.close()
            time.sleep(pause_s)
        else:
            return
    _record(claimed, outcome)


@transaction.atomic
def _record(claimed: Message, outcome: Accepted | Exception) -> None:
    """Write down what the provider said. The row may have moved on: a status can be faster than the answer."""
    message = Message.objects.select_for_update(of=("self",)).select_related("account").get(pk=claimed.pk)
    before = (message.delivery, message.is_unconfirmed)
    if isinstance(outcome, Accepted):
        _accepted(message, outcome)
    elif message.delivery == Delivery.SENDING:
        _failed(message, outcome)
    message.save(update_fields=ATTEMPT_FIELDS)
    if message.is_unconfirmed and not before[1]:
        append_many([delivery_entry(message, "system:worker", "message.unconfirmed")])
    elif message.delivery not in {before[0], Delivery.QUEUED}:
        append_many([delivery_entry(message, "system:worker")])


def _accepted(message: Message, accepted: Accepted) -> None:
    external_id = accepted.external_id[:200] or str(message.client_id)
    if not message.external_id and not _is_taken(message, external_id):
        message.external_id = external_id
    message.is_unconfirmed = False
    if accepted.is_sent:
        take_status(message, DeliveryStatus(external_id=message.external_id, state="sent", at=now()))
    account_sent(message.account)


def _is_taken(message: Message, external_id: str) -> bool:
    return Message.objects.filter(account=message.account, external_id=external_id).exclude(pk=message.pk).exists()


def _failed(message: Message, error: Exception) -> None:
    if isinstance(error, AccountTrouble):
        message.attempts -= 1  # no message is to blame
        _again(message, ACCOUNT_RESTS_FOR.total_seconds())
        _rest(message.account, ACCOUNT_RESTS_FOR.total_seconds())
        account_trouble(message.account, str(error))
    elif isinstance(error, DeliveryFailed):
        _refused(message, error)
    elif isinstance(error, NetworkRefused) or (isinstance(error, NetworkFailed) and not error.maybe_sent):
        if message.attempts >= FAILURES_ARE_TROUBLE:
            account_trouble(message.account, str(error))
        _again(message, send_wait_s(message.attempts, random.random()), str(error))  # noqa: S311
    else:
        logger.warning("Message %s may or may not have been sent: %s", message.pk, whereabouts(error))
        message.is_unconfirmed = True
        message.provider_words = str(error)[:300] if isinstance(error, BaileoError) else ""


def _refused(message: Message, error: DeliveryFailed) -> None:
    if error.permanent:
        message.delivery, message.failed_at = Delivery.FAILED, now()
        message.provider_code, message.provider_words = error.provider_code[:40], error.provider_words[:300]
        return
    if error.retry_after_s is not None:
        _rest(message.account, error.retry_after_s)
    wait_s = error.retry_after_s or send_wait_s(message.attempts, random.random())  # noqa: S311
    _again(message, wait_s, error.provider_words or str(error))


def _again(message: Message, wait_s: float, words: str = "") -> None:
    """Back into the queue, or failed for good after about a day of trying."""
    message.provider_words = words[:300]
    message.sending_since = None
    if message.attempts >= SEND_ATTEMPTS:
        message.delivery, message.failed_at, message.provider_code = Delivery.FAILED, now(), CODE_GAVE_UP
        return
    message.delivery = Delivery.QUEUED
    message.attempt_after = now() + timedelta(seconds=min(wait_s, LONGEST_REST_S))


def _rest(account: ChannelAccount, wait_s: float) -> None:
    """The provider's limits are the account's: nothing of it is sent for so long."""
    until = now() + timedelta(seconds=min(wait_s, LONGEST_REST_S))
    ChannelAccount.objects.filter(pk=account.pk).update(send_after=until)


@transaction.atomic
def outbox_sweep() -> int:
    """Find what was being sent when its sender died. Emits `message.unconfirmed` for each; returns how many.

    Should that sender come back after all, its record still settles the row.
    """
    lost = (
        Message.objects.select_for_update(skip_locked=True)
        .filter(delivery=Delivery.SENDING, external_id="", is_unconfirmed=False)
        .filter(sending_since__lt=now() - SEND_IS_LOST_AFTER)
        .order_by("pk")[:500]
    )
    messages = list(lost)
    for message in messages:
        message.is_unconfirmed = True
    update_rows(messages, ("is_unconfirmed",))
    if messages:
        append_many([delivery_entry(message, "system:worker", "message.unconfirmed") for message in messages])
    return len(messages)
