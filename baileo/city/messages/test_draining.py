from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from baileo.city.messages import draining
from baileo.city.messages.draining import Drain


class Queue:
    """Work that waits, taken a few at a time by `step`."""

    def __init__(self, waiting: int = 0, slow_s: float = 0.0) -> None:
        self.waiting, self.done, self.at_work, self.most_at_work = waiting, 0, 0, 0
        self.slow_s = slow_s
        self.lock = threading.Lock()

    def add(self, count: int = 1) -> None:
        with self.lock:
            self.waiting += count

    def step(self) -> int:
        with self.lock:
            self.at_work += 1
            self.most_at_work = max(self.most_at_work, self.at_work)
            taken = min(self.waiting, 3)
            self.waiting -= taken
        time.sleep(self.slow_s)
        with self.lock:
            self.at_work -= 1
            self.done += taken
        return taken


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(draining, "wake", names.append)
    return names


def test_everything_that_waits_is_done() -> None:
    queue = Queue(10)
    assert Drain("q", queue.step).run() == 10
    assert (queue.waiting, queue.done) == (0, 10)


def test_a_queue_that_never_ends_gives_its_place_back(monkeypatch: pytest.MonkeyPatch, woken: list[str]) -> None:
    monkeypatch.setattr(draining, "LONGEST_RUN_S", -1.0)
    drain = Drain("q", lambda: 5)
    assert drain.run() == 5
    assert drain.run() == 5
    assert woken == ["q", "q"]


@pytest.mark.parametrize("at_most", [1, 2])
def test_no_more_than_the_allowed_number_work_at_once(at_most: int) -> None:
    queue = Queue(60, slow_s=0.005)
    drain = Drain("q", queue.step, at_most)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: drain.run(), range(6)))
    assert queue.done == 60
    assert queue.most_at_work <= at_most


def test_an_error_gives_the_place_back() -> None:
    def fail() -> int:
        raise KeyError("a bug")

    drain = Drain("q", fail)
    for _ in range(3):
        with pytest.raises(KeyError):
            drain.run()


def test_no_news_is_ever_left_lying() -> None:
    """Whoever adds work and then runs may be turned away, but then somebody else does that work."""
    queue = Queue(slow_s=0.0002)
    drain = Drain("q", queue.step)
    luck = random.Random(7)
    pauses = [luck.random() * 0.001 for _ in range(300)]

    def bring(pause_s: float) -> None:
        time.sleep(pause_s)
        queue.add()
        drain.run()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(bring, pauses))
    assert (queue.waiting, queue.done) == (0, 300)
