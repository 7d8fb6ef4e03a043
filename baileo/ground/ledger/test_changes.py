"""An entry says which fields somebody changed, and nothing of what was in them."""

from __future__ import annotations

import pytest

from baileo.ground.ledger.changes import changed_fields, changed_words
from baileo.ground.ledger.models import Cursor, Entry
from baileo.ground.ledger.services import save_recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> Cursor:
    """Some row with plain fields; `moved_at` is a stamp."""
    return Cursor.objects.create(reader="wall", txid=5, entry_id=7)


def test_an_untouched_row_has_no_changes(row: Cursor) -> None:
    assert changed_fields(row) == []


def test_only_what_differs_from_the_stored_row_is_named(row: Cursor) -> None:
    row.entry_id = 8
    assert changed_fields(row) == ["entry_id"]
    row.txid = 6
    assert changed_words(row) == "txid,entry_id"


def test_a_value_changed_and_changed_back_is_no_change(row: Cursor) -> None:
    row.txid = 9
    row.txid = 5
    assert changed_fields(row) == []


def test_of_a_new_row_the_fields_that_somebody_filled_are_named() -> None:
    assert changed_fields(Cursor(reader="new")) == []
    assert changed_fields(Cursor(reader="new", txid=3)) == ["txid"]
    assert changed_fields(Entry(kind="x", data={"a": 1})) == ["kind", "data"]  # `agencies` is an empty list as ever


def test_a_row_that_somebody_else_removed_counts_as_new(row: Cursor) -> None:
    Cursor.objects.all().delete()
    assert changed_fields(row) == ["txid", "entry_id"]


def test_a_row_with_many_fields_still_fits_into_an_entry(row: Cursor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baileo.ground.ledger.changes.changed_fields", lambda _row: ["a_long_field_name"] * 40)
    assert len(changed_words(row)) == 200


def test_saving_with_a_record_names_the_changes_and_keeps_the_callers_data(row: Cursor) -> None:
    row.entry_id = 8
    save_recorded(row, kind="people.agency_saved", actor="user:1", subject="cursor:wall", data={"version": 2})
    entry = Entry.objects.get()
    assert entry.data == {"changed": "entry_id", "version": 2}
    assert Cursor.objects.get().entry_id == 8


def test_saving_what_is_not_valid_saves_and_records_nothing() -> None:
    with pytest.raises(Exception, match="reader"):
        save_recorded(Cursor(reader=""), kind="people.agency_saved", actor="user:1", subject="x")
    assert not Cursor.objects.exists()
    assert not Entry.objects.exists()
