"""The watch process."""

from __future__ import annotations

import threading

import pytest

from baileo.config.runtime.watch import loops, run_loops


def waits(stop: threading.Event) -> None:
    stop.wait()


def breaks(stop: threading.Event) -> None:
    raise RuntimeError("a provider answered nonsense")


def leaves(stop: threading.Event) -> None:
    return None


def test_the_rooms_loops_are_found() -> None:
    assert set(loops()) == {"messages", "service_requests"}


def test_it_ends_well_when_told_to_stop() -> None:
    stop = threading.Event()
    stop.set()
    assert run_loops({"one": waits, "two": waits}, stop)


@pytest.mark.parametrize("loop", [breaks, leaves])
def test_one_loop_that_ends_by_itself_ends_the_process_so_that_it_is_started_again(
    loop: object, caplog: pytest.LogCaptureFixture
) -> None:
    stop = threading.Event()
    assert not run_loops({"good": waits, "bad": loop}, stop)  # type: ignore[dict-item]
    assert stop.is_set()


def test_a_broken_loop_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    run_loops({"messages": breaks}, threading.Event())
    assert "The loop of messages broke." in caplog.text
