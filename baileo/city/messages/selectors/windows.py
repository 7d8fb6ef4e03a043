"""How long we may still answer, and how much we may say at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from baileo.city.messages.models import Conversation
from baileo.city.messages.registry import channel_class
from baileo.core.clock import now


@dataclass(frozen=True)
class ReplyWindow:
    """May we answer freely? `closes_at` also says since when it is closed; None: there is no end, or no word yet."""

    is_open: bool
    closes_at: datetime | None = None
    seconds_left: int | None = None


def reply_window(conversation: Conversation, at: datetime | None = None) -> ReplyWindow:
    """The provider's rule for this conversation at `at` (now). WhatsApp: 24 h after the person's last word.

    Source of each length: `reply_window` of the channel's plug-in. Needs `conversation.account`.
    """
    if channel_class(conversation.account.channel).reply_window is None:
        return ReplyWindow(is_open=True)
    closes_at = conversation.reply_until
    left_s = int((closes_at - (at or now())).total_seconds()) if closes_at else 0
    return ReplyWindow(is_open=left_s > 0, closes_at=closes_at, seconds_left=max(left_s, 0))


def longest_text(conversation: Conversation) -> int:
    """How many characters one text may have on this channel."""
    return channel_class(conversation.account.channel).longest_text
