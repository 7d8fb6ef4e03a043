"""What both simulators share: phones with pages to look at and to type on, webhooks out, trouble on command."""

from __future__ import annotations

import time
from typing import ClassVar, Self
from urllib.parse import quote, unquote

from baileo.demo.providers.phones import Bubble, Phones, phone_list_page, phone_page, talk_page
from baileo.demo.providers.server import Answer, Call, LoopbackServer
from baileo.demo.providers.webhooks import PAUSES_S, WebhookPoster

HTML = "text/html; charset=utf-8"
MOST_FILES = 400  # a demo may run for weeks; the city has long fetched the older ones


class Simulator(LoopbackServer):
    """A provider on loopback. `latency_s` delays every answer of its API; `pauses_s` are between webhook attempts.
    One worker keeps webhook calls in order; several do not, like the real ones.
    """

    provider: ClassVar[str]

    def __init__(
        self, *, port: int | None = 0, latency_s: float = 0.0, pauses_s: tuple[float, ...] = PAUSES_S, workers: int = 4
    ) -> None:
        self.latency_s = latency_s
        self.phones = Phones()
        self.files: dict[str, tuple[bytes, str]] = {}  # id -> bytes, media type
        self.last_trouble = ""
        self.duplicates = 0  # how many of the next webhook calls go out twice
        self.poster = WebhookPoster(workers=workers, pauses_s=pauses_s, on_trouble=self._note_trouble)
        super().__init__(port)

    def start(self) -> Self:
        self.poster.start()
        return super().start()

    def stop(self) -> None:
        self.poster.stop()
        super().stop()

    # For tests and demonstrations

    def transcript(self, contact: str | int) -> list[Bubble]:
        """Everything on this citizen's phone, oldest first."""
        return self.phones.transcript(str(contact))

    def inbox(self, contact: str | int) -> list[Bubble]:
        """Only what the city wrote to this citizen."""
        return self.phones.inbox(str(contact))

    def wait_for(self, contact: str | int, words: str = "", *, count: int = 1, timeout_s: float = 10.0) -> list[Bubble]:
        """The city's messages that hold `words`, once there are `count` of them. Raises `TimeoutError`."""
        return self.phones.wait_for(str(contact), words, count=count, timeout_s=timeout_s)

    def wait_until_quiet(self, timeout_s: float = 10.0) -> bool:
        """True when no webhook call waits any more within `timeout_s`."""
        return self.poster.wait_until_quiet(timeout_s)

    def duplicate_next(self, times: int = 1) -> None:
        self.duplicates += times

    # The wire

    def answer(self, call: Call) -> Answer:
        first, _, rest = call.path.lstrip("/").partition("/")
        if first == "phone":
            return self._page(call, rest)
        if self.latency_s:
            time.sleep(self.latency_s)
        return self.api(call)

    def api(self, call: Call) -> Answer:
        """The provider's own protocol."""
        raise NotImplementedError

    def citizen_types(self, contact: str, text: str) -> None:
        """Words typed on the phone page."""
        raise NotImplementedError

    def _page(self, call: Call, rest: str) -> Answer:
        contact, _, what = rest.partition("/")
        contact = unquote(contact)
        if not contact:
            return _html(phone_list_page(self.provider, call.root, self.phones.contacts()))
        if what.startswith("media/"):
            data, media_type = self.files.get(unquote(what.removeprefix("media/")), (b"", ""))
            return Answer(content=data, media_type=media_type) if data else Answer(404)
        address = f"{call.root}/phone/{quote(contact)}"
        if call.method == "POST":
            text = str(call.fields().get("text", "")).strip()
            if text:
                self.citizen_types(contact, text)
            return Answer(303, headers={"location": address})
        if what == "talk":
            return _html(talk_page(self.provider, address, self.phones.transcript(contact)))
        return _html(phone_page(self.provider, address, self.phones.name_of(contact)))

    def keep_file(self, file_id: str, data: bytes, media_type: str) -> None:
        """Hold a file until it is among the oldest."""
        self.files[file_id] = (data, media_type)
        while len(self.files) > MOST_FILES:
            del self.files[next(iter(self.files))]

    def post_webhook(self, url: str, body: bytes, headers: dict[str, str], *, after_s: float = 0.0) -> None:
        times = 1
        if self.duplicates > 0:
            self.duplicates -= 1
            times = 2
        for _ in range(times):
            self.poster.post(url, body, headers, after_s=after_s)

    def _note_trouble(self, words: str) -> None:
        self.last_trouble = words


def _html(page: str) -> Answer:
    return Answer(content=page.encode(), media_type=HTML)
