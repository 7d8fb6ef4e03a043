"""For tests: a webhook that remembers what was posted to it, and clients that may reach a simulator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from baileo.core.net import HttpClient
from baileo.demo.providers.server import Answer, Call, LoopbackServer


class Receiver(LoopbackServer):
    """Answers the next calls with `statuses`, then always with 200."""

    def __init__(self, *statuses: int) -> None:
        self.calls: list[Call] = []
        self.challenge_token = ""
        self._statuses = list(statuses)
        self._changed = Condition()
        super().__init__()

    def answer(self, call: Call) -> Answer:
        if call.method == "GET":
            is_ours = bool(self.challenge_token) and call.query.get("hub.verify_token") == self.challenge_token
            return Answer(200, content=call.query["hub.challenge"].encode()) if is_ours else Answer(403)
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
            return Answer(self._statuses.pop(0) if self._statuses else 200)

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[Call]:
        """At least `count` calls. Raises `TimeoutError`."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.calls) >= count, timeout_s):
                raise TimeoutError(f"{len(self.calls)} call(s) instead of {count}.")
            return list(self.calls)


@contextmanager
def client_for(server: LoopbackServer) -> Iterator[HttpClient]:
    with HttpClient(allow=(server.host_port,)) as http:
        yield http
