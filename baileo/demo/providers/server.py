"""A small HTTP server on loopback, for pretending to be somebody else's machine. Never for the city's own pages."""

from __future__ import annotations

import json as json_format
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

logger = logging.getLogger(__name__)

LARGEST_BODY = 32 * 1024 * 1024


@dataclass(frozen=True)
class Call:
    """One request. Header names are lower case, `path` is without the query and without `root`."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    root: str = ""  # where this server hangs below another: "/telegram"

    def json(self) -> dict[str, Any]:
        """The body as an object; empty when it is none."""
        try:
            found = json_format.loads(self.body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def fields(self) -> dict[str, Any]:
        """What came as JSON, as a form or in the query: providers often take all three."""
        if "json" in self.headers.get("content-type", ""):
            return {**self.query, **self.json()}
        return {**self.query, **dict(parse_qsl(self.body.decode("utf-8", "replace")))}


@dataclass(frozen=True)
class Answer:
    """`json` wins over `content`."""

    status: int = 200
    json: Any = None
    content: bytes = b""
    media_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        return self.content if self.json is None else json_format.dumps(self.json).encode()


class _Handler(BaseHTTPRequestHandler):
    """Turns the wire into a `Call` and an `Answer` back; keeps connections open as real providers do."""

    protocol_version = "HTTP/1.1"
    server_version = "BaileoDemo"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        if self.server.is_closed:  # a kept connection must not outlive its server
            self.close_connection = True
            return
        length = int(self.headers.get("content-length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            self._reply(Answer(413))
            return
        parts = urlsplit(self.path)
        call = Call(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        self._reply(self.server.answer(call))

    def _reply(self, answer: Answer) -> None:
        body = answer.body()
        self.send_response(answer.status)
        media_type = "application/json" if answer.json is not None else answer.media_type
        for name, value in {"content-type": media_type, "content-length": str(len(body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Silent: a bot's token is part of its addresses."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = True
    is_closed = False

    def __init__(self, port: int, answer: Callable[[Call], Answer]) -> None:
        self._answer = answer
        super().__init__(("127.0.0.1", port), _Handler)

    def answer(self, call: Call) -> Answer:
        try:
            return self._answer(call)
        except Exception:
            logger.exception("A simulated provider could not answer")
            return Answer(500, json={"error": {"code": 1, "message": "the simulator failed"}})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is no news; the others are handled in `answer`."""


class LoopbackServer:
    """Base of the simulators: subclasses fill `answer`. `port` 0 takes a free one, known once the object exists.

    With `port` None it listens nowhere itself: a `Front` passes on what comes to `mounted_at`.
    """

    def __init__(self, port: int | None = 0) -> None:
        self.mounted_at = ""
        self._server = None if port is None else _Server(port, self.answer)
        serve = self._server.serve_forever if self._server else lambda **_: None
        self._thread = Thread(target=serve, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1]) if self._server else urlsplit(self.mounted_at).port or 0

    @property
    def host_port(self) -> str:
        """As `core.net.HttpClient(allow=...)` wants it."""
        return f"127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return self.mounted_at or f"http://{self.host_port}"

    def answer(self, call: Call) -> Answer:
        raise NotImplementedError

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._server is None:
            return
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(timeout=5)
        self._server.is_closed = True
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
