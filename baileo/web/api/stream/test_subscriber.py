"""One browser's queue: bounded, and honest about what it could not keep."""

from __future__ import annotations

import asyncio

from baileo.ground.people.access import Access
from baileo.web.api.stream.subscriber import Subscriber
from baileo.web.api.stream.viewer import Viewer


def a_subscriber(waiting_most: int = 100) -> Subscriber:
    return Subscriber(Viewer(1, Access()), "session", as_wall=False, waiting_most=waiting_most)


async def test_everything_that_waits_is_taken_at_once_in_order() -> None:
    subscriber = a_subscriber()
    for chunk in (b"a", b"b", b"", b"c"):
        subscriber.offer(chunk)
    assert await subscriber.take() == b"abc"


async def test_taking_waits_for_news() -> None:
    subscriber = a_subscriber()
    taking = asyncio.create_task(subscriber.take())
    await asyncio.sleep(0)
    assert not taking.done()
    subscriber.offer(b"a")
    assert await taking == b"a"


async def test_what_lies_too_long_is_replaced_by_a_reset_and_the_end() -> None:
    subscriber = a_subscriber(waiting_most=10)
    for _ in range(3):
        subscriber.offer(b"12345")
    subscriber.offer(b"late")
    assert await subscriber.take() == b'event: reset\ndata: {"reason":"too_slow"}\n\n'
    assert await subscriber.take() == b""


async def test_one_bulk_change_alone_is_never_too_much() -> None:
    subscriber = a_subscriber(waiting_most=10)
    subscriber.offer(b"x" * 1000)
    assert await subscriber.take() == b"x" * 1000


async def test_taking_makes_room_again() -> None:
    subscriber = a_subscriber(waiting_most=10)
    for _ in range(5):
        subscriber.offer(b"1234567890")
        await subscriber.take()
    assert not subscriber.ended.is_set()


async def test_a_long_replay_does_not_count_as_slowness() -> None:
    subscriber = a_subscriber(waiting_most=10)
    subscriber.begin(b"x" * 1000)
    subscriber.offer(b"1234567890")
    assert len(await subscriber.take()) == 1010


async def test_an_end_without_reset_still_delivers_what_waits() -> None:
    subscriber = a_subscriber()
    subscriber.offer(b"last words")
    subscriber.end()
    assert [await subscriber.take(), await subscriber.take()] == [b"last words", b""]
