"""WhatsApp Business Platform, Cloud API: signed webhooks in, the Graph API out, receipts by webhook."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import ValidationError

from baileo.city.messages.channel import (
    Accepted,
    AccountTrouble,
    Channel,
    Event,
    Fetched,
    Ignored,
    OutboundMessage,
)
from baileo.core.errors import DeliveryFailed, NetworkFailed, PayloadRejected, TooLarge
from baileo.core.ids import same_secret
from baileo.core.net import HttpReply
from baileo.plugins.channels.whatsapp_cloud.content import events_of
from baileo.plugins.channels.whatsapp_cloud.payload import Envelope, Value, hex_sha256
from baileo.plugins.channels.whatsapp_cloud.refusals import failure

SIGNATURE_HEADER = "x-hub-signature-256"
LARGEST_FILE = 25 * 1024 * 1024  # bytes; images 5 MB, audio and video 16 MB, documents could be 100 MB
SEND_TIMEOUT_S = 15
_MEDIA_HOSTS = (".facebook.com", ".fbsbx.com", ".fbcdn.net", ".whatsapp.net")
_PHONE_NUMBER_ID = re.compile(r"\d{5,30}")
_API_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")
_MEDIA_ID = re.compile(r"[\w-]{1,200}")


class WhatsAppCloud(Channel):
    name = "whatsapp_cloud"
    reply_window: ClassVar[timedelta | None] = timedelta(hours=24)
    has_receipts = True
    longest_text = 4096
    largest_body = 3 * 1024 * 1024  # Meta's own limit for one call

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """HMAC-SHA256 of the raw bytes; a body written anew (emoji!) would not match."""
        secret = self.account.secrets.get("app_secret", "")
        scheme, _, given = headers.get(SIGNATURE_HEADER, "").partition("=")
        expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return bool(secret) and scheme == "sha256" and same_secret(given, expected)

    def handshake(self, query: Mapping[str, str]) -> str | None:
        expected = self.account.secrets.get("verify_token", "")
        is_ours = bool(expected) and same_secret(query.get("hub.verify_token", ""), expected)
        challenge = query.get("hub.challenge", "")
        return challenge if is_ours and query.get("hub.mode") == "subscribe" and challenge else None

    def event_key(self, body: bytes) -> str:
        """Made of the ids inside, because a retry may be written differently; else the body's hash."""
        try:
            keys = sorted(_keys(json.loads(body)))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return super().event_key(body)
        if not keys:
            return super().event_key(body)
        if len(keys) == 1 and len(keys[0]) <= 200:
            return keys[0]
        return hashlib.sha256("\n".join(keys).encode("utf-8", "replace")).hexdigest()

    @classmethod
    def parse(cls, body: bytes) -> list[Event]:
        return cls._read(body, own_id="")

    def understand(self, body: bytes) -> list[Event]:
        return self._read(body, own_id=self._setting("phone_number_id"))

    @classmethod
    def _read(cls, body: bytes, own_id: str) -> list[Event]:
        try:
            envelope = Envelope.model_validate_json(body)
            found: list[Event] = []
            for change in (change for entry in envelope.entry for change in entry.changes):
                if change.field != "messages":
                    found.append(Ignored(f"WhatsApp's own news ({change.field})"[:200]))
                    continue
                value = Value.model_validate(change.value)
                is_other = bool(own_id) and value.metadata.phone_number_id != own_id
                found += (
                    [Ignored("meant for another phone number than this account's")] if is_other else events_of(value)
                )
        except ValidationError as error:
            first = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise PayloadRejected(
                f"WhatsApp: {error.error_count()} field(s) are not as documented, first: {first or 'the whole body'}."
            ) from error
        return found

    def send(self, message: OutboundMessage) -> Accepted:
        """Accepted is not sent: Meta's word comes later as a status, which echoes our id."""
        wanted: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            # A user id in `to` is taken for a phone number: answered with 200, delivered to nobody.
            "to" if message.address.isdigit() else "recipient": message.address,
            "type": "text",
            "text": {"body": message.text, "preview_url": False},
            "biz_opaque_callback_data": str(message.client_id),
        }
        if message.reply_to:
            wanted["context"] = {"message_id": message.reply_to}
        address = self._address(f"{self._phone_number_id()}/messages")
        reply = self.http.post(address, json=wanted, headers=self._authorised(), timeout_s=SEND_TIMEOUT_S)
        if not reply.ok:
            raise failure(reply.status, _answer(reply), self.account.slug)
        try:
            return Accepted(external_id=str(_answer(reply)["messages"][0]["id"]), is_sent=False)
        except (TypeError, KeyError, IndexError) as error:
            raise NetworkFailed("WhatsApp took the message but its answer cannot be read.", maybe_sent=True) from error

    def fetch(self, ref: str) -> Fetched:
        """Exchange the media id for an address good for 5 minutes, then get the bytes with our token."""
        if not _MEDIA_ID.fullmatch(ref):
            raise DeliveryFailed("WhatsApp gave an unusable media id.", permanent=True)
        place = self._ask(ref, {"phone_number_id": self._phone_number_id()})
        url, size = str(place.get("url", "")), place.get("file_size")
        if isinstance(size, int) and size > LARGEST_FILE:
            raise DeliveryFailed("The file is larger than the 25 MB we take.", permanent=True)
        self._check_media_host(url)
        try:
            reply = self.http.get(url, headers=self._authorised(), max_bytes=LARGEST_FILE, timeout_s=60)
        except TooLarge as error:
            raise DeliveryFailed("The file is larger than the 25 MB we take.", permanent=True) from error
        except NetworkFailed as error:
            raise DeliveryFailed(str(error), permanent=False) from error
        if not reply.ok:  # the address may have expired: asking again gives a new one
            raise DeliveryFailed(
                f"WhatsApp did not hand out the file (status {reply.status}).",
                permanent=False,
                provider_code=str(reply.status),
            )
        promised = hex_sha256(str(place.get("sha256", "")))
        if promised and hashlib.sha256(reply.content).hexdigest() != promised:
            raise DeliveryFailed("The file arrived damaged: its hash is not what WhatsApp promised.", permanent=False)
        return Fetched(reply.content, str(place.get("mime_type", "")).partition(";")[0].strip())

    def check(self) -> str:
        fields = "display_phone_number,verified_name,quality_rating"
        phone = self._ask(self._phone_number_id(), {"fields": fields})
        name, number = phone.get("verified_name", "?"), phone.get("display_phone_number", "?")
        return f"WhatsApp number {number} ({name}) answers; quality {phone.get('quality_rating', 'UNKNOWN')}."

    def _ask(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        try:
            reply = self.http.get(self._address(path), params=params, headers=self._authorised())
        except (NetworkFailed, TooLarge) as error:
            raise DeliveryFailed(str(error), permanent=False) from error
        if reply.ok:
            return _answer(reply)
        problem = failure(reply.status, _answer(reply), self.account.slug)
        if isinstance(problem, NetworkFailed):
            raise DeliveryFailed(str(problem), permanent=False)
        raise problem

    def _setting(self, name: str, default: str = "") -> str:
        return str(self.account.settings.get(name) or default).strip()

    def _address(self, path: str) -> str:
        version = self._setting("api_version", "v25.0")
        if not _API_VERSION.fullmatch(version):
            raise AccountTrouble(f"Account {self.account.slug}: the Graph API version looks like v25.0.")
        return f"{self._setting('api_base', 'https://graph.facebook.com').rstrip('/')}/{version}/{path}"

    def _phone_number_id(self) -> str:
        found = self._setting("phone_number_id")
        if not _PHONE_NUMBER_ID.fullmatch(found):
            raise AccountTrouble(
                f"Account {self.account.slug} has no usable phone number ID. Copy it from Meta's page API Setup."
            )
        return found

    def _authorised(self) -> dict[str, str]:
        token = self.account.secrets.get("access_token", "").strip()
        if not token or not token.isascii() or not token.isprintable():
            raise AccountTrouble(
                f"Account {self.account.slug} has no usable access token. Save one.", provider_code="190"
            )
        return {"authorization": f"Bearer {token}"}

    def _check_media_host(self, url: str) -> None:
        """Our token opens doors: it goes to Meta's own hosts and to nobody else."""
        found, base = urlsplit(url), urlsplit(self._setting("api_base", "https://graph.facebook.com"))
        is_base = (found.scheme, found.netloc) == (base.scheme, base.netloc)
        is_meta = found.scheme == "https" and (found.hostname or "").endswith(_MEDIA_HOSTS)
        if not (is_base or is_meta):
            raise DeliveryFailed("WhatsApp names a place for this file that is not Meta's.", permanent=True)


def _keys(body: Any) -> Iterator[str]:
    """`messages[].id`, and (id, status) of each receipt: what Meta repeats when it repeats itself."""
    for change in (change for entry in body["entry"] for change in entry["changes"]):
        value = change["value"]
        yield from (f"message:{message['id']}" for message in value.get("messages") or [])
        yield from (f"status:{status['id']}:{status['status']}" for status in value.get("statuses") or [])


def _answer(reply: HttpReply) -> dict[str, Any]:
    try:
        answer = reply.json()
    except PayloadRejected:  # a page of some proxy on the way
        return {}
    return answer if isinstance(answer, dict) else {}
