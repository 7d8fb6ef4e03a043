"""Bringing the schema up to date."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import OperationalError

from baileo.config.runtime import migrations
from baileo.config.runtime.migrations import LOCK_KEY, SchemaRefused, migrate, refuse_missing, refuse_newer


@pytest.fixture
def loader() -> MigrationLoader:
    return MigrationLoader(connection)


@pytest.fixture
def another_machine() -> Iterator[None]:
    """Somebody else migrates this database."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
    yield
    other.close()


@pytest.mark.django_db
def test_a_schema_of_today_needs_nothing(loader: MigrationLoader) -> None:
    refuse_newer(loader)
    assert migrate() == 0


@pytest.mark.django_db
def test_a_newer_schema_is_refused_in_one_sentence(loader: MigrationLoader) -> None:
    loader.applied_migrations["ledger", "9999_from_the_future"] = None  # type: ignore[assignment]
    with pytest.raises(SchemaRefused, match=r"made by a newer Baileo \(it has ledger\.9999_from_the_future"):
        refuse_newer(loader)


@pytest.mark.django_db
def test_a_command_on_yesterdays_schema_is_told_to_migrate_first() -> None:
    refuse_missing()
    MigrationRecorder(connection).record_unapplied("people", "0002_limit_memory")
    with pytest.raises(SchemaRefused, match="Run `baileo migrate` first"):
        refuse_missing()


@pytest.mark.django_db
def test_what_libraries_removed_or_merged_is_not_a_newer_schema(loader: MigrationLoader) -> None:
    loader.applied_migrations["wagtailcore", "0001_gone_long_ago"] = None  # type: ignore[assignment]
    loader.applied_migrations["an_app_we_once_had", "0001_initial"] = None  # type: ignore[assignment]
    refuse_newer(loader)


@pytest.mark.django_db
@pytest.mark.usefixtures("another_machine")
def test_two_machines_do_not_migrate_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "WAIT_FOR_OTHERS_S", 0.0)
    with pytest.raises(SchemaRefused, match="Another machine"):
        migrate()


@pytest.mark.django_db
def test_a_migration_that_waits_too_long_for_its_table_gives_up_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(*_: object, **__: object) -> None:
        raise OperationalError("canceling statement due to lock timeout\nCONTEXT: secrets")

    monkeypatch.setattr(migrations, "call_command", gives_up)
    monkeypatch.setattr(connection, "close", lambda: None)
    with pytest.raises(SchemaRefused, match=r"lock timeout\. What was finished is kept\.") as caught:
        migrations._apply(3)
    assert "secrets" not in str(caught.value)


@pytest.mark.django_db
def test_migrations_give_up_soon_instead_of_making_the_city_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = []

    def look(*_: object, **__: object) -> None:
        with connection.cursor() as cursor:
            for name in ("lock_timeout", "statement_timeout"):
                cursor.execute(f"SHOW {name}")
                limits.append(cursor.fetchone()[0])

    monkeypatch.setattr(migrations, "call_command", look)
    monkeypatch.setattr(connection, "close", lambda: None)
    migrations._apply(1)
    assert limits == ["4s", "1min"]
