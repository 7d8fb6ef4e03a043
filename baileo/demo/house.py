"""A whole Baileo in a folder of its own, started as an operator starts it. For journeys, benchmarks and the curious."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psycopg

PATIENCE_S = 90.0


class HouseFailed(Exception):
    """The house did not come up; the message carries what it printed last."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """`with House(folder) as house:` runs `baileo up` until the block ends. Data stays in `folder`."""

    def __init__(self, folder: Path, *, port: int = 0, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "up.log"
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = self._settings()
        command = [
            sys.executable,
            "-m",
            "baileo.config.cli",
            "up",
            "--data",
            str(self.folder),
            "--port",
            str(self.port),
        ]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
        self.wait_until_healthy()

    def _settings(self) -> dict[str, str]:
        """The environment of this house: none of our own settings may reach into it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BAILEO_")}
        return kept | {"BAILEO_PUBLIC_URL": self.url} | self._environment

    def stop(self, *, patience_s: float = 10.0) -> float:
        """SIGTERM as an operator's Ctrl-C; returns how long it took, in seconds."""
        if self._process is None or self._process.poll() is not None:
            return 0.0
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        return time.monotonic() - began

    def wait_until_healthy(self, patience_s: float = PATIENCE_S) -> None:
        """Until every process runs and the database answers."""
        ends = time.monotonic() + patience_s
        while time.monotonic() < ends:
            if self._process is not None and self._process.poll() is not None:
                raise HouseFailed(f"`baileo up` ended with {self._process.returncode}:\n{self._tail()}")
            if self.health().get("status") in {"ok", "degraded"} and self._all_run():
                return
            time.sleep(0.1)
        raise HouseFailed(f"not healthy after {patience_s} s: {self.health()}\n{self._tail()}")

    def _all_run(self) -> bool:
        states = [entry.get("state") for entry in self.processes().values()]
        return bool(states) and all(state == "running" for state in states)

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def health(self) -> dict[str, Any]:
        try:
            answer = httpx.get(f"{self.url}/healthz", timeout=5)
            return dict(answer.json())
        except (httpx.HTTPError, ValueError):
            return {}

    def processes(self) -> dict[str, dict[str, Any]]:
        """name -> {pid, state, restarts}, from the supervisor's own file."""
        try:
            told = json.loads((self.folder / "run" / "processes.json").read_text())["processes"]
        except (OSError, ValueError, KeyError):
            return {}
        return told if isinstance(told, dict) else {entry["name"]: entry for entry in told}

    def pid(self, name: str) -> int:
        return int(self.processes()[name]["pid"])

    @property
    def supervisor_pid(self) -> int:
        if self._process is None:
            raise HouseFailed("the house was not started")
        return self._process.pid

    def database(self) -> psycopg.Connection[Any]:
        """A connection of one's own to the embedded database."""
        return psycopg.connect(self.database_url, autocommit=True)

    @property
    def database_url(self) -> str:
        """The socket that PostgreSQL names in its own pid file: line 4 the port, line 5 the folder of the socket."""
        lines = (self.folder / "postgres" / "postmaster.pid").read_text().splitlines()
        return f"host={lines[4]} port={lines[3]} dbname=baileo user=baileo"

    def django(self, code: str) -> str:
        """Run a few lines inside the house's own settings, as a developer's shell would; returns what they print."""
        environment = self._settings() | {
            "BAILEO_DATA_DIR": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "baileo.config.settings",
        }
        script = "import django; django.setup()\n" + code
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise HouseFailed(done.stderr[-2000:])
        return done.stdout
