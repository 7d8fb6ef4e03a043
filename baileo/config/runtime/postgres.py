"""The embedded PostgreSQL: a real server on a socket inside the data folder, started and stopped by us.

The wheel's own `get_server` is not used: as root it opens the permissions of every parent folder.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from baileo.config.runtime.children import Process
from baileo.config.runtime.engine import MAJOR, EngineRefused, RunAs, engine_for, home_for, run_as_for
from baileo.config.runtime.parent import die_with_parent

NAME = "baileo"  # of the database and of its owner
LONGEST_SOCKET_PATH = 103  # sun_path holds 104 bytes with its end mark on the strictest system (macOS)
SOCKET_FILE = ".s.PGSQL.5432"
READY_WITHIN_S = 60.0  # recovery after a crash replays the log first
STOP_WITHIN_S = 20.0

SETTINGS = {
    "listen_addresses": "",  # never TCP
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "wal_compression": "on",
    "synchronous_commit": "on",  # an accepted message is promised to survive a power cut
    "idle_in_transaction_session_timeout": "60s",  # or the ledger's horizon would stand still
    "jit": "off",
    "io_method": "sync",  # no extra processes for a small database
    "max_parallel_workers_per_gather": "0",
    "autovacuum_max_workers": "2",
    "dynamic_shared_memory_type": "mmap",  # /dev/shm is tiny in containers and swept at log-out
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # statements and details carry personal data
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "log_line_prefix": "",
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # for tests: data may vanish


class EmbeddedPostgres:
    """One server for one data folder. As a context manager it is running inside the block.

    A server of the same folder that already runs is joined, and then not stopped by us.
    """

    def __init__(self, data_dir: Path, *, careless: bool = False) -> None:
        self.data_dir = data_dir.absolute()
        self.settings = SETTINGS | (CARELESS if careless else {})
        self.process: subprocess.Popen[bytes] | None = None
        self.notice = ""  # one line the operator should see, when we had to do something unusual
        self._run_as = RunAs()
        self._engine = Path()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own folder, possibly behind a link."""
        return self.data_dir / "postgres"

    @property
    def joined(self) -> bool:
        """Whether somebody else's server of this folder serves us."""
        return self.process is None and running_pid(self.cluster) is not None

    def start(self) -> None:
        """Returns when queries are answered. Raises `EngineRefused`."""
        self.prepare()
        self.launch()
        self.wait_ready()

    def prepare(self) -> None:
        """Make the cluster if there is none; afterwards `launch` can be called again and again."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._run_as = run_as_for(self.data_dir)
        self._engine = engine_for(self._run_as, self.data_dir)
        if not self.cluster.exists():
            self._make_cluster()
        check_cluster(self.cluster)
        socket_folder(self.data_dir, make=True, run_as=self._run_as)

    def launch(self, output: int | None = None) -> Process:
        """Start the server unless one already serves this folder. `output` receives its log."""
        _wait_while_stopping(self.cluster)
        serving = running_pid(self.cluster)
        if serving is not None:
            return JoinedServer(serving, self.cluster)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)  # left by a server that was killed
        self.process = subprocess.Popen(
            self._server_command(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=_bare_environment(),
            start_new_session=True,  # Ctrl-C in the terminal is for the supervisor; it stops us last
            preexec_fn=die_with_parent(signal.SIGINT, os.getpid()),  # noqa: PLW1509 (one system call; no threads here)
            **self._as_database_user(),
        )
        return self.process

    def wait_ready(self, within_s: float = READY_WITHIN_S) -> None:
        """Raises `EngineRefused` when the server gives up or takes longer."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if self.is_ready():
                return
            time.sleep(0.02)
        raise EngineRefused(
            f"The embedded PostgreSQL in {self.cluster} did not get ready within {within_s:.0f} seconds."
        )

    def is_ready(self) -> bool:
        """Whether queries are answered. Raises `EngineRefused` when the server we started has given up."""
        if server_status(self.cluster) == "ready":
            return True
        if self.process is not None and self.process.poll() is not None:
            raise EngineRefused(
                f"The embedded PostgreSQL in {self.cluster} stopped while starting (exit code "
                f"{self.process.returncode}). Its last words are above; look at free disk space first."
            )
        return False

    def stop(self) -> None:
        """Fast shutdown: open transactions roll back, everything committed is on disk."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)  # still safe: the next start replays the log
                self.process.wait(STOP_WITHIN_S)
        self.process = None

    @property
    def url(self) -> str:
        """Connection string for psycopg and Django; `host` is the folder of the socket."""
        return f"postgresql:///{NAME}?user={NAME}&host={socket_folder(self.data_dir)}"

    def _server_command(self) -> list[str]:
        sockets = socket_folder(self.data_dir)
        chosen = self.settings | {"unix_socket_directories": str(sockets)}
        switches = [switch for name, value in chosen.items() for switch in ("-c", f"{name}={value}")]
        return [str(self._engine / "bin" / "postgres"), "-D", str(self.cluster.resolve()), *switches]

    def _make_cluster(self) -> None:
        home = home_for(self.data_dir, self._run_as)
        if home != self.data_dir:
            self.notice = (
                f"The database is kept in {home}, because PostgreSQL must not run as root "
                f"and its user cannot enter {self.data_dir}."
            )
        draft = Path(tempfile.mkdtemp(prefix=".postgres-new-", dir=home))
        try:
            self._run_as.owns(draft)
            self._initdb(draft)
            draft.rename(home / "postgres")  # a cluster is there whole or not at all
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        if home != self.data_dir:
            self.cluster.symlink_to(home / "postgres")

    def _initdb(self, folder: Path) -> None:
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        safety = ["--auth=trust", "--no-instructions", f"--username={NAME}"]  # the 0700 folder is the lock
        sync = ["--no-sync"] if self.settings.get("fsync") == "off" else []
        self._run("initdb", "-D", str(folder), *locale, *safety, *sync)
        self._run("postgres", "--single", "-D", str(folder), "template1", told=f"CREATE DATABASE {NAME}\n")

    def _run(self, program: str, *arguments: str, told: str = "") -> None:
        done = subprocess.run(
            [str(self._engine / "bin" / program), *arguments],
            input=told,
            capture_output=True,
            check=False,
            text=True,
            cwd="/",
            env=_bare_environment(),
            **self._as_database_user(),
        )
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise EngineRefused(f"{program} could not make the database in {self.data_dir}: {last}")

    def _as_database_user(self) -> dict[str, Any]:
        return self._run_as.popen_arguments()


@dataclass(frozen=True)
class JoinedServer:
    """Somebody else's server that we use: watched like a child, never stopped by us."""

    pid: int
    cluster: Path

    def poll(self) -> int | None:
        return None if running_pid(self.cluster) == self.pid else 0

    def send_signal(self, sig: int, /) -> None:
        """Not ours to stop."""


