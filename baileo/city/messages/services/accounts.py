"""Accounts of the city on its channels: what the back office saves, and what the channels report about themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from baileo.city.messages.manifest import Manifest
from baileo.city.messages.models import ChannelAccount
from baileo.city.messages.registry import account_settings, channel_for, manifest_of
from baileo.city.messages.wake import wake_outbox
from baileo.core.clock import now
from baileo.core.errors import DeliveryFailed, InvalidInput, NetworkFailed, NetworkRefused
from baileo.core.sealed import SealBroken, seal
from baileo.ground.ledger.services import append

NOTED_EVERY = timedelta(seconds=5)  # how exact "last message out" is; saves a write to a busy row for each text
LONGEST_LIST = 200  # characters; the ledger keeps small values only


@transaction.atomic
def account_save(
    *,
    account: ChannelAccount | None,
    channel: str,
    slug: str,
    name: str,
    is_enabled: bool,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    actor: str,
) -> ChannelAccount:
    """Make or change an account. A secret left empty keeps its old value. Emits `channel_account.saved`.

    Raises `InvalidInput` naming the field, `NotFound` for an unknown channel. Secrets are sealed and never shown again.
    """
    manifest = manifest_of(channel)
    row = account or ChannelAccount(channel=channel)
    if row.channel != channel:
        raise InvalidInput(_("The channel of an account cannot be changed. Make a new account."))
    merged = {**_old_secrets(row), **{key: value for key, value in secrets.items() if value}}
    _check_fields(manifest, settings, merged, is_enabled=is_enabled)
    changed = _changed(row, {"slug": slug, "name": name, "is_enabled": is_enabled}, settings, secrets)
    row.slug, row.name, row.is_enabled, row.settings = slug, name, is_enabled, dict(settings)
    row.sealed_secrets = seal(django_settings.SECRET_KEY, merged) if merged else ""
    row.send_after, row.trouble, row.trouble_since = None, "", None  # whatever was wrong may be mended now
    row.full_clean()
    row.save()
    data = {"channel": channel, "account": slug, "is_enabled": is_enabled, "changed": changed}
    append(kind="channel_account.saved", subject=f"channel_account:{slug}", actor=actor, data=data)
    wake_outbox()
    return row


def _changed(
    row: ChannelAccount, columns: Mapping[str, Any], settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> str:
    """Names of what will be different, never values: "name,settings.api_base,secrets.token"."""
    names = [name for name, value in columns.items() if getattr(row, name) != value]
    keys = sorted({*row.settings, *settings})
    names += [f"settings.{key}" for key in keys if row.settings.get(key) != settings.get(key)]
    names += [f"secrets.{key}" for key, value in sorted(secrets.items()) if value]
    return ",".join(names)[:LONGEST_LIST]


def _old_secrets(account: ChannelAccount) -> dict[str, str]:
    """Empty when the key they were sealed with is gone: they must be typed in again."""
    try:
        return dict(account_settings(account).secrets)
    except SealBroken:
        return {}


def _check_fields(
    manifest: Manifest, settings: Mapping[str, Any], secrets: Mapping[str, str], *, is_enabled: bool
) -> None:
    for field in manifest.fields:
        value = (secrets if field.is_secret else settings).get(field.name, "")
        if is_enabled and field.is_required and not value:
            raise InvalidInput(_("Fill in {field}, or leave the account switched off.").format(field=field.label))
        if value and field.choices and value not in field.choices:
            raise InvalidInput(
                _("{field} must be one of: {choices}.").format(field=field.label, choices=", ".join(field.choices))
            )


def account_check(account: ChannelAccount, *, actor: str) -> str:
    """The test button: asks the provider and says in one sentence what works.

    Raises `DeliveryFailed` with the reason; either way the account's health follows the answer.
    """
    try:
        words = channel_for(account).check()
    except NotImplementedError:
        words = _("There is nothing to test: this channel needs no provider.")
    except (DeliveryFailed, NetworkFailed, NetworkRefused) as error:
        account_trouble(account, str(error), actor=actor)
        if isinstance(error, DeliveryFailed):
            raise
        raise DeliveryFailed(str(error), permanent=False) from error
    account_trouble(account, "", actor=actor)
    return words


@transaction.atomic
def account_trouble(account: ChannelAccount, words: str, *, actor: str = "system:worker") -> bool:
    """Note why an account does not work, or with "" that it works. True when its health changed.

    Emits `channel_account.health_changed` once for each change, however often the same is reported. When an account
    works again, what waited for it may leave at once.
    """
    words = words[:300]
    row = ChannelAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    if row.trouble == words:
        return False
    was_well = not row.trouble
    row.trouble = words
    row.trouble_since = (row.trouble_since or now()) if words else None
    row.send_after = row.send_after if words else None
    row.save(update_fields=["trouble", "trouble_since", "send_after"])
    if not words:
        wake_outbox()
    if was_well == (not words):
        return False
    data = {"channel": row.channel, "account": row.slug, "state": "trouble" if words else "ok"}
    append(kind="channel_account.health_changed", subject=f"channel_account:{row.slug}", actor=actor, data=data)
    return True


def account_sent(account: ChannelAccount) -> None:
    """The provider took a text: note when, and that the account works."""
    at = now()
    old = Q(last_outbound_at=None) | Q(last_outbound_at__lt=at - NOTED_EVERY)
    ChannelAccount.objects.filter(old, pk=account.pk).update(last_outbound_at=at)
    if account.trouble:
        account_trouble(account, "")
