"""A WhatsApp that belongs to us: the Cloud API as Meta's reference describes it, as far as a city uses it."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from random import Random
from threading import RLock
from typing import Any

from baileo.core.clock import now
from baileo.core.net import HttpClient
from baileo.demo.providers import whatsapp_bodies as bodies
from baileo.demo.providers.phones import Bubble
from baileo.demo.providers.server import Answer, Call
from baileo.demo.providers.simulator import Simulator
from baileo.demo.providers.webhooks import PAUSES_S
from baileo.demo.providers.whatsapp_bodies import Person

APP_SECRET = "demo-app-secret-of-nobody"  # noqa: S105  # opens nothing but this simulator
ACCESS_TOKEN = "EAADEMOnobody"  # noqa: S105
VERIFY_TOKEN = "demo-verify-token"  # noqa: S105
PHONE_NUMBER_ID = "100200300400500"
LONGEST_TEXT = 4096
_PATH = re.compile(r"/v\d+\.\d+/([\w-]+)(/messages)?")


class WhatsAppSimulator(Simulator):
    """One business phone number. `delays_s` are those of sent, delivered and read, each after the one before."""

    provider = "WhatsApp"

    def __init__(
        self,
        *,
        app_secret: str = APP_SECRET,
        access_token: str = ACCESS_TOKEN,
        phone_number_id: str = PHONE_NUMBER_ID,
        port: int | None = 0,
        latency_s: float = 0.0,
        delays_s: tuple[float, float, float] = (0.2, 0.6, 3.0),
        pauses_s: tuple[float, ...] = PAUSES_S,
        workers: int = 4,
        knows_everybody: bool = False,
    ) -> None:
        self.knows_everybody = knows_everybody  # a demo started anew still reaches the people of yesterday
        self.app_secret = app_secret
        self.access_token = access_token
        self.phone_number_id = phone_number_id
        self.delays_s = delays_s
        self.is_out_of_order = False  # receipts come backwards: read, delivered, sent
        self.are_receipts_read = True
        self.webhook_url = ""
        self._untold: list[bytes] = []
        self._people: dict[str, Person] = {}  # by phone, user id and user name
        self._lock = RLock()
        self._refusals: deque[Answer] = deque()
        # Ids go on from the clock, so that a simulator started anew never repeats those it gave before.
        self._ids = itertools.count(int(time.time() * 1000))
        super().__init__(port=port, latency_s=latency_s, pauses_s=pauses_s, workers=workers)

    def deliver_to(self, url: str, verify_token: str = VERIFY_TOKEN) -> bool:
        """Set the webhook as in Meta's form: the address must answer the handshake first. True when it did."""
        challenge = str(next(self._ids))
        asked = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
        with HttpClient(allow=(url.partition("://")[2].partition("/")[0],)) as http:
            reply = http.get(url, params=asked)
        if not reply.ok or reply.text != challenge:
            return False
        self.webhook_url = url
        for raw in self.take_bodies():
            self._deliver(raw)
        return True

    def take_bodies(self) -> list[bytes]:
        """What nobody has been told yet because there was no webhook; the next `deliver_to` posts the rest."""
        with self._lock:
            taken, self._untold = self._untold, []
            return taken

    # The citizen's side

    def person(self, contact: str, *, name: str = "", username: str = "") -> Person:
        """The person behind a phone number, user id or user name; made up when new."""
        with self._lock:
            found = self._people.get(contact)
            if found is None:
                found = self._new_person(contact, name, username)
            if name:
                found.name = name
        self.phones.name(found.contact, found.name)
        return found

    def _new_person(self, contact: str, name: str, username: str) -> Person:
        digits = int.from_bytes(hashlib.sha256(contact.encode()).digest()[:7], "big")
        phone = contact if contact.isdigit() else f"62{digits % 10**10:010d}"
        shown_as = username or ("" if contact.isdigit() else contact)
        found = Person(phone, f"ID.{digits:017d}", name or f"Warga {phone[-3:]}", shown_as)
        for key in filter(None, (found.phone, found.user_id, found.username)):
            self._people[key] = found
        return found

    def citizen_sends(
        self,
        contact: str,
        text: str = "",
        *,
        name: str = "",
        username: str = "",
        photo: bytes | None = None,
        location: Sequence[float] | None = None,
        place: str = "",
        reply_to: str = "",
    ) -> str:
        """One message to the city; `location` is (longitude, latitude), sent as a message of its own kind.
        `contact` is a phone number, or a user name for somebody who hides theirs. Returns the wamid.
        """
        person = self.person(contact, name=name, username=username)
        person.is_window_closed = False
        bubble = Bubble("citizen", text, self._wamid())
        if photo is not None:
            bubble.media_id, bubble.media_type = self._keep(photo, "image/jpeg"), "image/jpeg"
            content = bodies.image(bubble.media_id, photo, text)
        elif location is not None:
            bubble.lon_deg, bubble.lat_deg = location[0], location[1]
            content = bodies.location(location[0], location[1], place)
        else:
            content = bodies.text(text)
        if reply_to:
            content["context"] = {"from": bodies.DISPLAY_NUMBER, "id": reply_to}
        self.phones.add(person.contact, bubble)
        self._post_message(person, bubble.external_id, content)
        return bubble.external_id

    def citizen_reacts(self, contact: str, message_id: str, emoji: str = "👍") -> str:
        return self._special(contact, {"type": "reaction", "reaction": {"message_id": message_id, "emoji": emoji}})

    def citizen_edits(self, contact: str, message_id: str, text: str) -> str:
        self.phones.edit(self.person(contact).contact, message_id, text)
        edit = {"original_message_id": message_id, "message": {"type": "text", "text": {"body": text}}}
        return self._special(contact, {"type": "edit", "edit": edit})

    def citizen_deletes(self, contact: str, message_id: str) -> str:
        return self._special(contact, {"type": "revoke", "revoke": {"original_message_id": message_id}})

    def citizen_types(self, contact: str, text: str) -> None:
        self.citizen_sends(contact, text)

    # Trouble on command

    def close_window(self, contact: str) -> None:
        """As if 24 hours had passed: what the city sends is accepted and then fails with 131047."""
        self.person(contact).is_window_closed = True

    def make_unreachable(self, contact: str) -> None:
        """A phone without WhatsApp: accepted, then failed with 131026."""
        self.person(contact).is_unreachable = True

    def refuse_next(
        self, code: int = 130429, title: str = "Rate limit hit", *, status: int = 400, times: int = 1
    ) -> None:
        """The next sends are refused at once with Meta's error."""
        self._refusals.extend([_refusal(status, code, title)] * times)

    def forget_media(self, media_id: str) -> None:
        self.files.pop(media_id, None)

    # The Graph API

    def api(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Bearer {self.access_token}":
            return _refusal(401, 190, "Error validating access token", kind="OAuthException")
        if call.path.startswith("/media/"):
            data, media_type = self.files.get(call.path.removeprefix("/media/"), (b"", ""))
            return Answer(content=data, media_type=media_type) if data else Answer(404)
        found = _PATH.fullmatch(call.path)
        if found and found[1] == self.phone_number_id:
            return self._send(call.json()) if found[2] and call.method == "POST" else Answer(json=self._number())
        if found and found[1] in self.files:
            return Answer(json=self._media(found[1]))
        return _refusal(400, 100, "Unsupported get request. Object does not exist", subcode=33)

    def _number(self) -> dict[str, str]:
        return {
            "id": self.phone_number_id,
            "display_phone_number": "+62 911-0000-00",
            "verified_name": "Kota Ambon (DEMO)",
            "quality_rating": "GREEN",
        }

    def _media(self, media_id: str) -> dict[str, Any]:
        data, media_type = self.files[media_id]
        return {
            "messaging_product": "whatsapp",
            "id": media_id,
            "url": f"{self.base_url}/media/{media_id}",
            "mime_type": media_type,
            "sha256": hashlib.sha256(data).hexdigest(),
            "file_size": len(data),
        }

    def _send(self, wanted: dict[str, Any]) -> Answer:
        with suppress(IndexError):
            return self._refusals.popleft()
        text = str((wanted.get("text") or {}).get("body", ""))
        if wanted.get("messaging_product") != "whatsapp" or wanted.get("type") != "text" or not text.strip():
            return _refusal(400, 100, "Invalid parameter")
        if len(text) > LONGEST_TEXT:
            return _refusal(400, 100, "Param text['body'] must be at most 4096 characters long.")
        wamid = self._wamid()
        person = self._recipient(wanted)
        target = str(wanted.get("to") or wanted.get("recipient") or "")
        self._receive(bodies.Receipt(wamid, person, str(wanted.get("biz_opaque_callback_data", ""))), text)
        contacts = [{"input": target, "wa_id": target}]
        return Answer(json={"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": wamid}]})

    def _recipient(self, wanted: dict[str, Any]) -> Person | None:
        """Meta takes a user id in `to` for a number nobody has: 200, and nothing good ever happens."""
        target = str(wanted.get("to") or wanted.get("recipient") or "")
        if "to" in wanted and not target.isdigit():
            return None
        return self.person(target) if self.knows_everybody else self._people.get(target)

    def _receive(self, receipt: bodies.Receipt, text: str) -> None:
        person = receipt.person
        if person is None or person.is_unreachable or person.is_window_closed:
            code = 131047 if person is not None and person.is_window_closed else 131026
            self._post(bodies.status(self.phone_number_id, receipt, "failed", code), after_s=self.delays_s[0])
            return
        self.phones.add(person.contact, Bubble("city", text, receipt.wamid, client_id=receipt.client_id))
        states = ["sent", "delivered", "read"] if self.are_receipts_read else ["sent", "delivered"]
        if self.is_out_of_order:
            states.reverse()
        for state, after_s in zip(states, itertools.accumulate(self.delays_s), strict=False):
            self._post(bodies.status(self.phone_number_id, receipt, state), after_s=after_s)

    # Inside

    def _special(self, contact: str, content: dict[str, Any]) -> str:
        wamid = self._wamid()
        self._post_message(self.person(contact), wamid, content)
        return wamid

    def _post_message(self, person: Person, wamid: str, content: dict[str, Any]) -> None:
        self._post(bodies.message(self.phone_number_id, person, wamid, content))

    def _post(self, body: dict[str, Any], *, after_s: float = 0.0) -> None:
        raw = json.dumps(body, separators=(",", ":")).encode()
        with self._lock:
            if not self.webhook_url:
                self._untold.append(raw)
                return
        self._deliver(raw, after_s=after_s)

    def _deliver(self, raw: bytes, *, after_s: float = 0.0) -> None:
        signature = hmac.new(self.app_secret.encode(), raw, hashlib.sha256).hexdigest()
        self.post_webhook(self.webhook_url, raw, {"X-Hub-Signature-256": f"sha256={signature}"}, after_s=after_s)

    def _keep(self, data: bytes, media_type: str) -> str:
        media_id = f"14{next(self._ids)}"
        self.keep_file(media_id, data, media_type)
        return media_id

    def _wamid(self) -> str:
        number = next(self._ids)
        return f"wamid.DEMO{number:016d}{Random(number).randrange(16**8):08X}"


def _refusal(status: int, code: int, title: str, *, subcode: int = 0, kind: str = "GraphMethodException") -> Answer:
    error = {"message": f"(#{code}) {title}", "type": kind, "code": code, "error_data": {"details": title}}
    if subcode:
        error["error_subcode"] = subcode
    return Answer(status, json={"error": {**error, "fbtrace_id": f"DEMO{int(now().timestamp())}"}})
