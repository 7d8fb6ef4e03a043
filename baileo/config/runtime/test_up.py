"""`baileo up` as an operator meets it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

from baileo.config.runtime.postgres import EmbeddedPostgres, running_pid, socket_folder
from baileo.config.testing import a_folder, without_settings

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("up")]
COMMAND = [sys.executable, "-m", "baileo.config.cli", "up", "--port", "0"]
EVERYBODY = {"postgres", "web", "worker", "watch"}
PATIENCE_S = 90.0


class Running:
    """One `baileo up`."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self.folder = folder
        self.first_words = ""
        self.environment = dict(environment)
        self.process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            COMMAND, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said = ""
        return process

    def again(self) -> None:
        self.process = self._start()

    def until(self, is_so: Callable[[], bool]) -> None:
        give_up = time.monotonic() + PATIENCE_S
        while not is_so():
            assert self.process.poll() is None, self.said + (self.process.stdout.read() if self.process.stdout else "")
            assert time.monotonic() < give_up, self.said
            self._listen()

    def until_all_run(self) -> None:
        self.until(lambda: {name for name, told in self.told().items() if told["state"] == "running"} == EVERYBODY)
        self.until(lambda: "Baileo answers on " in self.said)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        if select.select([self.process.stdout], [], [], 0.05)[0]:
            self.said += self.process.stdout.readline()

    def told(self) -> dict[str, Any]:
        path = self.folder / "run" / "processes.json"
        if not path.exists():
            return {}
        found: dict[str, Any] = json.loads(path.read_text())
        return found["processes"] if found["supervisor_pid"] == self.process.pid else {}

    def ask(self, query: str) -> Any:
        where = socket_folder(self.folder)
        with psycopg.connect(host=str(where), user="baileo", dbname="baileo") as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=PATIENCE_S)
        self.said += rest
        return self.process.returncode


@pytest.fixture(scope="module")
def house() -> Iterator[Running]:
    """One city for this file: a first start takes a while."""
    with a_folder() as folder:
        running = Running(without_settings() | {"BAILEO_DATA_DIR": str(folder)}, folder)
        running.until_all_run()
        running.first_words = running.said
        yield running
        if running.process.poll() is None:
            running.stop()


@pytest.fixture
def city(house: Running) -> Running:
    """It runs, whatever the test before did to it."""
    if house.process.poll() is not None:
        house.again()
    house.until_all_run()
    return house


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_gone(pids: list[int]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_from_an_empty_folder_to_a_city_and_back(city: Running) -> None:
    assert "First administrator: " in city.first_words
    assert city.ask("SELECT count(*) FROM places_area") >= 56
    pids = [told["pid"] for told in city.told().values()]
    assert city.stop() == 0
    wait_gone(pids)
    assert running_pid(city.folder / "postgres") is None
    logs = "".join(path.read_text() for path in (city.folder / "logs").iterdir())
    password = city.first_words.split("password: ")[1].split()[0]
    assert password not in logs
    city.again()
    city.until_all_run()
    assert "First administrator: " not in city.said
    assert city.stop(signal.SIGINT) == 0


def test_a_second_start_on_the_same_folder_is_refused_and_harms_nothing(city: Running) -> None:
    second = subprocess.run(COMMAND, env=city.environment, capture_output=True, text=True, check=False, timeout=60)
    assert second.returncode == 1
    assert f"Baileo already runs with the data folder {city.folder}" in second.stderr
    assert "Traceback" not in second.stderr
    assert city.ask("SELECT 1") == 1


def test_killed_without_warning_it_leaves_nobody_behind_and_starts_again(city: Running) -> None:
    pids = [told["pid"] for told in city.told().values()]
    city.process.kill()
    city.process.communicate()
    wait_gone(pids)
    city.again()
    city.until_all_run()
    assert city.ask("SELECT count(*) FROM places_area") >= 56


def test_whatever_dies_comes_back(city: Running) -> None:
    for name in ("watch", "postgres"):
        before = city.told()[name]["pid"]
        os.kill(before, signal.SIGKILL)
        city.until(
            lambda name=name, before=before: city.told().get(name, {}).get("pid") not in {before, None}  # type: ignore[misc]
        )
        assert city.told()[name]["restarts"] >= 1
    city.until(lambda: {told["state"] for told in city.told().values()} == {"running"})
    assert city.stop() == 0


def test_a_database_of_a_newer_version_is_refused_and_everything_stops_again(city: Running) -> None:
    city.ask("INSERT INTO django_migrations (app, name, applied) VALUES ('ledger', '9999_future', now()) RETURNING id")
    assert city.stop() == 0
    done = subprocess.run(COMMAND, env=city.environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "was made by a newer Baileo (it has ledger.9999_future" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert running_pid(city.folder / "postgres") is None
    with EmbeddedPostgres(city.folder):
        city.ask("DELETE FROM django_migrations WHERE name = '9999_future' RETURNING id")
