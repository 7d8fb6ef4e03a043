"""The supervisor with real, tiny processes."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from baileo.config.runtime.children import Child, Pauses, start_python
from baileo.config.runtime.output import Output
from baileo.config.runtime.supervisor import StopAsked, Supervisor

QUICK = Pauses(first_s=0.01, longest_s=0.02)
SLEEP = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def a_child(name: str, code: str) -> Child:
    def start(output: int) -> Any:
        return start_python(["-c", code], output, environment=dict(os.environ))

    return Child(name, start, pauses=QUICK)


class Room:
    """A supervisor, its status file and its words."""

    def __init__(self, folder: Path) -> None:
        self.output = Output(folder / "logs")
        self.status_file = folder / "processes.json"

    def supervisor(self, *children: Child, foundation: Child | None = None) -> Supervisor:
        return Supervisor(children, output=self.output, status_file=self.status_file, foundation=foundation)

    def told(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.status_file.read_text())["processes"][name]
        return found

    def until(self, supervisor: Supervisor, is_so: Callable[[], bool]) -> None:
        give_up = time.monotonic() + 20
        while not is_so():
            assert time.monotonic() < give_up, "it never came to be"
            supervisor.tick()
            self.output.pump(0.01)


@pytest.fixture
def room(tmp_path: Path) -> Any:
    made = Room(tmp_path)
    yield made
    made.output.close()


def test_a_process_that_dies_is_started_again_and_that_is_told(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    child = a_child("web", "raise SystemExit(3)")
    supervisor = room.supervisor(child)
    supervisor.start()
    room.until(supervisor, lambda: child.restarts >= 2)
    assert room.told("web")["restarts"] >= 1
    assert room.told("web")["last_exit"] == "exit code 3"
    supervisor.stop()
    assert "web ended (exit code 3); starting again" in capsys.readouterr().err


def test_a_process_killed_from_outside_comes_back_with_another_number(room: Room) -> None:
    child = a_child("worker", SLEEP)
    supervisor = room.supervisor(child)
    supervisor.start()
    first = room.told("worker")["pid"]
    os.kill(first, signal.SIGKILL)
    room.until(supervisor, lambda: child.restarts == 1)
    assert room.told("worker")["pid"] not in {first, None}
    supervisor.stop()


def test_stopping_takes_even_those_who_do_not_listen(room: Room, tmp_path: Path) -> None:
    stubborn = a_child("stubborn", STUBBORN)
    supervisor = room.supervisor(stubborn, a_child("good", SLEEP))
    supervisor.start()
    room.until(supervisor, (tmp_path / "logs" / "stubborn.log").exists)
    pids = [room.told(name)["pid"] for name in ("stubborn", "good")]
    supervisor.stop()
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert {room.told(name)["state"] for name in ("stubborn", "good")} == {"stopped"}


def test_the_foundation_stops_after_everybody_else(room: Room, tmp_path: Path) -> None:
    base = a_child(
        "base",
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(f'base leaves at {time.monotonic()}'))\n"
        "print('up', flush=True); time.sleep(60)",
    )
    top = a_child(
        "top",
        "import signal, sys, time\n"
        "def leave(*_): time.sleep(0.3); sys.exit(f'top leaves at {time.monotonic()}')\n"
        "signal.signal(signal.SIGTERM, leave); print('up', flush=True); time.sleep(60)",
    )
    supervisor = room.supervisor(top, foundation=base)
    supervisor.start_foundation()
    supervisor.start()
    logs = tmp_path / "logs"
    room.until(supervisor, lambda: (logs / "base.log").exists() and (logs / "top.log").exists())
    supervisor.stop()
    left = [float((logs / f"{name}.log").read_text().split()[-1]) for name in ("top", "base")]
    assert left == sorted(left)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_ends_the_run(room: Room, number: signal.Signals) -> None:
    asks = f"import os; os.kill(os.getppid(), {int(number)}); import time; time.sleep(60)"
    supervisor = room.supervisor(a_child("asks", asks))
    with supervisor.listening():
        supervisor.run()
        supervisor.stop()
    assert room.told("asks")["state"] == "stopped"


def test_signals_mean_again_what_they_meant_before(room: Room) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with room.supervisor().listening():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_nohup_told_us_to_ignore_stays_ignored(room: Room) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with room.supervisor().listening():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) != signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_command_runs_to_its_end_and_its_code_comes_back(room: Room) -> None:
    process = start_python(["-c", "raise SystemExit(4)"], None, environment={})
    assert room.supervisor().wait_for(process) == 4


def test_a_stop_while_getting_ready_ends_the_command(room: Room) -> None:
    supervisor = room.supervisor()
    process = start_python(["-c", SLEEP], None, environment={})
    with supervisor.listening():
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(StopAsked):
            supervisor.wait_for(process)
    assert process.wait(20) == -signal.SIGKILL


def test_the_status_file_is_never_half_written(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = room.supervisor(a_child("web", SLEEP))
    supervisor.start()
    monkeypatch.setattr(Path, "replace", lambda self, target: None)  # a crash just before the file is put in place
    for _ in range(3):
        supervisor.tick()
    assert room.told("web")["state"] == "running"
    monkeypatch.undo()
    supervisor.stop()


def test_the_status_file_tells_who_supervises(room: Room) -> None:
    supervisor = room.supervisor(a_child("web", SLEEP))
    supervisor.start()
    assert json.loads(room.status_file.read_text())["supervisor_pid"] == os.getpid()
    supervisor.stop()
