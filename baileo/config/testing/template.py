"""A migrated database to copy: two hundred migrations take many seconds, and every run and every worker needs one.

The result is kept as a dump, named after the migrations it was made from, for the next run of the same person.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from baileo.config.environment import Environment
from baileo.config.runtime.engine import MAJOR, installed_engine
from baileo.config.runtime.programs import connection_variables

DUMPS_KEPT = 3


def template_database() -> str:
    """Name of a database on the tests' server which has every migration applied; it is made when there is none."""
    url = os.environ["BAILEO_DATABASE_URL"]
    folder = _cache_folder()
    name = f"baileo_template_{_digest()}"
    draft = f"{name}_draft"
    with _alone(folder), psycopg.connect(url, autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(f"DROP DATABASE IF EXISTS {draft}".encode())
            server.execute(f"CREATE DATABASE {draft}".encode())
            _fill(draft, folder / f"{name}.dump", url)
            server.execute(f"ALTER DATABASE {draft} RENAME TO {name}".encode())
    return name


def _fill(database: str, dump: Path, url: str) -> None:
    if dump.is_file() and _program(url, "pg_restore", "--exit-on-error", "-d", database, str(dump)):
        dump.touch()
        return
    _migrate(database)
    half = dump.with_suffix(".half")
    if _program(url, "pg_dump", "-Fc", "-f", str(half), database):
        half.replace(dump)
    for old in sorted(dump.parent.glob("*.dump"), key=lambda path: path.stat().st_mtime)[:-DUMPS_KEPT]:
        old.unlink()


def _migrate(database: str) -> None:
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        call_command("migrate", interactive=False, verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _program(url: str, program: str, *arguments: str) -> bool:
    command = [str(installed_engine() / "bin" / program), *arguments]
    environment = dict(os.environ) | connection_variables(Environment(database_url=url))
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


def _digest() -> str:
    """Changes with any migration of ours or of a library."""
    found = hashlib.sha256(MAJOR.encode())
    for config in sorted(apps.get_app_configs(), key=lambda config: config.label):
        for path in sorted(Path(config.path, "migrations").glob("*.py")):
            found.update(f"{config.label}/{path.name}".encode() + path.read_bytes())
    return found.hexdigest()[:16]


def _cache_folder() -> Path:
    """Ours alone; a folder of that name which somebody else made is not trusted."""
    folder = Path(tempfile.gettempdir()) / f"baileo-test-templates-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.geteuid() or folder.is_symlink():
        return Path(tempfile.mkdtemp(prefix="baileo-test-templates-"))
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
