"""Fetching the files of messages, apart from their words: a file that cannot be had never costs a text."""

from __future__ import annotations

import logging
import random
import secrets
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from baileo.city.messages.channel import AccountTrouble
from baileo.city.messages.files import KeptFile, forget, keep
from baileo.city.messages.logs import whereabouts
from baileo.city.messages.models import Attachment, ChannelAccount, Upload
from baileo.city.messages.registry import PluginBroken, channel_for
from baileo.city.messages.services.accounts import account_trouble
from baileo.city.messages.services.inbound import UPLOAD, take_upload
from baileo.city.messages.wake import wake_attachments
from baileo.city.messages.workflow import FETCH_ATTEMPTS, FETCH_ERRORS_AN_HOUR, fetch_wait_s
from baileo.core.clock import now
from baileo.core.errors import (
    BaileoError,
    DeliveryFailed,
    InvalidInput,
    NetworkFailed,
    NetworkRefused,
    NotFound,
    PayloadRejected,
    TooLarge,
    TransitionNotAllowed,
)
from baileo.core.sealed import SealBroken
from baileo.ground.ledger.services import append

logger = logging.getLogger(__name__)
State = Attachment.State
HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=5)  # a claimed file whose fetcher died is fetched again after this
UPLOAD_WAITS_FOR = timedelta(hours=24)

# Accounts with many errors in this hour rest: the provider would block all their files otherwise.
_CLAIM = """
UPDATE city_messages_attachment SET attempts = attempts + 1, attempt_after = %(lease)s
 WHERE id IN (
    SELECT f.id FROM city_messages_attachment f
      JOIN city_messages_message m ON m.id = f.message_id
      JOIN city_messages_channelaccount a ON a.id = m.account_id
     WHERE f.state = 'waiting' AND (f.attempt_after IS NULL OR f.attempt_after <= %(at)s) AND a.is_enabled
       AND NOT (a.fetch_errors >= %(ceiling)s AND a.fetch_errors_since > %(hour_ago)s)
     ORDER BY f.expires_at NULLS LAST, f.id LIMIT %(limit)s FOR NO KEY UPDATE OF f SKIP LOCKED)
RETURNING id
"""


class FileDamaged(BaileoError):
    """The bytes are not those the provider announced; fetching again may help."""

    code = "file-damaged"
    http_status = 502


def attachments_fetch(limit: int = 10) -> int:
    """Fetch, judge and store up to `limit` waiting files. Returns how many were tried; call again until it is 0."""
    ids = _claim(limit, now())
    for attachment in Attachment.objects.filter(pk__in=ids).select_related("message__account", "message__payload"):
        _fetch_one(attachment)
    return len(ids)


