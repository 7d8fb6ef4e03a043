"""Which kinds of entries exist and what permission shows them. Each room declares its own on its AppConfig."""

from __future__ import annotations

from functools import cache

from django.apps import apps

from baileo.core.errors import BaileoError


class UnknownKind(BaileoError):
    code = "unknown-ledger-kind"
    http_status = 500


@cache
def declared_kinds() -> dict[str, str]:
    """kind -> permission, over all installed rooms."""
    kinds: dict[str, str] = {}
    for config in apps.get_app_configs():
        kinds.update(getattr(config, "ledger_kinds", {}))
    return kinds


def permission_for(kind: str) -> str:
    try:
        return declared_kinds()[kind]
    except KeyError:
        raise UnknownKind(
            f"Ledger kind {kind!r} is not declared. Add it to `ledger_kinds` of its room's AppConfig."
        ) from None
