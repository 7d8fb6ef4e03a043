"""Whether the database answers at all, asked once and plainly before a pool starts trying for half a minute."""

from __future__ import annotations

import psycopg
from django.conf import settings
from django.db import connection

from baileo.core.errors import BaileoError

ANSWERS_WITHIN_S = 5


class DatabaseRefused(BaileoError):
    """The database does not answer; the message says which one and what to do."""

    code = "database-refused"
    http_status = 503


def reach_database() -> None:
    """Raises `DatabaseRefused` in one sentence without secrets."""
    wanted = {**connection.get_connection_params(), "connect_timeout": ANSWERS_WITHIN_S}
    wanted.pop("cursor_factory", None)
    wanted.pop("context", None)
    try:
        psycopg.connect(**wanted).close()
    except psycopg.OperationalError as error:
        raise DatabaseRefused(_sentence(error)) from error


def _sentence(error: Exception) -> str:
    place = settings.DATABASES["default"]
    where = f"{place['NAME']} on {place['HOST'] or 'this machine'}"
    why = (str(error).strip().splitlines() or ["no answer"])[-1].strip()
    return f"The database {where} cannot be reached: {why}. Check BAILEO_DATABASE_URL and that PostgreSQL runs there."
