"""The office's first page: what needs an administrator now."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from baileo.city.messages.selectors import account_health, queue_counts, rejected_payloads
from baileo.ground.people.models import User
from baileo.ground.people.selectors import needs_mfa
from baileo.web.api.health import checks

MANY = 100


def what_needs(user: User) -> dict[str, Any]:
    """Only what this person may see; the checks take up to 3 s when the database is away, else milliseconds."""
    found = checks() if user.has_perm("health.view") else []
    return {
        "header_title": _("Back office"),
        "checks": [check for check in found if check.state != "ok"],
        "checked": bool(found),
        "accounts": account_health(),
        "undelivered": queue_counts()["undelivered"],
        "rejected": len(rejected_payloads(limit=MANY)) if user.has_perm("messages.see_rejected") else 0,
        "many": MANY,
        "needs_mfa": needs_mfa(user),
    }
