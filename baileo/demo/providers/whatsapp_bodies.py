"""The bodies WhatsApp posts to a webhook: field names as in Meta's webhooks reference."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from baileo.core.clock import now

DISPLAY_NUMBER = "62911000000"
_TITLES = {131047: "Re-engagement message", 131026: "Message undeliverable"}


@dataclass
class Person:
    """A WhatsApp user. With a user name the phone number stays hidden, as from 2026 on."""

    phone: str
    user_id: str
    name: str
    username: str = ""
    is_unreachable: bool = False
    is_window_closed: bool = False

    @property
    def is_hidden(self) -> bool:
        return bool(self.username)

    @property
    def contact(self) -> str:
        """The key of the transcript: what the city knows this person by."""
        return self.username if self.is_hidden else self.phone


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": {"body": words}}


def image(media_id: str, data: bytes, caption: str) -> dict[str, Any]:
    sha256 = b64encode(hashlib.sha256(data).digest()).decode()
    found = {"mime_type": "image/jpeg", "sha256": sha256, "id": media_id}
    return {"type": "image", "image": {**found, **({"caption": caption} if caption else {})}}


def location(lon_deg: float, lat_deg: float, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"latitude": lat_deg, "longitude": lon_deg}
    return {"type": "location", "location": {**found, **({"name": name} if name else {})}}


def message(phone_number_id: str, person: Person, wamid: str, content: dict[str, Any]) -> dict[str, Any]:
    profile = {"name": person.name, **({"username": person.username} if person.username else {})}
    contact: dict[str, Any] = {"profile": profile, "user_id": person.user_id}
    sent = {"from_user_id": person.user_id, "id": wamid, "timestamp": _timestamp(), **content}
    if not person.is_hidden:
        contact["wa_id"] = person.phone
        sent["from"] = person.phone
    return _envelope(phone_number_id, contacts=[contact], messages=[sent])


@dataclass(frozen=True)
class Receipt:
    """What WhatsApp knows of one message of the city. A person nobody knows has no ids."""

    wamid: str
    person: Person | None
    client_id: str


def status(phone_number_id: str, receipt: Receipt, state: str, code: int = 0) -> dict[str, Any]:
    """`code` is Meta's error for the state "failed"."""
    found: dict[str, Any] = {"id": receipt.wamid, "status": state, "timestamp": _timestamp()}
    person = receipt.person
    if person is not None:
        found["recipient_user_id"] = person.user_id
        if not person.is_hidden:
            found["recipient_id"] = person.phone
    if receipt.client_id:
        found["biz_opaque_callback_data"] = receipt.client_id
    if code:
        title = _TITLES.get(code, "Error")
        details = {"details": f"DEMO: {title}"}
        found["errors"] = [{"code": code, "title": title, "message": title, "error_data": details}]
    else:
        found["pricing"] = {"billable": False, "pricing_model": "PMP", "category": "service"}
    return _envelope(phone_number_id, statuses=[found])


def _envelope(phone_number_id: str, **content: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": DISPLAY_NUMBER, "phone_number_id": phone_number_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **content}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "900800700600500", "changes": [{"value": value, "field": "messages"}]}],
    }


def _timestamp() -> str:
    return str(int(now().timestamp()))
