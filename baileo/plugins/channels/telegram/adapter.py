"""Telegram's Bot API: webhook or long polling in, `sendMessage` out.

The bot's token is part of every address we call, so no address may reach an error or a log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from baileo.city.messages.channel import (
    Accepted,
    AccountTrouble,
    Channel,
    Event,
    Fetched,
    OutboundMessage,
    Polled,
)
from baileo.core.errors import DeliveryFailed, NetworkFailed, PayloadRejected, TooLarge
from baileo.core.ids import same_secret
from baileo.core.net import HttpReply
from baileo.plugins.channels.telegram.payload import Update

VERIFY_HEADER = "x-telegram-bot-api-secret-token"
WANTED_UPDATES = ["message", "edited_message"]
LARGEST_FILE = 20 * 1024 * 1024  # bytes a bot may download
SEND_TIMEOUT_S = 10
_TOKEN = re.compile(r"\d{3,}:[A-Za-z0-9_-]{10,}")
_FILE_PATH = re.compile(r"[\w-]+(?:[./][\w-]+)*")  # no "..", no leading slash, no scheme


class Telegram(Channel):
    name = "telegram"
    can_poll = True
    longest_text = 4096

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Telegram does not sign; it repeats the secret we gave it at `register`."""
        expected = self.account.secrets.get("webhook_secret", "")
        return bool(expected) and same_secret(headers.get(VERIFY_HEADER, ""), expected)

    def event_key(self, body: bytes) -> str:
        try:
            update_id = json.loads(body)["update_id"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return super().event_key(body)
        return f"update:{update_id}" if type(update_id) is int else super().event_key(body)

    @classmethod
    def parse(cls, body: bytes) -> list[Event]:
        try:
            return Update.model_validate_json(body).events()
        except ValidationError as error:
            first = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise PayloadRejected(
                f"Telegram: {error.error_count()} field(s) are not as documented, first: {first or 'the whole body'}."
            ) from error

    def send(self, message: OutboundMessage) -> Accepted:
        """Telegram cannot echo our id and gives no receipts: its 200 is its word that the message was sent."""
        wanted: dict[str, Any] = {
            "chat_id": int(message.address) if message.address.lstrip("-").isdigit() else message.address,
            "text": message.text,
            "link_preview_options": {"is_disabled": True},
        }
        chat, _, number = message.reply_to.partition(":")
        if chat == message.address and number.isdigit():
            wanted["reply_parameters"] = {"message_id": int(number), "allow_sending_without_reply": True}
        result = self._call("sendMessage", wanted, timeout_s=SEND_TIMEOUT_S)
        try:
            external_id = f"{result['chat']['id']}:{result['message_id']}"
        except (TypeError, KeyError) as error:
            raise NetworkFailed("Telegram took the message but its answer cannot be read.", maybe_sent=True) from error
        return Accepted(external_id=external_id, is_sent=True)

    def fetch(self, ref: str) -> Fetched:
        """A file by its `file_id`: first ask where it lies (good for an hour), then get it."""
        path = str(_record(self._ask("getFile", {"file_id": ref})).get("file_path", ""))
        if not _FILE_PATH.fullmatch(path):
            raise DeliveryFailed("Telegram names no usable place for this file.", permanent=False)
        try:
            reply = self.http.get(
                self._address(f"file/bot{self._token()}/{path}"), max_bytes=LARGEST_FILE, timeout_s=60
            )
        except TooLarge as error:
            raise DeliveryFailed("The file is larger than the 20 MB a bot may get.", permanent=True) from error
        except NetworkFailed as error:
            raise DeliveryFailed(str(error), permanent=False) from error
        if not reply.ok:  # the place may have expired: asking again gives a new one
            raise DeliveryFailed(
                f"Telegram did not hand out the file (status {reply.status}).",
                permanent=False,
                provider_code=str(reply.status),
            )
        media_type = reply.headers.get("content-type", "").partition(";")[0].strip()
        return Fetched(reply.content, "" if media_type == "application/octet-stream" else media_type)

    def poll(self, cursor: str, wait_s: int) -> Polled:
        """`getUpdates`; the cursor is the last `update_id` + 1, which also tells Telegram to forget what was before."""
        wanted: dict[str, Any] = {"timeout": wait_s, "limit": 100, "allowed_updates": WANTED_UPDATES}
        if cursor:
            wanted["offset"] = int(cursor)
        updates = self._ask("getUpdates", wanted, timeout_s=wait_s + SEND_TIMEOUT_S)
        if not isinstance(updates, list):
            raise DeliveryFailed("Telegram's list of updates cannot be read.", permanent=False)
        bodies = tuple(json.dumps(update, separators=(",", ":")).encode() for update in updates)
        ids = [update["update_id"] for update in updates if isinstance(update, dict) and "update_id" in update]
        return Polled(bodies, str(max(ids) + 1) if ids else cursor)

    def check(self) -> str:
        me = _record(self._ask("getMe", {}))
        hook = _record(self._ask("getWebhookInfo", {}))
        is_set = bool(hook.get("url"))
        waiting = hook.get("pending_update_count", 0)
        if self._is_polling() and is_set:
            raise _conflict(self.account.slug, "")
        if not self._is_polling() and not is_set:
            raise AccountTrouble(
                f"The bot of account {self.account.slug} answers, but no webhook is set, so no message can arrive. "
                "Register the webhook, or choose polling."
            )
        trouble = hook.get("last_error_message", "")
        how = "webhook" if is_set else "polling"
        words = f"Bot @{me.get('username', '?')} answers; {how} is set up, {waiting} update(s) wait."
        return f"{words} Telegram's last trouble with our address: {trouble}" if trouble else words

    def register(self, public_url: str) -> str:
        """Tell Telegram our webhook's address and secret. `public_url`: "https://lapor.example.go.id"."""
        secret = self.account.secrets.get("webhook_secret", "")
        if not secret:
            raise AccountTrouble(f"Account {self.account.slug} has no webhook secret. Make one up and save it first.")
        address = f"{public_url.rstrip('/')}/hooks/{self.name}/{self.account.slug}"
        wanted = {"url": address, "secret_token": secret, "allowed_updates": WANTED_UPDATES, "max_connections": 10}
        self._ask("setWebhook", wanted)
        return f"Telegram now sends messages to {address}."

    def unregister(self) -> str:
        """Go back to polling: Telegram allows only one of the two. Waiting updates are kept."""
        self._ask("deleteWebhook", {"drop_pending_updates": False})
        return "Telegram no longer calls our webhook; polling may start."

    def _is_polling(self) -> bool:
        return bool(self.account.settings.get("mode", "polling") == "polling")

    def _token(self) -> str:
        token = self.account.secrets.get("bot_token", "").strip()
        if not _TOKEN.fullmatch(token):
            raise AccountTrouble(
                f"Account {self.account.slug} has no usable bot token. Copy it from @BotFather; "
                "it looks like 123456789:AA...",
                provider_code="401",
            )
        return token

    def _address(self, path: str) -> str:
        base = str(self.account.settings.get("api_base") or "https://api.telegram.org")
        return f"{base.rstrip('/')}/{path}"

    def _ask(self, method: str, wanted: Mapping[str, Any], timeout_s: float = SEND_TIMEOUT_S) -> Any:
        """A call that changes nothing for a citizen: network trouble only means trying again."""
        try:
            return self._call(method, wanted, timeout_s=timeout_s)
        except (NetworkFailed, TooLarge) as error:
            raise DeliveryFailed(str(error), permanent=False) from error

    def _call(self, method: str, wanted: Mapping[str, Any], timeout_s: float) -> Any:
        address = self._address(f"bot{self._token()}/{method}")
        reply = self.http.post(address, json=dict(wanted), timeout_s=timeout_s)
        answer = _answer(reply)
        if reply.ok and answer.get("ok") is True:
            return answer.get("result")
        raise _failure(reply.status, answer, self.account.slug)


def _record(answer: Any) -> dict[str, Any]:
    return answer if isinstance(answer, dict) else {}


def _answer(reply: HttpReply) -> dict[str, Any]:
    try:
        return _record(reply.json())
    except PayloadRejected:  # a page of some proxy on the way
        return {}


def _failure(status: int, answer: Mapping[str, Any], slug: str) -> DeliveryFailed | NetworkFailed:
    """Telegram's refusal in our words: who is to blame, and whether waiting helps."""
    code = str(answer.get("error_code", status))
    said = str(answer.get("description", ""))[:300]
    if code in ("401", "404"):  # 404: the token has a form Telegram does not even know
        return AccountTrouble(
            f"Telegram does not accept the bot token of account {slug}. "
            "Ask @BotFather for the token and save it again.",
            provider_code="401",
            provider_words=said,
        )
    if code == "409":
        return _conflict(slug, said)
    if status == 504:
        return NetworkFailed("Telegram answered too late (504); the message may have been sent.", maybe_sent=True)
    parameters = answer.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    is_busy = code == "429" or status >= 500
    return DeliveryFailed(
        f"Telegram refused with {code}: {said}" if said else f"Telegram refused with {code}.",
        permanent=not is_busy,
        retry_after_s=float(wait) if isinstance(wait, int | float) else (60.0 if code == "429" else None),
        provider_code=code,
        provider_words=said,
    )


def _conflict(slug: str, said: str) -> AccountTrouble:
    return AccountTrouble(
        f"Account {slug} is set to polling, but Telegram still has a webhook for this bot, or another program polls "
        "with the same token. Remove the webhook, or stop the other program.",
        provider_code="409",
        provider_words=said,
    )
