"""Links to stored files: they name no file in plain text, end after an hour or two, and can belong to one person.

The token is encrypted with AES-SIV, which gives the same token for the same file within an hour, so that a browser
keeps the pictures it has, and whose every changed bit is noticed.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from baileo.core.clock import now
from baileo.core.errors import BaileoError, NotFound
from baileo.ground.people.models import User

STEP_S = 3600  # a link ends at the second full hour from now
CONTEXT = [b"baileo.files.v1"]


class LinkExpired(BaileoError):
    code = "link-expired"
    http_status = 410


@dataclass(frozen=True)
class Link:
    """What one link opens. `user_id` None: whoever has the link."""

    sha256: str
    media_type: str
    name: str = ""
    user_id: int | None = None


def file_url(sha256: str, media_type: str, *, name: str = "", for_user: User | int | None = None) -> str:
    """Address of a stored file, relative to this site. Pictures are shown, all else is a download.

    `media_type` is what we judged by the content, never what a sender said; `name` is what a download is called.
    """
    user_id = for_user.pk if isinstance(for_user, User) else for_user
    return reverse("api:file", args=[link_seal(Link(sha256, media_type, name, user_id))])


def thumb_url(sha256: str, media_type: str, *, for_user: User | int | None = None) -> str:
    """Address of a small JPEG of a stored picture."""
    return file_url(sha256, media_type, for_user=for_user) + "?size=thumb"


def link_seal(link: Link) -> str:
    ends_at = (int(now().timestamp()) // STEP_S + 2) * STEP_S
    fields = [link.sha256, link.media_type, link.name[:100], link.user_id, ends_at]
    sealed = _cipher(settings.SECRET_KEY).encrypt(json.dumps(fields).encode(), CONTEXT)
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


def link_open(token: str) -> Link:
    """Raises `NotFound` for a token that is not ours, `LinkExpired` for one that was."""
    try:
        sealed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        fields = json.loads(_cipher(settings.SECRET_KEY).decrypt(sealed, CONTEXT))
    except (Base64Error, UnicodeError, ValueError, InvalidTag):
        raise NotFound("This address names no file. Open the page it was on again.") from None
    sha256, media_type, name, user_id, ends_at = fields
    if now().timestamp() >= ends_at:
        raise LinkExpired(_("This link to a file has ended. Open the page it was on again."))
    return Link(sha256, media_type, name, user_id)


@lru_cache(maxsize=4)
def _cipher(secret_key: str) -> AESSIV:
    return AESSIV(salted_hmac("baileo.files", "key", secret=secret_key, algorithm="sha512").digest())
