"""Ledger entries as browsers get them: encoded once, for everybody who may see them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from baileo.ground.ledger.kinds import UnknownKind, permission_for
from baileo.ground.ledger.position import Position
from baileo.ground.ledger.reader import Happened
from baileo.web.api.stream.viewer import Viewer

WALL_PERMISSION = "wall.view"
WALL_KINDS = ("service_request.", "channel_account.health_changed")
WALL_DATA = ("state", "from", "priority", "area_code")
SHOWN_ON_WALLS = frozenset({"service_requests.view", "messages.view"})  # kinds for auditors never reach a wall


def event(name: str, data: Mapping[str, Any], *, cursor: Position | None = None) -> bytes:
    """One server-sent event. With `cursor` the browser resumes behind it.

    >>> event("heartbeat", {"ok": True}, cursor=Position(5, 7))
    b'event: heartbeat\\nid: 5-7\\ndata: {"ok":true}\\n\\n'
    """
    position = f"id: {cursor}\n" if cursor is not None else ""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return f"event: {name}\n{position}data: {text}\n\n".encode()


def iso(at: datetime) -> str:
    """UTC with milliseconds, as browsers parse it: "2026-11-23T05:05:00.000Z"."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Item:
    """One settled entry, with the bytes of its full form and of its wall form."""

    __slots__ = ("_entry", "_full", "_permission", "_wall", "is_confidential", "kind", "position")

    def __init__(self, entry: Happened) -> None:
        self.kind = entry.kind
        self.position = entry.position
        self.is_confidential = entry.data.get("is_confidential") is True
        self._entry = entry
        self._permission = _permission(entry.kind)
        self._full: bytes | None = None
        self._wall: bytes | None = None

    def shown_to(self, viewer: Viewer, *, as_wall: bool) -> bytes | None:
        """The event for this viewer, or None when they may not know of it."""
        if as_wall:
            return self._wall_form() if viewer.holds(WALL_PERMISSION) and self._is_for_walls() else None
        if not viewer.may_see(self._permission, self._entry.agencies, is_confidential=self.is_confidential):
            return None
        if self._full is None:
            self._full = self._event(self._entry.subject, self._entry.data)
        return self._full

    def _is_for_walls(self) -> bool:
        return self.kind.startswith(WALL_KINDS) and self._permission in SHOWN_ON_WALLS

    def _wall_form(self) -> bytes:
        if self._wall is None:
            data = {name: self._entry.data[name] for name in WALL_DATA if name in self._entry.data}
            self._wall = self._event("" if self.is_confidential else self._entry.subject, data)
        return self._wall

    def _event(self, subject: str, data: Mapping[str, Any]) -> bytes:
        fields = {"cursor": str(self.position), "kind": self.kind, "subject": subject, "at": iso(self._entry.at)}
        return event("entry", {**fields, "data": data}, cursor=self.position)


def _permission(kind: str) -> str:
    """Of a kind that no room declares any more: a permission that nobody holds."""
    try:
        return permission_for(kind)
    except UnknownKind:
        return ""
