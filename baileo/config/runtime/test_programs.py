"""PostgreSQL's own programs on this installation's database."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from baileo.config.environment import Environment
from baileo.config.runtime.database import database_of
from baileo.config.runtime.engine import EngineRefused
from baileo.config.runtime.postgres import EmbeddedPostgres
from baileo.config.runtime.programs import connection_variables, run_program


def test_a_city_moves_to_another_folder_by_dump_and_restore(
    running: EmbeddedPostgres, folder: Path, tmp_path: Path
) -> None:
    with psycopg.connect(running.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS what")
    dump = tmp_path / "city.dump"
    assert run_program(Environment(data_dir=running.data_dir), "pg_dump", ["-Fc", "-f", str(dump)]) == 0
    new = Environment(data_dir=folder / "new")
    with database_of(new):
        assert run_program(new, "pg_restore", ["-d", "baileo", "--exit-on-error", str(dump)]) == 0
        with psycopg.connect(EmbeddedPostgres(new.data_dir).url) as connection:
            assert connection.execute("SELECT what FROM kept").fetchone() == (42,)


def test_the_programs_exit_code_comes_back(running: EmbeddedPostgres) -> None:
    env = Environment(data_dir=running.data_dir)
    assert run_program(env, "psql", ["-qc", "SELECT 1", "-o", "/dev/null"]) == 0
    assert run_program(env, "psql", ["-qc", "SELECT no_such_thing"]) == 1


@pytest.mark.parametrize("program", ["rm", "../../bin/rm", "/bin/rm"])
def test_only_postgresqls_programs_are_run(folder: Path, program: str) -> None:
    with pytest.raises(EngineRefused, match="There is no PostgreSQL program"):
        run_program(Environment(data_dir=folder), program, [])


def test_a_database_of_ones_own_is_reached_without_showing_its_password() -> None:
    env = Environment(database_url="postgresql://ana:p%40ss@db.local:5433/kota?sslmode=require")
    assert connection_variables(env) == {
        "PGHOST": "db.local",
        "PGPORT": "5433",
        "PGUSER": "ana",
        "PGPASSWORD": "p@ss",
        "PGDATABASE": "kota",
        "PGSSLMODE": "require",
    }
