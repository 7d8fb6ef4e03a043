"""What happened stays: the one door in, and the database's refusal to change anything behind it."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from baileo.ground.ledger.kinds import UnknownKind, declared_kinds, permission_for
from baileo.ground.ledger.models import Cursor, Entry
from baileo.ground.ledger.selectors import history
from baileo.ground.ledger.services import LedgerMisused, append, append_many, entry_of

KIND = "people.signed_in"
REFUSED = "append-only"


def an_entry(subject: str = "user:1") -> Entry:
    with transaction.atomic():
        return append(kind=KIND, subject=subject, actor="user:1", data={"with": "password"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entry SET actor = 'user:2'",
        "UPDATE ledger_entry SET at = at",  # even when nothing would differ
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
        "TRUNCATE ledger_entry CASCADE",
        "INSERT INTO ledger_entry SELECT * FROM ledger_entry ON CONFLICT (id) DO UPDATE SET actor = 'user:2'",
    ],
)
def test_the_database_refuses_to_change_what_happened(change: str) -> None:
    entry = an_entry()
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert Entry.objects.get().actor == entry.actor


@pytest.mark.django_db
def test_the_refusal_reaches_the_owner_of_the_table_and_sessions_that_replay_for_a_replica() -> None:
    an_entry()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'ledger_entry'")
        assert cursor.fetchone()[0]
        cursor.execute("SET LOCAL session_replication_role = replica")  # silences ordinary triggers
        with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
            cursor.execute("DELETE FROM ledger_entry")


@pytest.mark.django_db
def test_django_is_refused_like_anybody() -> None:
    entry = an_entry()
    entry.actor = "user:2"
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        entry.save(update_fields=["actor"])
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        entry.delete()


@pytest.mark.django_db
def test_the_database_says_what_to_do_instead() -> None:
    an_entry()
    with pytest.raises(DatabaseError, match="Append a correcting entry instead"), transaction.atomic():
        Entry.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_appending_outside_a_transaction_is_refused() -> None:
    with pytest.raises(LedgerMisused, match=r"transaction\.atomic"):
        append(kind=KIND, subject="user:1", actor="user:1")
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_disappears_with_the_change_it_tells_of() -> None:
    with transaction.atomic():
        append(kind=KIND, subject="user:1", actor="user:1")
        transaction.set_rollback(True)  # as a failed change would
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_an_undeclared_kind_is_refused_by_name() -> None:
    with pytest.raises(UnknownKind, match=r"'nobody\.declared'.*ledger_kinds"):
        append(kind="nobody.declared", subject="x", actor="user:1")
    assert not Entry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["x" * 201, {"text": "x" * 200}, ["x" * 100, "y" * 100]])
def test_long_text_is_refused_because_it_may_be_personal(value: object) -> None:
    with pytest.raises(LedgerMisused, match="'note' is over 200"):
        append(kind=KIND, subject="x", actor="user:1", data={"note": value})


@pytest.mark.django_db
def test_two_hundred_characters_are_allowed() -> None:
    append(kind=KIND, subject="x", actor="user:1", data={"note": "x" * 200})


@pytest.mark.django_db
def test_an_entry_carries_its_transaction_and_its_time_from_the_database() -> None:
    entry = Entry.objects.get(pk=an_entry().pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        assert entry.txid == cursor.fetchone()[0]
    assert entry.at.tzinfo is not None


@pytest.mark.django_db
def test_agencies_are_kept_once_sorted_and_without_blanks() -> None:
    entry = append(kind=KIND, subject="x", actor="user:1", agencies=["pupr", "", "dlhp", "pupr"])
    assert Entry.objects.get(pk=entry.pk).agencies == ["dlhp", "pupr"]


@pytest.mark.django_db
def test_many_entries_are_stored_with_one_insert_and_one_wake_up(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    entries = [entry_of(kind=KIND, subject=f"user:{number}", actor="system:test") for number in range(50)]
    with django_assert_num_queries(2):
        append_many(entries)


@pytest.mark.django_db
def test_appending_nothing_wakes_nobody(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert append_many([]) == []


@pytest.mark.django_db
def test_the_history_of_one_thing_is_in_order_and_can_be_narrowed() -> None:
    for kind in ("people.user_saved", KIND, "people.user_saved"):
        append(kind=kind, subject="user:1", actor="user:9")
    an_entry("user:2")
    assert [entry.kind for entry in history("user:1")] == ["people.user_saved", KIND, "people.user_saved"]
    assert [entry.kind for entry in history("user:1", [KIND])] == [KIND]


def test_every_declared_kind_names_the_permission_that_shows_it() -> None:
    for kind, permission in declared_kinds().items():
        room, _, verb = permission.partition(".")
        assert room, kind
        assert verb, kind
        assert permission_for(kind) == permission


def test_rows_name_themselves_without_their_data() -> None:
    assert str(Entry(kind=KIND, subject="user:1", data={"note": "secret"})) == "people.signed_in user:1"
    assert str(Cursor(reader="wall", txid=5, entry_id=7)) == "wall at 5-7"
