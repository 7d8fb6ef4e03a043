from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "baileo.ground.people"
    label = "people"
    ledger_kinds: ClassVar[dict[str, str]] = {
        "people.user_saved": "people.audit",
        "people.user_erased": "people.audit",
        "people.password_set": "people.audit",
        "people.credentials_changed": "people.audit",
        "people.second_factor_forgotten": "people.audit",
        "people.membership_given": "people.audit",
        "people.membership_taken": "people.audit",
        "people.agency_saved": "people.audit",
        "people.signed_in": "people.audit",
        "people.sign_in_refused": "people.audit",
    }