def _claim(limit: int, at: datetime) -> list[int]:
    values: dict[str, datetime | int] = {
        "at": at,
        "lease": at + LEASE,
        "hour_ago": at - HOUR,
        "ceiling": FETCH_ERRORS_AN_HOUR,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        return [row[0] for row in cursor.fetchall()]


def _fetch_one(attachment: Attachment) -> None:
    """Outcomes: stored; refused for good; tried again later; failed after many tries."""
    account = attachment.message.account
    try:
        if attachment.expires_at and attachment.expires_at <= now():
            raise DeliveryFailed("The provider has forgotten this file by now.", permanent=True)
        kept = _keep(attachment)
    except (InvalidInput, TooLarge) as error:  # the file itself
        _refuse(attachment, str(error))
    except DeliveryFailed as error:
        if error.permanent:
            _refuse(attachment, error.provider_words or str(error))
        else:
            _later(attachment, str(error), error.retry_after_s)
        _count_error(account)
        if isinstance(error, AccountTrouble):
            account_trouble(account, str(error))
    except (NetworkFailed, NetworkRefused, FileDamaged) as error:
        _later(attachment, str(error))
        _count_error(account)
    except (NotFound, PluginBroken, SealBroken, PayloadRejected) as error:
        _later(attachment, str(error))
    except Exception as error:  # noqa: BLE001  a plug-in's bug must not stop the other files
        logger.error("Attachment %s could not be fetched: %s", attachment.pk, whereabouts(error))
        _later(attachment, "The channel's plug-in failed.")
    else:
        _stored(attachment, kept)


def _keep(attachment: Attachment) -> KeptFile | Upload:
    """The file on our disk, cleaned."""
    if attachment.provider_ref.startswith(UPLOAD):
        return _uploaded(attachment)
    data = _inline(attachment) if attachment.is_inline else _fetched(attachment)
    kept = keep(data)
    if attachment.provider_sha256 and kept.original_sha256 != attachment.provider_sha256:
        forget({kept.sha256})
        raise FileDamaged("The file is not the one the provider announced; it will be fetched again.")
    return kept


def _fetched(attachment: Attachment) -> bytes:
    return channel_for(attachment.message.account).fetch(attachment.provider_ref).data


def _inline(attachment: Attachment) -> bytes:
    """Bytes that lie in the payload: parsed out again instead of being stored twice."""
    message = attachment.message
    if message.payload is None or not message.payload.body:
        raise DeliveryFailed("The raw message that held this file is gone.", permanent=True)
    for event in channel_for(message.account).understand(bytes(message.payload.body)):
        if getattr(event, "external_id", None) == message.external_id:
            found: bytes | None = event.attachments[attachment.position].data  # type: ignore[union-attr]
            if found is not None:
                return found
    raise DeliveryFailed("The file is not in the raw message.", permanent=True)


def _uploaded(attachment: Attachment) -> Upload:
    upload = Upload.objects.filter(pk=attachment.provider_ref.removeprefix(UPLOAD)).first()
    if upload is None:
        is_late = now() - attachment.message.stored_at > UPLOAD_WAITS_FOR
        raise DeliveryFailed("The file that belongs to this form never arrived.", permanent=is_late)
    return upload


@transaction.atomic
def _stored(attachment: Attachment, kept: KeptFile | Upload) -> None:
    if isinstance(kept, Upload):
        take_upload(attachment, kept)
    else:
        attachment.state, attachment.stored_at = State.STORED, now()
        attachment.sha256, attachment.media_type, attachment.size_bytes = kept.sha256, kept.media_type, kept.size_bytes
        attachment.width_px, attachment.height_px = kept.width_px, kept.height_px
    attachment.reason, attachment.attempt_after = "", None
    attachment.save()
    _record(attachment, "attachment.stored", "system:worker")


@transaction.atomic
def _refuse(attachment: Attachment, reason: str, state: Attachment.State = State.REFUSED) -> None:
    attachment.state, attachment.reason, attachment.attempt_after = state, reason[:300], None
    attachment.save(update_fields=["state", "reason", "attempt_after"])
    _record(attachment, "attachment.refused", "system:worker")


def _later(attachment: Attachment, reason: str, retry_after_s: float | None = None) -> None:
    if attachment.attempts >= FETCH_ATTEMPTS:
        _refuse(attachment, reason, State.FAILED)
        return
    wait_s = max(fetch_wait_s(attachment.attempts, random.random()), retry_after_s or 0)  # noqa: S311
    attachment.reason, attachment.attempt_after = reason[:300], now() + timedelta(seconds=wait_s)
    attachment.save(update_fields=["reason", "attempt_after"])


def _count_error(account: ChannelAccount) -> None:
    """Count errors by the hour, below the provider's own ceiling."""
    at = now()
    rows = ChannelAccount.objects.filter(pk=account.pk)
    if not rows.filter(fetch_errors_since__gt=at - HOUR).update(fetch_errors=F("fetch_errors") + 1):
        rows.update(fetch_errors=1, fetch_errors_since=at)


def _record(attachment: Attachment, kind: str, actor: str) -> None:
    data = {
        "attachment_id": attachment.pk,
        "message_id": attachment.message_id,
        "conversation_id": attachment.message.conversation_id,
        "state": attachment.state,
    }
    append(kind=kind, subject=f"message:{attachment.message_id}", actor=actor, data=data)


@transaction.atomic
def attachment_retry(attachment_id: int, *, actor: str) -> Attachment:
    """Fetch a refused or failed file again. Emits `attachment.reopened`. Raises `NotFound`, `TransitionNotAllowed`."""
    rows = Attachment.objects.select_for_update(of=("self",)).select_related("message")
    attachment = rows.filter(pk=attachment_id).first()
    if attachment is None:
        raise NotFound(_("There is no such file; reload the conversation."))
    if attachment.state == State.STORED:
        raise TransitionNotAllowed(_("This file is stored already; reload the conversation."))
    attachment.state, attachment.reason, attachment.attempts, attachment.attempt_after = State.WAITING, "", 0, None
    attachment.save(update_fields=["state", "reason", "attempts", "attempt_after"])
    _record(attachment, "attachment.reopened", actor)
    wake_attachments()
    return attachment


def attachments_store_upload(data: bytes, *, name: str = "") -> Upload:
    """Take a file that came with a form: judged and cleaned at once, so that the person hears of it at once.

    The form's message names it by `token`; unclaimed ones are forgotten after a day. No ledger entry: nothing has
    happened in the city yet. Raises `InvalidInput`, `TooLarge`.
    """
    kept = keep(data)
    return Upload.objects.create(
        token=secrets.token_urlsafe(24),
        claimed_name=name.replace("\x00", "")[:200],
        original_sha256=kept.original_sha256,
        sha256=kept.sha256,
        media_type=kept.media_type,
        size_bytes=kept.size_bytes,
        width_px=kept.width_px,
        height_px=kept.height_px,
    )


def uploads_forget() -> int:
    """Remove uploads older than a day, and their files where no message took them. Returns how many."""
    with transaction.atomic():
        old = list(Upload.objects.filter(stored_at__lt=now() - UPLOAD_WAITS_FOR).select_for_update(skip_locked=True))
        Upload.objects.filter(pk__in=[upload.pk for upload in old]).delete()
    forget({upload.sha256 for upload in old})
    return len(old)
