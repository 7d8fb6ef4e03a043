"""A place in the ledger's order: (transaction, entry). Travels to browsers as the SSE id "txid-entry"."""

from __future__ import annotations

from typing import NamedTuple, Self


class Position(NamedTuple):
    txid: int
    entry_id: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError for anything but "digits-digits".

        >>> Position.parse("12-7")
        Position(txid=12, entry_id=7)
        """
        txid, _, entry_id = text.partition("-")
        if not (txid.isascii() and txid.isdigit() and entry_id.isascii() and entry_id.isdigit()):
            raise ValueError(f"not a ledger position: {text[:40]!r}")
        return cls(int(txid), int(entry_id))

    def __str__(self) -> str:
        return f"{self.txid}-{self.entry_id}"


START = Position(0, 0)
