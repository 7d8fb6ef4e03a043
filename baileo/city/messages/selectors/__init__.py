"""Every read of this room that others may use."""

from baileo.city.messages.selectors.conversations import (
    ContactCard,
    canned_replies,
    contact_card,
    contact_get,
    conversation_messages,
    failed_messages,
    failure_words,
    message_by_client_id,
)
from baileo.city.messages.selectors.health import (
    AccountHealth,
    account_health,
    queue_age,
    queue_counts,
    rejected_payloads,
)
from baileo.city.messages.selectors.windows import ReplyWindow, longest_text, reply_window

__all__ = [
    "AccountHealth",
    "ContactCard",
    "ReplyWindow",
    "account_health",
    "canned_replies",
    "contact_card",
    "contact_get",
    "conversation_messages",
    "failed_messages",
    "failure_words",
    "longest_text",
    "message_by_client_id",
    "queue_age",
    "queue_counts",
    "rejected_payloads",
    "reply_window",
]
