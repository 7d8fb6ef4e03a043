"""PostgreSQL's own programs (psql, pg_dump, pg_restore) on this installation's database."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from psycopg.conninfo import conninfo_to_dict

from baileo.config.environment import Environment
from baileo.config.runtime.engine import EngineRefused, installed_engine
from baileo.config.runtime.postgres import NAME, socket_folder

# Connection words of libpq and the variables that its programs read.
VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}


def run_program(env: Environment, program: str, arguments: Sequence[str]) -> int:
    """Run one with the connection set for it; its exit code. Raises `EngineRefused` for a program that we have not."""
    programs = {path.name: path for path in (installed_engine() / "bin").iterdir()}
    if program not in programs:
        raise EngineRefused(f"There is no PostgreSQL program {program!r}. There are: {', '.join(sorted(programs))}.")
    ours = {name: value for name, value in os.environ.items() if not name.startswith("BAILEO_")}
    return subprocess.run([programs[program], *arguments], env=ours | connection_variables(env), check=False).returncode


def connection_variables(env: Environment) -> dict[str, str]:
    """The connection as variables, not as arguments: the machine's process list shows those."""
    if not env.database_url:
        return {"PGHOST": str(socket_folder(env.data_dir)), "PGUSER": NAME, "PGDATABASE": NAME}
    parts = conninfo_to_dict(env.database_url)
    return {VARIABLES[word]: str(value) for word, value in parts.items() if word in VARIABLES}
