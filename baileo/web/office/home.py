"""The office's first page: what needs an administrator now."""

from __future__ import annotations

from typing import Any

from wagtail.admin.ui.components import Component

from baileo.city.messages.selectors import account_health, rejected_payloads
from baileo.ground.people.selectors import needs_mfa
from baileo.web.api.health import checks


class WelcomePanel(Component):  # type: ignore[misc]
    name = "welcome"
    template_name = "office/welcome.html"
    order = 50

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        user = parent_context["request"].user
        return {
            "checks": [check for check in checks() if check.state != "ok"] if user.has_perm("health.view") else [],
            "accounts": account_health(),
            "rejected": len(rejected_payloads(limit=100)) if user.has_perm("messages.see_rejected") else 0,
            "needs_mfa": needs_mfa(user),
        }