def check_cluster(cluster: Path) -> None:
    """Raises `EngineRefused` when these files belong to somebody else or to another PostgreSQL."""
    owner = cluster.stat().st_uid
    if os.geteuid() not in (0, owner):
        raise EngineRefused(
            f"The database in {cluster} belongs to another user of this machine (uid {owner}). "
            "Run Baileo as that user or choose another folder with --data."
        )
    version_file = cluster / "PG_VERSION"
    if not version_file.is_file():
        raise EngineRefused(f"{cluster} is no PostgreSQL database. Move it away or choose another folder with --data.")
    version = version_file.read_text(encoding="ascii").strip()
    if version != MAJOR:
        raise EngineRefused(
            f"The database in {cluster} is of PostgreSQL {version}, this Baileo brings {MAJOR}. "
            "Restore a dump into a new data folder; docs/operations.md shows how."
        )


def socket_folder(data_dir: Path, *, make: bool = False, run_as: RunAs | None = None) -> Path:
    """Folder of the server's socket: the cluster itself, or a short private folder when its path is too long.

    The short folder is remembered in `<data_dir>/run/postgres-socket`; `make` creates it when missing.
    """
    cluster = (data_dir.absolute() / "postgres").resolve()  # the server may be unable to follow our link
    if len(os.fsencode(cluster / SOCKET_FILE)) <= LONGEST_SOCKET_PATH and not set(str(cluster)) & set(",\"'\\ %?&"):
        return cluster
    note = data_dir / "run" / "postgres-socket"
    if note.is_file() and (remembered := Path(note.read_text(encoding="utf-8").strip())).is_dir():
        return remembered
    if not make:
        return cluster
    folder = Path(tempfile.mkdtemp(prefix="baileo-", dir="/tmp"))
    (run_as or RunAs()).owns(folder)
    note.parent.mkdir(exist_ok=True)
    note.write_text(str(folder), encoding="utf-8")
    return folder


def running_pid(cluster: Path) -> int | None:
    """Process id of the living server of this folder. A pid that now is another program counts as dead."""
    lines = _pid_file(cluster)
    if not lines or not lines[0].isdigit():
        return None
    try:
        process = psutil.Process(int(lines[0]))
    except psutil.Error:
        return None
    try:
        if process.status() == psutil.STATUS_ZOMBIE or "postgres" not in process.name():
            return None
        return int(process.pid) if str(cluster.resolve()) in process.cmdline() else None
    except psutil.AccessDenied:
        return int(process.pid)  # alive and hidden from us: better refused than started twice
    except psutil.Error:
        return None


def server_status(cluster: Path) -> str:
    """`ready`, `starting`, `stopping` or, without a living server, an empty text."""
    lines = _pid_file(cluster)
    return lines[7].strip() if len(lines) > 7 and running_pid(cluster) is not None else ""


def _pid_file(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _wait_while_stopping(cluster: Path) -> None:
    until = time.monotonic() + STOP_WITHIN_S
    while server_status(cluster) == "stopping" and time.monotonic() < until:
        time.sleep(0.05)


def _bare_environment() -> dict[str, str]:
    """Nothing of ours: passwords in BAILEO_* variables are not the database's business."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
