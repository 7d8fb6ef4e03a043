"""Bringing the schema up to date: one machine at a time, without ever holding up a running city for long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.utils import OperationalError

from baileo.core.errors import BaileoError

LOCK_KEY = 0x6261696C656F  # "baileo"
WAIT_FOR_OTHERS_S = 120.0
LOCK_TIMEOUT = "4s"  # a migration that cannot get its table soon gives up instead of making everybody queue behind it
STATEMENT_TIMEOUT = "60s"


class SchemaRefused(BaileoError):
    """The database's schema cannot be brought to this version's; the message says what to do."""

    code = "schema-refused"
    http_status = 500


def migrate() -> int:
    """Apply what is missing; returns how many migrations that were. Raises `SchemaRefused`."""
    with _alone():
        executor = MigrationExecutor(connection)
        refuse_newer(executor.loader)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            _apply(len(plan))
    return len(plan)


def refuse_missing() -> None:
    """For commands that need today's tables but must not change a running city's. Raises `SchemaRefused`."""
    executor = MigrationExecutor(connection)
    refuse_newer(executor.loader)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        raise SchemaRefused(f"The database lacks {missing} migrations of this version. Run `baileo migrate` first.")


def refuse_newer(loader: MigrationLoader) -> None:
    """A migration of ours that was applied but that we do not know was made by a newer Baileo."""
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("baileo.")}
    unknown = sorted(key for key in loader.applied_migrations if key[0] in ours and key not in loader.disk_migrations)
    if unknown:
        raise SchemaRefused(
            f"This database was made by a newer Baileo (it has {'.'.join(unknown[-1])}, unknown to this version). "
            "Install that version, or restore a backup made before the upgrade."
        )


def _apply(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        cursor.execute(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        raise SchemaRefused(
            f"One of {count} migrations gave up: {str(error).splitlines()[0]}. What was finished is kept. "
            "A long transaction of another program is the usual reason; run `baileo migrate` again."
        ) from error
    finally:
        connection.close()  # the limits end with it


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the installation's migration lock on a connection of its own."""
    holder: BaseDatabaseWrapper = connection.copy()
    try:
        until = time.monotonic() + WAIT_FOR_OTHERS_S
        while not _try_lock(holder):
            if time.monotonic() > until:
                raise SchemaRefused(
                    f"Another machine has been migrating this database for {WAIT_FOR_OTHERS_S:.0f} seconds. "
                    "Wait until it is done, then start again."
                )
            time.sleep(0.5)
        yield
    finally:
        holder.close()  # releases the lock too


def _try_lock(holder: BaseDatabaseWrapper) -> bool:
    with holder.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        return bool(cursor.fetchone()[0])
