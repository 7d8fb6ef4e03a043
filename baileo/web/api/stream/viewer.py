"""Who is at the other end of a stream, and what they may be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from baileo.ground.people.access import Access
from baileo.ground.people.selectors import access_of

CONFIDENTIAL_NEEDS = "service_requests.secret"


@dataclass(frozen=True)
class Viewer:
    """A signed-in person and what they may do, read once and compared again while the stream lives."""

    user_id: int
    access: Access

    def holds(self, permission: str) -> bool:
        return permission in self.access.anywhere

    def may_see(self, permission: str, agencies: Iterable[str], *, is_confidential: bool) -> bool:
        """Held at an agency concerned, or for the whole city; what is confidential asks more of the latter."""
        if any(permission in self.access.by_agency.get(code, ()) for code in agencies):
            return True
        return permission in self.access.city and (not is_confidential or CONFIDENTIAL_NEEDS in self.access.city)


def viewer_of(session_key: str) -> Viewer | None:
    """The person of a session, or None when it ended, the account was closed, or the password changed. Uses the ORM."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = _session_store(session_key)
    user = get_user(request)
    return Viewer(user.pk, access_of(user)) if user.pk is not None and user.is_active else None


def _session_store(session_key: str) -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore(session_key)
