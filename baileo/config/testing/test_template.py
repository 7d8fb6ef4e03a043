"""The migrated database that tests begin from."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.db import connection

from baileo.config.testing import template


def ask(query: str) -> object:
    with psycopg.connect(os.environ["BAILEO_DATABASE_URL"], autocommit=True) as server:
        row = server.execute(query.encode()).fetchone()
    return row and row[0]


@pytest.mark.django_db
def test_this_database_began_as_a_copy_of_it() -> None:
    name = connection.settings_dict["TEST"]["TEMPLATE"]
    assert ask(f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == 1
    assert name == template.template_database()


def test_another_migration_makes_another_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Config:
        label = "room"
        path = str(tmp_path)

    monkeypatch.setattr(apps, "get_app_configs", lambda: [Config])
    (tmp_path / "migrations").mkdir()
    before = template._digest()
    (tmp_path / "migrations" / "0001_initial.py").write_text("first")
    after = template._digest()
    (tmp_path / "migrations" / "0001_initial.py").write_text("changed")
    assert len({before, after, template._digest()}) == 3


def test_a_cache_that_is_a_link_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"baileo-test-templates-{os.geteuid()}").symlink_to(tmp_path / "elsewhere")
    found = template._cache_folder()
    assert found.parent != tmp_path / "elsewhere"
    assert not found.is_symlink()
    found.rmdir()


def test_only_the_latest_dumps_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template, "_migrate", lambda database: None)

    def dumps(url: str, program: str, *arguments: str) -> bool:
        if program == "pg_dump":
            Path(arguments[2]).touch()
        return program == "pg_dump"

    monkeypatch.setattr(template, "_program", dumps)
    for number in range(template.DUMPS_KEPT + 2):
        dump = tmp_path / f"{number}.dump"
        template._fill("x", dump, "postgresql:///x")
        os.utime(dump, (number, number))
    assert len(list(tmp_path.glob("*.dump"))) <= template.DUMPS_KEPT + 1
