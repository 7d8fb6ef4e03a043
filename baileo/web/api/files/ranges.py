"""`Range: bytes=...` of one request (RFC 9110 section 14): one part, or the whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

from baileo.core.errors import BaileoError

_ONE_PART = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class RangeNotSatisfiable(BaileoError):
    code = "range-not-satisfiable"
    http_status = 416


@dataclass(frozen=True)
class Part:
    """Bytes `start` up to but without `end`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


def asked_part(header: str, size: int) -> Part | None:
    """The part asked for; None when the whole is to be sent. Raises `RangeNotSatisfiable`.

    Several parts at once, and what cannot be read, give the whole, as the standard allows.

    >>> asked_part("bytes=-5", 100)
    Part(start=95, end=100)
    """
    found = _ONE_PART.fullmatch(header.strip())
    if not found or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= size or start >= end:
        raise RangeNotSatisfiable(f"The file has {size} bytes; the part asked for lies behind its end.")
    return Part(start, end)
