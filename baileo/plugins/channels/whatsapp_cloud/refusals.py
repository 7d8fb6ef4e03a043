"""What Meta's error codes mean for one message, and who has to act.

Source: Meta, WhatsApp Business Platform, "Error codes" (read in 2026). The code decides, not the HTTP status: Meta
answers 400 to a full queue and to a blocked number alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from baileo.city.messages.channel import AccountTrouble
from baileo.core.errors import DeliveryFailed, NetworkFailed
from baileo.plugins.channels.whatsapp_cloud.payload import Error

# Code -> seconds the whole account waits.
TOO_FAST_S: Mapping[int, float] = {
    4: 300,
    80007: 300,
    130429: 5,
    131048: 3600,
    133016: 3600,
    368: 3600,
}
# 131056 is a pair: one person gets at most one message in 6 s on average; nobody else has to wait for that.
WORTH_RETRYING = frozenset({1, 2, 131000, 131016, 131056, 131057, 133004})
OF_THE_ACCOUNT = frozenset({0, 3, 10, 33, 190, *range(200, 300), 131005, 131031, 131042, 131045, 133010})
WINDOW_CLOSED = 131047


def failure(status: int, answer: Mapping[str, Any], slug: str) -> DeliveryFailed | NetworkFailed:
    """The error to raise for an answer that is not 200."""
    if status == 504:
        return NetworkFailed("WhatsApp answered too late (504); the message may have been sent.", maybe_sent=True)
    error = _error(answer)
    if error is None:
        return _without_words(status, slug)
    code, words = str(error.code), error.words()
    if error.code in OF_THE_ACCOUNT or status == 401:
        return AccountTrouble(
            f"WhatsApp refuses account {slug} ({code}: {words}). Check its access token, permissions and payment "
            "at Meta; messages wait meanwhile.",
            provider_code=code,
            provider_words=words,
        )
    wait_s = TOO_FAST_S.get(error.code)
    may_help = wait_s is not None or error.code in WORTH_RETRYING or status >= 500 or status == 429
    said = "The 24 hours to answer freely are over" if error.code == WINDOW_CLOSED else "WhatsApp refused"
    return DeliveryFailed(
        f"{said} ({code}: {words}).",
        permanent=not may_help,
        retry_after_s=wait_s,
        provider_code=code,
        provider_words=words,
    )


def _error(answer: Mapping[str, Any]) -> Error | None:
    try:
        return Error.model_validate(answer.get("error"))
    except ValidationError:
        return None


def _without_words(status: int, slug: str) -> DeliveryFailed:
    if status in (401, 403):
        return AccountTrouble(
            f"WhatsApp refuses account {slug} (status {status}). Check its access token.", provider_code=str(status)
        )
    is_busy = status >= 500 or status == 429
    return DeliveryFailed(
        f"WhatsApp refused with status {status} and no reason.", permanent=not is_busy, provider_code=str(status)
    )
