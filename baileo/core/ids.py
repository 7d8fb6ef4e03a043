"""Identifiers: time-ordered for machines, short and unmistakable for people."""

import hmac
import re
import secrets
import time
from threading import Lock
from uuid import UUID

from baileo.core.errors import InvalidInput

# No 0/O, 1/I/L: a citizen reads the code aloud or copies it from a poster. 30 signs also leave
# out U, which looks like V in many hands. 8 of them are 39 bits.
SHORT_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class _Ticker:
    """Hands out 60 bits of (milliseconds, sub-millisecond step), each larger than the last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def next(self) -> int:
        milliseconds, rest = divmod(time.time_ns(), 1_000_000)
        tick = (milliseconds << 12) | (rest * 4096 // 1_000_000)
        with self._lock:
            self._last = max(tick, self._last + 1)  # the clock may stand still or be set back
            return self._last


_ticker = _Ticker()


def uuid7() -> UUID:
    """A new UUID version 7: sorts by time of creation, strictly within one process.

    Source: RFC 9562 section 5.7; 12 bits of `rand_a` count sub-millisecond fractions
    (method 3 of section 6.2), so that ids made in one burst keep their order.

    >>> uuid7() < uuid7()
    True
    """
    tick = _ticker.next()
    value = (tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)


def short_code(length: int = 8) -> str:
    """A random code for a person to copy, such as "K7QM2XWD". Fit as a second factor beside a
    public number; not a password. Raises `InvalidInput` for fewer than 4 signs.
    """
    if length < 4:
        raise InvalidInput(f"A short code of {length} signs is guessed too easily; use 4 or more.")
    return "".join(secrets.choice(SHORT_ALPHABET) for _ in range(length))


def normalise_short_code(typed: str) -> str:
    """What a person typed, as we stored it: upper case, without blanks and hyphens.

    >>> normalise_short_code(" k7qm-2xwd ")
    'K7QM2XWD'
    """
    return re.sub(r"[^0-9A-Z]", "", typed.upper())


def same_secret(one: str, other: str) -> bool:
    """Compare two secrets in a time that does not tell how many signs agree."""
    return hmac.compare_digest(one.encode(), other.encode())


def request_number(year: int, n: int) -> str:
    """The public number of a service request.

    >>> request_number(2026, 123)
    '2026-000123'
    """
    if not 2000 <= year <= 9999 or n < 1:
        raise InvalidInput(f"No request number can be made of year {year} and count {n}.")
    return f"{year}-{n:06d}"


_NUMBER = re.compile(r"^\D{0,12}?([2-9]\d{3})(?:[\s\-/.]+(\d{1,9})|(\d{6,9}))$")


def parse_request_number(typed: str) -> str:
    """Read a request number as people write it: "2026 123", "#2026-000123", "2026000123".

    Raises `InvalidInput` when there is no number in it.

    >>> parse_request_number("no. 2026 123")
    '2026-000123'
    """
    found = _NUMBER.match(typed.strip()) if typed.isascii() else None
    if not found or int(found[2] or found[3]) == 0:
        raise InvalidInput("This is not a request number. It looks like 2026-000123.")
    return request_number(int(found[1]), int(found[2] or found[3]))
