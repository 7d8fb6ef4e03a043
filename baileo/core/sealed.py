"""Secrets at rest: channel tokens lie in the database sealed, never in plain text.

Fernet (AES-128-CBC with HMAC-SHA256) from `cryptography`; its key is derived by HKDF, so that any
long secret setting will do and the same setting may safely serve other purposes too.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from baileo.core.errors import BaileoError, SettingsRefused

SHORTEST_KEY = 16  # characters; HKDF stretches nothing, the key itself must be hard to guess


class SealBroken(BaileoError):
    """A sealed value was made with another key, or was changed. Its plain text is out of reach."""

    code = "seal-broken"
    http_status = 500


def seal(key: str, values: Mapping[str, Any]) -> str:
    """JSON values as one opaque ASCII line. Raises `SettingsRefused` for a key that is too short.

    >>> unseal("a key of good length", seal("a key of good length", {"token": "x"}))
    {'token': 'x'}
    """
    return _fernet(key).encrypt(json.dumps(dict(values)).encode()).decode()


def unseal(key: str, sealed: str, *, older_keys: Sequence[str] = ()) -> dict[str, Any]:
    """The values again; `older_keys` are tried too while a key is being replaced.

    Raises `SealBroken`.
    """
    keys = MultiFernet([_fernet(one) for one in (key, *older_keys)])
    try:
        return cast("dict[str, Any]", json.loads(keys.decrypt(sealed.encode())))
    except (InvalidToken, UnicodeEncodeError) as error:
        raise SealBroken(
            "A stored secret cannot be opened with the present secret key. If the key was "
            "replaced, give the old one too, or enter the secret again in the back office."
        ) from error


@lru_cache(maxsize=8)
def _fernet(key: str) -> Fernet:
    if len(key) < SHORTEST_KEY:
        raise SettingsRefused(f"The secret key needs {SHORTEST_KEY} characters or more.")
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"baileo sealed v1")
    return Fernet(urlsafe_b64encode(hkdf.derive(key.encode())))
