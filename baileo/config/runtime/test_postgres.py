"""The embedded PostgreSQL, with real servers."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from baileo.config.runtime import engine
from baileo.config.runtime.engine import EngineRefused
from baileo.config.runtime.postgres import (
    LONGEST_SOCKET_PATH,
    SOCKET_FILE,
    EmbeddedPostgres,
    running_pid,
    server_status,
    socket_folder,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


def ask(database: EmbeddedPostgres, query: str) -> object:
    with psycopg.connect(database.url, connect_timeout=10) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def write_down(database: EmbeddedPostgres) -> None:
    with psycopg.connect(database.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS what")


def wait_gone(pid: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and Path(f"/proc/{pid}").exists():
        time.sleep(0.02)


def test_an_empty_folder_becomes_a_running_utf8_database(running: EmbeddedPostgres) -> None:
    assert str(ask(running, "SHOW server_version")).startswith("18")
    assert ask(running, "SHOW server_encoding") == "UTF8"
    assert ask(running, "SELECT lower('ÀMBON')") == "àmbon"


def test_it_speaks_indonesian(running: EmbeddedPostgres) -> None:
    assert ask(running, "SELECT to_tsvector('indonesian', 'lampu jalanan')::text") == "'jalan':2 'lampu':1"


def test_nothing_listens_beyond_the_folder(running: EmbeddedPostgres) -> None:
    assert ask(running, "SHOW listen_addresses") == ""
    assert ask(running, "SHOW unix_socket_directories") == str(running.cluster)
    assert stat.S_IMODE(running.cluster.stat().st_mode) == 0o700


def test_statements_with_personal_data_are_not_logged(running: EmbeddedPostgres) -> None:
    assert ask(running, "SHOW log_min_error_statement") == "panic"
    assert ask(running, "SHOW log_error_verbosity") == "terse"


def test_what_was_committed_is_there_after_a_stop_and_a_start(folder: Path) -> None:
    with EmbeddedPostgres(folder, careless=True) as database:
        write_down(database)
    assert running_pid(folder / "postgres") is None
    with EmbeddedPostgres(folder, careless=True) as database:
        assert ask(database, "SELECT what FROM kept") == 42


def test_a_running_server_of_the_folder_is_joined_and_left_running(running: EmbeddedPostgres) -> None:
    with EmbeddedPostgres(running.data_dir) as second:
        assert second.joined
        write_down(second)
    assert ask(running, "SELECT what FROM kept") == 42
    assert not running.joined


def test_a_server_that_was_killed_is_started_again_with_its_data(folder: Path) -> None:
    first = EmbeddedPostgres(folder)
    first.start()
    write_down(first)
    pid = running_pid(first.cluster)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert first.process is not None
    first.process.wait(20)
    second = EmbeddedPostgres(folder)
    for _ in range(20):  # orphaned server processes need a moment to notice
        try:
            second.start()
            break
        except EngineRefused:
            time.sleep(0.2)
    try:
        assert ask(second, "SELECT what FROM kept") == 42
    finally:
        second.stop()


def test_a_stale_pid_file_that_names_another_program_is_survived(folder: Path) -> None:
    with EmbeddedPostgres(folder, careless=True) as database:
        lines = (database.cluster / "postmaster.pid").read_text().splitlines()
    lines[0] = str(os.getpid())  # as after a power cut: the number now belongs to somebody else
    (folder / "postgres" / "postmaster.pid").write_text("\n".join(lines))
    with EmbeddedPostgres(folder, careless=True) as database:
        assert ask(database, "SELECT 1") == 1


def test_a_server_without_its_supervisor_ends(folder: Path) -> None:
    code = (
        "import sys, pathlib, time\n"
        "from baileo.config.runtime.postgres import EmbeddedPostgres\n"
        "EmbeddedPostgres(pathlib.Path(sys.argv[1]), careless=True).start()\n"
        "print('up', flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == b"up\n"
        pid = running_pid(folder / "postgres")
        assert pid is not None
        supervisor.kill()
    wait_gone(pid)
    assert running_pid(folder / "postgres") is None


def test_an_unfinished_first_start_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = EmbeddedPostgres(folder, careless=True)
    monkeypatch.setattr(database, "_initdb", lambda draft: (_ for _ in ()).throw(EngineRefused("disk full")))
    with pytest.raises(EngineRefused, match="disk full"):
        database.prepare()
    assert [path.name for path in folder.iterdir()] == []


def test_a_database_of_another_version_is_refused_in_one_sentence(folder: Path) -> None:
    EmbeddedPostgres(folder, careless=True).prepare()
    (folder / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EngineRefused, match="is of PostgreSQL 16, this Baileo brings 18"):
        EmbeddedPostgres(folder).prepare()


def test_a_folder_that_is_no_database_is_refused(folder: Path) -> None:
    (folder / "postgres").mkdir()
    with pytest.raises(EngineRefused, match="is no PostgreSQL database"):
        EmbeddedPostgres(folder).prepare()


def test_a_database_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    EmbeddedPostgres(folder, careless=True).prepare()
    owner = (folder / "postgres").stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(EngineRefused, match="belongs to another user of this machine"):
        EmbeddedPostgres(folder).prepare()


@pytest.mark.parametrize("name", ["x" * 120, "with space, comma"])
def test_a_path_that_no_socket_can_have_gets_a_short_one_that_is_remembered(folder: Path, name: str) -> None:
    data_dir = folder / name
    data_dir.mkdir(mode=0o711)
    with EmbeddedPostgres(data_dir, careless=True) as database:
        sockets = socket_folder(data_dir)
        assert len(str(sockets / SOCKET_FILE)) <= LONGEST_SOCKET_PATH
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert ask(database, "SELECT 1") == 1
    with EmbeddedPostgres(data_dir, careless=True):
        assert socket_folder(data_dir) == sockets
    sockets.rmdir()


def test_a_server_that_cannot_start_says_so(folder: Path) -> None:
    database = EmbeddedPostgres(folder, careless=True)
    database.prepare()
    database.settings["shared_buffers"] = "nonsense"
    database.launch(output=subprocess.DEVNULL)
    with pytest.raises(EngineRefused, match="stopped while starting"):
        database.wait_ready()


def test_passwords_of_ours_do_not_reach_the_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAILEO_ADMIN_PASSWORD", "not for the database")
    with EmbeddedPostgres(folder, careless=True) as database:
        pid = running_pid(database.cluster)
        assert b"not for the database" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_without_a_server_there_is_no_status(folder: Path) -> None:
    assert server_status(folder / "postgres") == ""
    assert running_pid(folder / "postgres") is None


@as_root
def test_root_hands_the_database_to_somebody_unprivileged(running: EmbeddedPostgres) -> None:
    assert running.cluster.stat().st_uid != 0
    pid = running_pid(running.cluster)
    assert Path(f"/proc/{pid}").stat().st_uid != 0


@as_root
def test_a_folder_that_the_database_user_cannot_enter_is_linked_and_not_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = folder / "root-home"
    private.mkdir(mode=0o700)
    monkeypatch.setattr(engine, "SHARED_HOME", folder / "var-lib")
    with EmbeddedPostgres(private / "data", careless=True) as database:
        assert ask(database, "SELECT 1") == 1
        assert database.cluster.is_symlink()
        assert str(folder / "var-lib") in database.notice
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@as_root
def test_an_engine_that_the_database_user_cannot_reach_is_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = folder / "hidden"
    hidden.mkdir(mode=0o700)
    installed = engine.installed_engine()
    wheel = hidden / installed.parent.name
    for link, target in ((wheel, installed.parent), (Path(f"{wheel}.libs"), Path(f"{installed.parent}.libs"))):
        link.symlink_to(target)
    monkeypatch.setattr(engine, "installed_engine", lambda: wheel / installed.name)
    data_dir = folder / "data"
    data_dir.mkdir(mode=0o711)
    before = os.umask(0o077)
    try:
        with EmbeddedPostgres(data_dir, careless=True) as database:
            assert ask(database, "SELECT 1") == 1
    finally:
        os.umask(before)
    assert [path.name.startswith("18.") for path in (data_dir / "engine").iterdir()] == [True]
