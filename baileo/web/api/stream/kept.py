"""The newest entries, kept so that a browser that was away for a while misses none."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from baileo.ground.ledger import selectors
from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.position import START, Position
from baileo.web.api.stream.feed import Item


class Kept:
    """At most `most` entries without a gap; `floor` is the position right before the oldest of them."""

    def __init__(self, floor: Position, most: int) -> None:
        self.floor = floor
        self.position = floor
        self._most = most
        self._items: deque[Item] = deque()

    def add(self, items: Sequence[Item]) -> None:
        self._items.extend(items)
        self.position = items[-1].position
        while len(self._items) > self._most:
            self.floor = self._items.popleft().position

    def after(self, position: Position) -> Iterator[Item]:
        return (item for item in self._items if item.position > position)


def first_reading(most: int) -> tuple[Position, Position]:
    """Where to begin reading so that the newest `most` entries come, and where they end now. Uses the ORM."""
    end = selectors.latest_position()
    settled = Entry.objects.extra(where=[selectors.BELOW_HORIZON]).order_by("-txid", "-pk")  # noqa: S610 - a constant
    before = settled[most : most + 1].first()
    return (selectors.position_of(before) if before else START), end
