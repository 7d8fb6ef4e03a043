"""The newest entries, without a gap."""

from __future__ import annotations

import pytest
from django.db import connection

from baileo.core.clock import now
from baileo.ground.ledger.position import START, Position
from baileo.ground.ledger.reader import Happened
from baileo.ground.ledger.services import append
from baileo.ground.ledger.testing import all_settled
from baileo.web.api.stream.feed import Item
from baileo.web.api.stream.kept import Kept, first_reading


def items(*ids: int) -> list[Item]:
    return [Item(Happened(1, n, now(), "service_request.noted", str(n), "user:1", (), {})) for n in ids]


def ids(kept: Kept, after: Position) -> list[int]:
    return [item.position.entry_id for item in kept.after(after)]


def test_what_came_after_a_position_is_found_in_order() -> None:
    kept = Kept(START, most=10)
    kept.add(items(1, 2))
    kept.add(items(3))
    assert ids(kept, START) == [1, 2, 3]
    assert ids(kept, Position(1, 2)) == [3]
    assert ids(kept, Position(1, 3)) == []
    assert (kept.floor, kept.position) == (START, Position(1, 3))


def test_the_floor_rises_to_the_newest_that_was_let_go() -> None:
    kept = Kept(START, most=3)
    kept.add(items(1, 2, 3, 4, 5))
    assert ids(kept, START) == [3, 4, 5]
    assert kept.floor == Position(1, 2)  # whoever saw 2 misses nothing


def test_a_later_transaction_follows_whatever_its_ids_are() -> None:
    kept = Kept(START, most=3)
    kept.add(items(9))
    later = Happened(2, 4, now(), "service_request.noted", "x", "user:1", (), {})
    kept.add([Item(later)])
    assert [item.position for item in kept.after(Position(1, 9))] == [Position(2, 4)]


@pytest.mark.django_db
@pytest.mark.parametrize(("count", "most", "expected"), [(0, 5, 0), (3, 5, 3), (5, 5, 5), (6, 5, 5)])
def test_reading_begins_so_that_the_newest_come(count: int, most: int, expected: int) -> None:
    for n in range(count):
        append(kind="service_request.noted", subject=str(n), actor="system:test")
    with all_settled():
        begin, end = first_reading(most)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM ledger_entry WHERE id > %s ORDER BY id", [begin.entry_id])
        newest = [row[0] for row in cursor.fetchall()]
    assert len(newest) == expected
    assert end.entry_id == (newest[-1] if newest else 0)
