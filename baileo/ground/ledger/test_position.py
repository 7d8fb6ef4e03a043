from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.ground.ledger.position import START, Position

NUMBERS = st.integers(min_value=0, max_value=2**63 - 1)


@given(NUMBERS, NUMBERS)
def test_a_position_comes_back_from_the_browser_as_it_went(txid: int, entry_id: int) -> None:
    assert Position.parse(str(Position(txid, entry_id))) == (txid, entry_id)


@pytest.mark.parametrize("text", ["", "-", "5", "5-", "-5", "5-6-7", "a-b", "٣-٤", "1 -2", "²-1", "5--6", "+5-6"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a ledger position"):
        Position.parse(text)


def test_numbers_that_the_database_could_not_take_are_refused() -> None:
    with pytest.raises(ValueError, match="not a ledger position"):
        Position.parse(f"{2**63}-1")


def test_the_transaction_counts_before_the_entry() -> None:
    assert START < Position(1, 9) < Position(2, 1) < Position(2, 2)
