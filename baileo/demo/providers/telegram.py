"""A Telegram that belongs to us: the Bot API as core.telegram.org/bots/api describes it, as far as a city uses it."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Condition
from typing import Any, ClassVar

from baileo.core.clock import now
from baileo.demo.providers.phones import Bubble
from baileo.demo.providers.server import Answer, Call
from baileo.demo.providers.simulator import Simulator
from baileo.demo.providers.webhooks import PAUSES_S

TOKEN = "123456789:AAdemo-token-of-nobody-at-all-000000"  # noqa: S105  # opens nothing but this simulator
BOT = {"id": 123456789, "is_bot": True, "first_name": "Lapor Ambon (DEMO)", "username": "ambon_demo_bot"}
LARGEST_FILE = 20 * 1024 * 1024
LONGEST_TEXT = 4096
MOST_EDITABLE = 1000  # messages whose sender may still change them
_PATH = re.compile(r"/(file/)?bot([^/]+)/(.+)")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass
class _Hook:
    url: str = ""
    secret: str = ""
    allowed: tuple[str, ...] = ()


class TelegramSimulator(Simulator):
    """Private chats with one bot. Chat ids are the citizens' user ids."""

    provider = "Telegram"
    methods: ClassVar[frozenset[str]] = frozenset(
        {"getMe", "getWebhookInfo", "setWebhook", "deleteWebhook", "getUpdates", "sendMessage", "getFile"}
    )

    def __init__(
        self,
        *,
        token: str = TOKEN,
        port: int | None = 0,
        latency_s: float = 0.0,
        pauses_s: tuple[float, ...] = PAUSES_S,
        workers: int = 4,
        knows_everybody: bool = False,
    ) -> None:
        self.token = token
        self.knows_everybody = knows_everybody  # a demo started anew still reaches the people of yesterday
        self._hook = _Hook()
        self._updates: deque[dict[str, Any]] = deque()
        self._changed = Condition()
        # Ids go on from the clock, so that a simulator started anew never repeats those it gave before.
        self._update_ids = itertools.count(int(time.time() * 1000))
        self._message_ids = itertools.count(int(time.time() * 1000))
        self._names: dict[int, dict[str, str]] = defaultdict(dict)
        self._blocked: set[int] = set()
        self._known: set[int] = set()
        self._sent: dict[tuple[int, int], dict[str, Any]] = {}
        self._failures: deque[Answer] = deque()
        self._poller = 0
        super().__init__(port=port, latency_s=latency_s, pauses_s=pauses_s, workers=workers)

    # The citizen's side

    def citizen_sends(
        self,
        contact: int | str,
        text: str = "",
        *,
        name: str = "",
        username: str = "",
        photo: bytes | None = None,
        location: Sequence[float] | None = None,
        reply_to: int | None = None,
        album: str = "",
        phone: str = "",
    ) -> int:
        """One message to the bot; `location` is (longitude, latitude). Returns Telegram's message id."""
        chat = int(contact)
        self.introduce(chat, name, username)
        message_id = next(self._message_ids)
        message = self._message(chat, message_id)
        bubble = Bubble("citizen", text, f"{chat}:{message_id}")
        if photo is not None:
            file_id = self._keep_photo(message, photo, text)
            bubble.media_id, bubble.media_type = file_id, "image/jpeg"
        elif text:
            message["text"] = text
        if location is not None:
            bubble.lon_deg, bubble.lat_deg = location[0], location[1]
            message["location"] = {"longitude": location[0], "latitude": location[1], "horizontal_accuracy": 15.0}
        if phone:
            message["contact"] = {"phone_number": phone, "first_name": self._name(chat), "user_id": chat}
        if reply_to is not None:
            message["reply_to_message"] = {"message_id": reply_to, "chat": message["chat"], "date": message["date"]}
        if album:
            message["media_group_id"] = album
        self._sent[chat, message_id] = message
        while len(self._sent) > MOST_EDITABLE:
            del self._sent[next(iter(self._sent))]
        self.phones.add(str(chat), bubble)
        self._publish({"message": message})
        return message_id

    def citizen_sends_album(self, contact: int | str, photos: Sequence[bytes], text: str = "", **who: str) -> list[int]:
        """Several photos at once: one update each, the words on the first, joined by a media group."""
        album = str(next(self._message_ids) + 13_000_000_000)
        return [
            self.citizen_sends(contact, text if place == 0 else "", photo=photo, album=album, **who)  # type: ignore[arg-type]
            for place, photo in enumerate(photos)
        ]

    def citizen_edits(self, contact: int | str, message_id: int, text: str) -> None:
        chat = int(contact)
        message = self._sent[chat, message_id]
        message["caption" if "photo" in message else "text"] = text
        self.phones.edit(str(chat), f"{chat}:{message_id}", text)
        self._publish({"edited_message": {**message, "edit_date": int(now().timestamp())}})

    def citizen_blocks(self, contact: int | str, *, is_blocked: bool = True) -> None:
        (self._blocked.add if is_blocked else self._blocked.discard)(int(contact))

    def citizen_types(self, contact: str, text: str) -> None:
        self.citizen_sends(contact, text)

    # Trouble on command

    def answer_too_fast(self, times: int = 1, retry_after_s: int = 7) -> None:
        """The next `sendMessage` calls are told to wait."""
        words = f"Too Many Requests: retry after {retry_after_s}"
        more = {"parameters": {"retry_after": retry_after_s}}
        self._failures.extend([_refusal(429, words, **more)] * times)

    def fail_next(self, status: int = 500, words: str = "Internal Server Error", times: int = 1) -> None:
        """The next `sendMessage` calls fail with this error."""
        self._failures.extend([_refusal(status, words)] * times)

    def forget_file(self, file_id: str) -> None:
        self.files.pop(file_id, None)

    # The Bot API

    def api(self, call: Call) -> Answer:
        found = _PATH.fullmatch(call.path)
        if not found or found[2] != self.token:
            return _refusal(401 if found and ":" in found[2] else 404, "Unauthorized" if found else "Not Found")
        if found[1]:
            return self._download(found[3])
        if found[3] not in self.methods:
            return _refusal(404, "Not Found: method not found")
        handler = getattr(self, f"_api_{found[3]}")
        answer: Answer = handler(call.fields())
        return answer

    def _api_getMe(self, _wanted: dict[str, Any]) -> Answer:  # noqa: N802  # Telegram's spelling
        return _result({**BOT, "can_join_groups": False, "can_read_all_group_messages": False})

    def _api_getWebhookInfo(self, _wanted: dict[str, Any]) -> Answer:  # noqa: N802
        waiting = self.poster.waiting() if self._hook.url else len(self._updates)
        info = {"url": self._hook.url, "has_custom_certificate": False, "pending_update_count": waiting}
        if self.last_trouble:
            info["last_error_message"] = self.last_trouble
        return _result(info)

    def _api_setWebhook(self, wanted: dict[str, Any]) -> Answer:  # noqa: N802
        secret = str(wanted.get("secret_token", ""))
        if secret and not _SECRET.fullmatch(secret):
            return _refusal(400, "Bad Request: secret token contains unallowed characters")
        with self._changed:
            self._hook = _Hook(str(wanted.get("url", "")), secret, tuple(wanted.get("allowed_updates") or ()))
            waiting, self._updates = list(self._updates), deque()
            self._changed.notify_all()
        for update in waiting:
            self._deliver(update)
        return _result(True, "Webhook was set")

    def _api_deleteWebhook(self, wanted: dict[str, Any]) -> Answer:  # noqa: N802
        with self._changed:
            self._hook = _Hook()
            if wanted.get("drop_pending_updates"):
                self._updates.clear()
        return _result(True, "Webhook was deleted")

    def _api_getUpdates(self, wanted: dict[str, Any]) -> Answer:  # noqa: N802
        """Long polling. An offset confirms everything before it; a second poller ends the first."""
        offset, limit = int(wanted.get("offset") or 0), int(wanted.get("limit") or 100)
        with self._changed:
            if self._hook.url:
                return _refusal(409, "Conflict: can't use getUpdates method while webhook is active")
            self._poller += 1
            mine = self._poller
            self._changed.notify_all()
            while self._updates and self._updates[0]["update_id"] < offset:
                self._updates.popleft()
            self._changed.wait_for(lambda: self._updates or self._poller != mine, float(wanted.get("timeout") or 0))
            if self._poller != mine:
                return _refusal(409, "Conflict: terminated by other getUpdates request")
            return _result(list(itertools.islice(self._updates, limit)))

    def _api_sendMessage(self, wanted: dict[str, Any]) -> Answer:  # noqa: N802
        with suppress(IndexError):
            return self._failures.popleft()
        text = str(wanted.get("text", ""))
        try:
            chat = int(wanted.get("chat_id", ""))
        except ValueError:
            chat = 0
        refusal = self._refuse_words(chat, text)
        if refusal is not None:
            return refusal
        message_id = next(self._message_ids)
        self.phones.add(str(chat), Bubble("city", text, f"{chat}:{message_id}"))
        sent = {
            "message_id": message_id,
            "from": BOT,
            "chat": self._chat(chat),
            "date": int(now().timestamp()),
            "text": text,
        }
        return _result(sent)

    def _refuse_words(self, chat: int, text: str) -> Answer | None:
        if chat not in self._known and not self.knows_everybody:  # a bot cannot begin a talk
            return _refusal(400, "Bad Request: chat not found")
        if chat in self._blocked:
            return _refusal(403, "Forbidden: bot was blocked by the user")
        if not text.strip():
            return _refusal(400, "Bad Request: message text is empty")
        if len(text) > LONGEST_TEXT:
            return _refusal(400, "Bad Request: message is too long")
        return None

    def _api_getFile(self, wanted: dict[str, Any]) -> Answer:  # noqa: N802
        file_id = str(wanted.get("file_id", ""))
        if file_id not in self.files:
            return _refusal(400, "Bad Request: invalid file_id")
        data, _ = self.files[file_id]
        if len(data) > LARGEST_FILE:
            return _refusal(400, "Bad Request: file is too big")
        place = f"photos/{file_id}.jpg"
        return _result(
            {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(data), "file_path": place}
        )

    def _download(self, place: str) -> Answer:
        data, _ = self.files.get(place.removeprefix("photos/").removesuffix(".jpg"), (b"", ""))
        return Answer(content=data, media_type="application/octet-stream") if data else Answer(404)

    # Inside

    def introduce(self, chat: int, name: str, username: str) -> None:
        """Somebody has started the bot."""
        with self._changed:
            self._known.add(chat)
            self._blocked.discard(chat)  # writing to a blocked bot unblocks it
            self._names[chat].update({key: value for key, value in (("name", name), ("username", username)) if value})
        self.phones.name(str(chat), self._name(chat))

    def _name(self, chat: int) -> str:
        return self._names[chat].get("name", f"Warga {chat % 1000}")

    def _chat(self, chat: int) -> dict[str, Any]:
        first, _, last = self._name(chat).partition(" ")
        known = {"last_name": last, "username": self._names[chat].get("username", "")}
        return {
            "id": chat,
            "first_name": first,
            **{key: value for key, value in known.items() if value},
            "type": "private",
        }

    def _message(self, chat: int, message_id: int) -> dict[str, Any]:
        shown = self._chat(chat)
        sender = {
            **{key: value for key, value in shown.items() if key != "type"},
            "is_bot": False,
            "language_code": "id",
        }
        return {"message_id": message_id, "from": sender, "chat": shown, "date": int(now().timestamp())}

    def _keep_photo(self, message: dict[str, Any], photo: bytes, caption: str) -> str:
        file_id = f"AgACdemo_{message['chat']['id']}_{message['message_id']}"
        self.keep_file(file_id, photo, "image/jpeg")
        small = {"file_id": f"{file_id}_s", "file_unique_id": "s", "width": 90, "height": 67, "file_size": 1200}
        large = {"file_id": file_id, "file_unique_id": "x", "width": 960, "height": 720, "file_size": len(photo)}
        message["photo"] = [small, large]
        if caption:
            message["caption"] = caption
        return file_id

    def _publish(self, update: dict[str, Any]) -> None:
        with self._changed:
            update = {"update_id": next(self._update_ids), **update}
            is_hooked = bool(self._hook.url)
            if not is_hooked:
                self._updates.append(update)
                self._changed.notify_all()
        if is_hooked:
            self._deliver(update)

    def _deliver(self, update: dict[str, Any]) -> None:
        hook = self._hook
        if hook.allowed and not set(update) & set(hook.allowed):
            return
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
        self.post_webhook(hook.url, json.dumps(update).encode(), headers)


def _result(result: Any, words: str = "") -> Answer:
    return Answer(json={"ok": True, "result": result, **({"description": words} if words else {})})


def _refusal(code: int, words: str, **more: Any) -> Answer:
    return Answer(code, json={"ok": False, "error_code": code, "description": words, **more})
