from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "baileo.city.messages"
    label = "city_messages"
    ledger_kinds: ClassVar[dict[str, str]] = {
        "message.received": "messages.view",
        "message.edited": "messages.view",
        "message.deleted": "messages.view",
        "message.queued": "messages.view",
        "message.delivery_changed": "messages.view",
        "message.unconfirmed": "messages.view",
        "attachment.stored": "messages.view",
        "attachment.refused": "messages.view",
        "attachment.reopened": "messages.view",
        "payload.rejected": "messages.see_rejected",
        "payload.reopened": "messages.see_rejected",
        "channel_account.saved": "people.audit",
        "channel_account.health_changed": "messages.view",
        "canned_reply.saved": "people.audit",
        "contact.erased": "people.audit",
    }
