"""A place in the ledger's order: (transaction, entry). Travels to browsers as the SSE id "txid-entry"."""

from __future__ import annotations

import re
from typing import NamedTuple, Self

LARGEST = 2**63 - 1  # PostgreSQL's bigint
_WRITTEN = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")


class Position(NamedTuple):
    txid: int
    entry_id: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError for anything but "digits-digits", each fit for a 64-bit column.

        >>> Position.parse("12-7")
        Position(txid=12, entry_id=7)
        """
        found = _WRITTEN.fullmatch(text)
        if not found or max(position := cls(int(found[1]), int(found[2]))) > LARGEST:
            raise ValueError(f"not a ledger position: {text[:40]!r}")
        return position

    def __str__(self) -> str:
        return f"{self.txid}-{self.entry_id}"


START = Position(0, 0)
