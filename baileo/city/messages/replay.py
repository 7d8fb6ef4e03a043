"""Parsing payload files offline, for `baileo replay` and for the fixtures of plug-ins. No database, no network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baileo.city.messages.channel import (
    Channel,
    ContactChanged,
    DeliveryStatus,
    Event,
    Ignored,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Sender,
)
from baileo.city.messages.logs import whereabouts
from baileo.city.messages.registry import channel_class, resolve_name
from baileo.core.errors import PayloadRejected


@dataclass(frozen=True)
class PayloadFile:
    """One file: a raw provider body, or the wrapper form `{"fixture": ..., "request": {"body": ...}}`."""

    method: str
    headers: Mapping[str, str]  # lower-case names; empty for a raw body
    query: Mapping[str, str]
    body: bytes


def read_payload(path: Path) -> PayloadFile:
    """Raises OSError when the file cannot be read. A file that is no wrapper is a raw body, whatever is in it."""
    raw = path.read_bytes()
    try:
        wrapper = json.loads(raw)
    except (ValueError, RecursionError):
        return PayloadFile("POST", {}, {}, raw)
    if not (isinstance(wrapper, dict) and isinstance(wrapper.get("request"), dict) and "body" in wrapper["request"]):
        return PayloadFile("POST", {}, {}, raw)
    request = wrapper["request"]
    headers = {name.lower(): value for name, value in (request.get("headers") or {}).items()}
    method, query = str(request.get("method", "POST")).upper(), request.get("query") or {}
    return PayloadFile(method, headers, query, _wire(request["body"]))


def _wire(body: Any) -> bytes:
    """The bytes that were signed: compact UTF-8 JSON, non-ASCII escaped, key order as in the file."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return json.dumps(body, separators=(",", ":"), ensure_ascii=True).encode()


def payload_bytes(path: Path) -> bytes:
    """The body as it came over the wire."""
    return read_payload(path).body


def as_json(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as plain JSON values; what is empty is left out, so that a new field changes no old fixture."""
    return [_event_json(event) for event in events]


def _event_json(event: Event) -> dict[str, Any]:
    names = {
        InboundMessage: "message",
        MessageEdited: "edited",
        MessageDeleted: "deleted",
        DeliveryStatus: "status",
        ContactChanged: "contact_changed",
        Ignored: "ignored",
    }
    return {"event": names[type(event)], **_plain(event)}


def _plain(thing: Any) -> dict[str, Any]:
    return {
        name: _value(value) for name, value in vars(thing).items() if value is not None and value not in ("", (), {})
    }


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return {"bytes": len(value)}
    if isinstance(value, Mapping):
        return {key: _value(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_value(one) for one in value]
    if isinstance(value, Sender) or hasattr(value, "__dataclass_fields__"):
        return _plain(value)
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


def replay(channel_name: str, paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """One line for each file, in order:

    {"file", "outcome": "messages", "messages": [...], "statuses"?: [...], "changes"?: [...]}
    {"file", "outcome": "ignored", "reason", "statuses"?: [...], "changes"?: [...]}   nothing anybody wrote
    {"file", "outcome": "rejected", "reason"}                                         not what the provider documents
    {"file", "outcome": "broken", "reason"}       our fault: the parser failed, or the file cannot be read

    `channel_name` may be an alias ("whatsapp"). Raises `NotFound` for an unknown channel, `PluginBroken`. Whoever calls
    it for a shell exits non-zero only when some file was broken.
    """
    channel = channel_class(resolve_name(channel_name))
    for path in paths:
        yield {"file": str(path), **_replay_one(channel, path)}


def _replay_one(channel: type[Channel], path: Path) -> dict[str, Any]:
    try:
        payload = read_payload(path)
        if payload.method == "GET" and not payload.body:
            return {"outcome": "ignored", "reason": "the provider's verification of our address, no message"}
        return _outcome(as_json(channel.parse(payload.body)))
    except PayloadRejected as error:
        return {"outcome": "rejected", "reason": str(error)}
    except OSError as error:
        return {"outcome": "broken", "reason": f"the file cannot be read: {error.strerror or type(error).__name__}"}
    except Exception as error:  # noqa: BLE001  a parser that breaks is what this command is there to show
        return {"outcome": "broken", "reason": f"the parser failed: {whereabouts(error)}"}


def _outcome(events: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = {kind: [event for event in events if event["event"] == kind] for kind in ("message", "status")}
    changes = [event for event in events if event["event"] in {"edited", "deleted", "contact_changed"}]
    rest = {
        **({"statuses": kinds["status"]} if kinds["status"] else {}),
        **({"changes": changes} if changes else {}),
    }
    if kinds["message"]:
        return {"outcome": "messages", "messages": kinds["message"], **rest}
    reasons = dict.fromkeys(event["reason"] for event in events if event["event"] == "ignored")
    told = ["delivery statuses only"] * bool(kinds["status"]) + ["changes of earlier messages"] * bool(changes)
    return {"outcome": "ignored", "reason": "; ".join([*told, *reasons]) or "nothing for us in it", **rest}
