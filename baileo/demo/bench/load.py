"""A small load generator: WhatsApp text webhooks, signed, distinct, over kept-alive connections to loopback only."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

APP_SECRET = "bench-app-secret"  # noqa: S105 - signs only what this generator sends to itself
PHONE_NUMBER_ID = "100200300400500"
PLACES = ("Batu Merah", "Passo", "Waiheru", "Kudamati", "Poka", "Hutumury", "Benteng", "Galala", "Soya", "Laha")
TROUBLES = (
    "Lampu jalan mati tiga malam di {place}, gelap sekali, kode {code}",
    "Sampah menumpuk di depan pasar {place}, bau, tolong diangkut, kode {code}",
    "Got tersumbat di {place}, air naik ke jalan, kode {code}",
    "Pipa air bocor besar di {place} dekat sekolah, kode {code}",
    "Jalan berlubang di {place}, motor jatuh kemarin, kode {code}",
)


def whatsapp_body(index: int, code: str) -> bytes:
    """One inbound text as WhatsApp sends it; sender, id and words differ with `index`."""
    phone = f"62812{index % 100_000_000:08d}"
    words = TROUBLES[index % len(TROUBLES)].format(place=PLACES[index % len(PLACES)], code=code)
    message = {
        "from": phone,
        "id": f"wamid.BENCH{code}",
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": words},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "62911000000", "phone_number_id": PHONE_NUMBER_ID},
        "contacts": [{"profile": {"name": f"Warga {index}"}, "wa_id": phone}],
        "messages": [message],
    }
    change = {"value": value, "field": "messages"}
    body = {"object": "whatsapp_business_account", "entry": [{"id": "900800700600500", "changes": [change]}]}
    return json.dumps(body, separators=(",", ":")).encode()


def request_bytes(host: str, path: str, body: bytes) -> bytes:
    signature = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass
class Tally:
    accepted: int = 0
    refused: int = 0
    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        return self.accepted / self.seconds if self.seconds else 0.0


async def _answer(reader: asyncio.StreamReader) -> int:
    """Status of one answer; its body is read and dropped."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    if length:
        await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


async def flood(port: int, path: str, *, count: int, connections: int, code: Callable[[int], str]) -> Tally:
    """`count` distinct webhooks as fast as `connections` callers can, each waiting for its answer."""
    prepared = [request_bytes(f"127.0.0.1:{port}", path, whatsapp_body(index, code(index))) for index in range(count)]
    tally, position = Tally(), 0

    async def caller() -> None:
        nonlocal position
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while position < count:
            request, position = prepared[position], position + 1
            began = time.perf_counter()
            writer.write(request)
            status = await _answer(reader)
            tally.latencies_ms.append((time.perf_counter() - began) * 1000)
            if status == 200:
                tally.accepted += 1
            else:
                tally.refused += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(connections)))
    tally.seconds = time.perf_counter() - began
    return tally


async def steady(port: int, path: str, *, per_s: float, seconds: float, code: Callable[[int], str]) -> dict[str, float]:
    """Webhooks at a steady rate; returns code -> Unix time in ms at which each left."""
    left: dict[str, float] = {}
    lanes = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for lane in lanes:
        free.put_nowait(lane)

    async def send(index: int) -> None:
        reader, writer = await free.get()
        mark = code(index)
        request = request_bytes(f"127.0.0.1:{port}", path, whatsapp_body(index, mark))
        left[mark] = time.time() * 1000
        writer.write(request)
        await _answer(reader)
        free.put_nowait((reader, writer))

    began, sends = time.perf_counter(), []
    for index in range(int(per_s * seconds)):
        await asyncio.sleep(max(0.0, began + index / per_s - time.perf_counter()))
        sends.append(asyncio.create_task(send(index)))
    await asyncio.gather(*sends)
    for _, writer in lanes:
        writer.close()
    return left


async def provider(port: int) -> None:
    """The smallest WhatsApp there can be: takes every message and names it, so that receipts really leave the house."""
    numbers = itertools.count(1)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await _answer_of_caller(reader)
                body = json.dumps({"messages": [{"id": f"wamid.OUT{next(numbers)}"}]}).encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


async def _answer_of_caller(reader: asyncio.StreamReader) -> None:
    """Read one request to its end; what it says does not matter here."""
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    if lengths:
        await reader.readexactly(lengths[0])
