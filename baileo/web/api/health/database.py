"""The database: does it answer, is its schema ours, do workers come to it."""

from __future__ import annotations

import time
from functools import lru_cache

import psycopg
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baileo.ground.ledger.reader import connection_settings
from baileo.web.api.health.check import Check

ANSWER_WITHIN_S = 2  # a monitor asks often and waits little
OLDEST_VERSION = 16


def database_check() -> Check:
    """On a connection of its own: Django's pool would wait long for a database that is away."""
    started = time.monotonic()
    try:
        with psycopg.connect(**{**connection_settings(), "connect_timeout": ANSWER_WITHIN_S}, autocommit=True) as found:
            version = found.info.server_version // 10_000
            found.execute("SELECT 1")
    except psycopg.Error as error:
        return Check(
            "database",
            "connection",
            "fail",
            _("The database does not answer (%(why)s).") % {"why": type(error).__name__},
            _("Check that PostgreSQL runs and that BAILEO_DATABASE_URL is right. What citizens send is kept by the "
              "providers and comes again."),
        )  # fmt: skip
    figures = {"version": version, "answered_in_s": round(time.monotonic() - started, 3)}
    words = _("PostgreSQL %(version)s answers.") % {"version": version}
    if version < OLDEST_VERSION:
        upgrade = _("Baileo needs PostgreSQL %(version)s or newer. Upgrade it.") % {"version": OLDEST_VERSION}
        return Check("database", "connection", "fail", words, upgrade, figures)
    return Check("database", "connection", "ok", words, "", figures)


def schema_check() -> Check:
    ours = _our_migrations()
    labels = _our_labels()
    applied = {key for key in MigrationRecorder(connection).applied_migrations() if key[0] in labels}
    missing, foreign = len(ours - applied), len(applied - ours)
    figures = {"missing": missing, "from_newer_version": foreign}
    if foreign:
        return Check(
            "database",
            "schema",
            "fail",
            _("The database was made by a newer Baileo."),
            _("Install that version, or restore a backup made before the upgrade."),
            figures,
        )
    if missing:
        words = ngettext("One migration is missing.", "%(n)s migrations are missing.", missing) % {"n": missing}
        return Check("database", "schema", "fail", words, _("Run `baileo migrate`."), figures)
    return Check("database", "schema", "ok", _("The schema fits this version."), "", figures)


@lru_cache(maxsize=1)
def _our_migrations() -> frozenset[tuple[str, str]]:
    """What is on disk does not change while the process runs."""
    on_disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations or {}
    labels = _our_labels()
    return frozenset(key for key in on_disk if key[0] in labels)


def _our_labels() -> set[str]:
    return {config.label for config in apps.get_app_configs() if config.name.startswith("baileo.")}
