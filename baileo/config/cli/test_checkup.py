"""`baileo doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from baileo.config.cli import checkup
from baileo.config.environment import Environment
from baileo.core.errors import BaileoError
from baileo.web.api.health import Check

GOOD = Check("database", "connection", "ok", "PostgreSQL 18 answers.")
SLOW = Check("queue", "outbox", "warn", "The oldest waits 3 minutes.", "Look at the worker.")
DEAD = Check("processes", "worker", "fail", "No worker gives a sign of life.", "Start `baileo worker`.")


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    @contextmanager
    def there(env: Environment) -> Iterator[None]:
        yield

    monkeypatch.setattr(checkup, "database_of", there)
    monkeypatch.setenv("COLUMNS", "200")
    return Environment(data_dir=tmp_path)


@pytest.mark.parametrize(("found", "code"), [([GOOD], 0), ([GOOD, SLOW], 0), ([GOOD, DEAD, SLOW], 1)])
def test_only_what_is_broken_makes_it_fail(
    env: Environment, monkeypatch: pytest.MonkeyPatch, found: list[Check], code: int
) -> None:
    monkeypatch.setattr(checkup, "checks", lambda: found)
    assert checkup.examine(env) == code


def test_each_check_is_told_with_what_to_do(
    env: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(checkup, "checks", lambda: [GOOD, DEAD])
    checkup.examine(env)
    said = capsys.readouterr().out
    for words in ("PostgreSQL 18 answers.", "No worker gives a sign of life.", "Start `baileo worker`.", "broken"):
        assert words in said


def test_a_database_that_cannot_even_start_is_part_of_the_answer(
    env: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(env: Environment) -> None:
        raise BaileoError("The database in /data belongs to another user of this machine.")

    monkeypatch.setattr(checkup, "database_of", fails)
    monkeypatch.setattr(checkup, "checks", lambda: [DEAD])
    assert checkup.examine(env) == 1
    assert "belongs to another user" in capsys.readouterr().out


def test_looking_at_a_city_that_stands_still_says_so(
    env: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(checkup, "checks", lambda: [GOOD])
    checkup.examine(env)
    assert "does not run on this data folder" in capsys.readouterr().out
