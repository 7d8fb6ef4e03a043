"""One supervised process."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

from baileo.config.runtime.children import Child, Pauses, exit_in_words, start_python
from baileo.core.errors import BaileoError


class FakeProcess:
    """A process that ends when told."""

    pid = 7

    def __init__(self) -> None:
        self.code: int | None = None
        self.told: list[int] = []

    def poll(self) -> int | None:
        return self.code

    def send_signal(self, sig: int, /) -> None:
        self.told.append(sig)


@pytest.fixture
def process() -> FakeProcess:
    return FakeProcess()


@pytest.fixture
def child(process: FakeProcess) -> Child:
    def start(output: int) -> FakeProcess:
        process.code = None
        return process

    return Child("web", start, pauses=Pauses(first_s=1, longest_s=30, healthy_after_s=60))


def dies(child: Child, process: FakeProcess, at_s: float) -> float:
    """Let it die at that moment; how long it then waits."""
    process.code = 1
    assert child.look(at_s)
    return child.due_in_s(at_s)


def test_a_process_that_keeps_dying_waits_longer_each_time_but_never_forever(
    child: Child, process: FakeProcess
) -> None:
    child.launch(0, 0)
    waits = []
    for _ in range(8):
        waits.append(dies(child, process, 0))
        child.again(0, 0)
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]
    assert child.restarts == 8


def test_a_process_that_was_healthy_begins_again_with_a_short_pause(child: Child, process: FakeProcess) -> None:
    child.launch(0, 0)
    dies(child, process, 0)
    child.again(0, 1)
    dies(child, process, 2)
    child.again(0, 4)
    assert dies(child, process, 4 + 60) == 1


def test_it_is_not_started_before_its_pause_is_over(child: Child, process: FakeProcess) -> None:
    child.launch(0, 0)
    dies(child, process, 10)
    assert [child.is_due(10.5), child.is_due(11)] == [False, True]


def test_what_is_told_names_state_process_and_last_exit(child: Child, process: FakeProcess) -> None:
    child.launch(0, 0)
    assert (child.told()["state"], child.told()["pid"]) == ("running", 7)
    process.code = -9
    child.look(0)
    assert (child.told()["state"], child.told()["pid"], child.told()["last_exit"]) == (
        "backoff",
        None,
        "killed by SIGKILL",
    )


@pytest.mark.parametrize("error", [OSError(2, "No such file"), BaileoError("no engine")])
def test_one_that_cannot_be_started_is_tried_again_later(error: Exception) -> None:
    def start(output: int) -> FakeProcess:
        raise error

    child = Child("web", start)
    child.launch(0, 0)
    assert child.state == "backoff"
    assert child.last_exit.startswith("could not start: ")


def test_only_a_living_process_is_signalled(child: Child, process: FakeProcess) -> None:
    child.launch(0, 0)
    child.tell(signal.SIGTERM)
    process.code = 0
    child.tell(signal.SIGKILL)
    assert process.told == [signal.SIGTERM]
    assert child.is_gone()
    assert child.state == "stopped"


@pytest.mark.parametrize(
    ("code", "words"), [(0, "exit code 0"), (-15, "killed by SIGTERM"), (-77, "killed by signal 77")]
)
def test_exits_are_told_in_words(code: int, words: str) -> None:
    assert exit_in_words(code) == words


def test_a_started_python_has_its_own_session_and_only_the_descriptors_it_was_given() -> None:
    ours, theirs = os.pipe()
    code = "import os; print(os.getsid(0) == os.getpid(), os.environ.get('ONLY'), len(os.listdir('/proc/self/fd')) < 6)"
    process = start_python(["-c", code], theirs, environment={"ONLY": "this"})
    os.close(theirs)
    with os.fdopen(ours) as said:
        assert said.read() == "True this True\n"
    assert process.wait(20) == 0


def test_a_started_python_dies_with_us_even_by_kill_9() -> None:
    code = (
        "import sys, time\nfrom baileo.config.runtime.children import start_python\n"
        "child = start_python(['-c', 'import time; time.sleep(60)'], None, environment={})\n"
        "print(child.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        descriptor = os.pidfd_open(pid)
        parent.kill()
    poll = select.poll()
    poll.register(descriptor)
    assert poll.poll(20_000), "the child outlived its parent"
    os.close(descriptor)
