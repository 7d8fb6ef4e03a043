"""How screens call a channel and which icon stands for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.utils.translation import gettext as _

from baileo.city.messages import registry
from baileo.city.messages.selectors import AccountHealth
from baileo.core.errors import NotFound


def channel_face(name: str) -> tuple[str, str]:
    """Label and icon of a channel; "desk" is a call-taker's own typing."""
    if name == "desk":
        return _("Desk"), "phone"
    try:
        manifest = registry.manifest_of(name)
    except NotFound:
        return name, "chat"
    return manifest.label, manifest.icon


def account_names(accounts: Iterable[AccountHealth]) -> dict[int, str]:
    """Account id -> the name of its channel; its own name where a channel has several accounts."""
    known = list(accounts)
    several = {channel for channel, n in Counter(account.channel for account in known).items() if n > 1}
    return {
        account.account_id: account.name if account.channel in several else channel_face(account.channel)[0]
        for account in known
    }
