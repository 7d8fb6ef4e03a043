"""Calls a webhook the way providers do: several at a time, again with growing pauses until somebody says 200."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Condition, Thread
from urllib.parse import urlsplit

from baileo.core.errors import BaileoError
from baileo.core.net import HttpClient

# WhatsApp goes on for up to 7 days, Telegram "a reasonable amount of attempts"; a demo is shorter.
PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
SLOWEST_ANSWER_S = 20.0


@dataclass
class Delivery:
    """One body on its way. `statuses` are the answers so far; 0 stands for none at all."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    statuses: list[int] = field(default_factory=list)
    is_done: bool = False

    @property
    def is_taken(self) -> bool:
        return bool(self.statuses) and 200 <= self.statuses[-1] < 300


class WebhookPoster:
    """A queue of deliveries and a few threads that work it off. `on_trouble` hears the words of the last failure."""

    def __init__(
        self,
        *,
        workers: int = 4,
        pauses_s: tuple[float, ...] = PAUSES_S,
        on_trouble: Callable[[str], None],
    ) -> None:
        self._pauses_s = pauses_s
        self._on_trouble = on_trouble
        self._queue: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._changed = Condition()
        self._busy = 0
        self._is_stopping = False
        self._clients: dict[str, HttpClient] = {}
        self._threads = [Thread(target=self._work, daemon=True) for _ in range(workers)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Deliveries still waiting are dropped, as when a provider gives up."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)
        for client in self._clients.values():
            client.close()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, after_s: float = 0.0) -> Delivery:
        delivery = Delivery(url, body, {"content-type": "application/json", **headers})
        self._put(delivery, after_s)
        return delivery

    def waiting(self) -> int:
        with self._changed:
            return len(self._queue) + self._busy

    def wait_until_quiet(self, timeout_s: float = 10.0) -> bool:
        """True when every delivery is done, taken or given up, within `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._busy, timeout_s)

    def _put(self, delivery: Delivery, after_s: float) -> None:
        with self._changed:
            heapq.heappush(self._queue, (time.monotonic() + after_s, next(self._order), delivery))
            self._changed.notify_all()

    def _take(self) -> Delivery | None:
        """The next delivery that is due; None when stopping."""
        with self._changed:
            while not self._is_stopping:
                wait_s = self._queue[0][0] - time.monotonic() if self._queue else None
                if wait_s is not None and wait_s <= 0:
                    self._busy += 1
                    return heapq.heappop(self._queue)[2]
                self._changed.wait(wait_s)
            return None

    def _work(self) -> None:
        while (delivery := self._take()) is not None:
            status = self._call(delivery)
            delivery.statuses.append(status)
            tries = len(delivery.statuses)
            is_over = delivery.is_taken or tries > len(self._pauses_s)
            if not is_over:
                self._put(delivery, self._pauses_s[tries - 1])
            with self._changed:
                delivery.is_done = is_over
                self._busy -= 1
                self._changed.notify_all()

    def _call(self, delivery: Delivery) -> int:
        try:
            reply = self._client(delivery.url).post(
                delivery.url, content=delivery.body, headers=delivery.headers, timeout_s=SLOWEST_ANSWER_S
            )
        except BaileoError as error:
            self._on_trouble(str(error))
            return 0
        if not reply.ok:
            self._on_trouble(f"Wrong response from the webhook: {reply.status}")
        return reply.status

    def _client(self, url: str) -> HttpClient:
        host_port = urlsplit(url).netloc
        with self._changed:
            if host_port not in self._clients:
                self._clients[host_port] = HttpClient(allow=(host_port,), user_agent="BaileoDemoProvider")
            return self._clients[host_port]
