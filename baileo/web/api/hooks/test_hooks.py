"""The webhook edge against the real database: an answered 200 is stored, once; the rest is refused with a reason."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from unittest.mock import AsyncMock

import httpx
import psycopg
import pytest
from django.db import connection

from baileo.city.messages.channel import Accepted, Channel, Event, OutboundMessage
from baileo.city.messages.models import ChannelAccount, InboundPayload
from baileo.city.messages.registry import registered
from baileo.ground.ledger.models import Entry
from baileo.web.api.background import in_thread
from baileo.web.api.hooks.accounts import FRESH_FOR_S
from baileo.web.api.hooks.app import HooksApp

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = b"app-secret"
BODY = b'{"id": "wamid.1"}'
URL = "/hooks/pigeon/ambon"


class Pigeon(Channel):
    """A channel that signs its bodies, as WhatsApp does."""

    name = "pigeon"
    largest_body = 2_000

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        return hmac.compare_digest(headers["x-hub-signature-256"], sign(body))

    def handshake(self, query: Mapping[str, str]) -> str | None:
        return query.get("challenge") if query.get("token") == "let-me-in" else None

    def event_key(self, body: bytes) -> str:
        return body.decode().split('"id": "')[1].split('"')[0]

    @classmethod
    def parse(cls, body: bytes) -> list[Event]:
        return []

    def send(self, message: OutboundMessage) -> Accepted:
        raise NotImplementedError


def sign(body: bytes) -> str:
    return "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()


@pytest.fixture(autouse=True)
def pigeon(transactional_db: None) -> Iterator[ChannelAccount]:
    with registered(Pigeon):
        yield ChannelAccount.objects.create(channel="pigeon", slug="ambon", name="Merpati Ambon")


@pytest.fixture
async def hooks() -> AsyncIterator[HooksApp]:
    app = HooksApp()
    yield app
    await app.close()


@pytest.fixture
async def provider(hooks: HooksApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=hooks)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://city", headers={"user-agent": "pigeon/1"}
    ) as client:
        yield client


async def post(provider: httpx.AsyncClient, body: bytes = BODY, **headers: str) -> httpx.Response:
    signed = {"x-hub-signature-256": sign(body), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await provider.post(URL, content=body, headers=signed)


async def stored() -> list[InboundPayload]:
    return await in_thread(lambda: list(InboundPayload.objects.order_by("pk")))


async def account() -> ChannelAccount:
    return await in_thread(ChannelAccount.objects.get)


async def change_account(**fields: Any) -> None:
    await in_thread(ChannelAccount.objects.update, **fields)


async def test_an_answered_body_is_stored_with_its_bytes_hash_and_headers(provider: httpx.AsyncClient) -> None:
    reply = await post(provider, content_type="application/json")
    [payload] = await stored()
    assert (reply.status_code, bytes(payload.body), payload.state) == (200, BODY, "received")
    assert (payload.event_key, payload.sha256) == ("wamid.1", hashlib.sha256(BODY).hexdigest())
    kept = {"content-type": "application/json", "x-hub-signature-256": sign(BODY), "user-agent": "pigeon/1"}
    assert payload.headers == kept


async def test_the_same_body_five_times_at_once_is_stored_once_and_answered_five_times(
    provider: httpx.AsyncClient,
) -> None:
    replies = await asyncio.gather(*(post(provider) for _ in range(5)))
    assert [reply.status_code for reply in replies] == [200] * 5
    assert len(await stored()) == 1


async def test_two_web_processes_given_the_same_bodies_in_other_orders_store_each_once() -> None:
    bodies = [b'{"id": "%d"}' % n for n in range(60)]
    apps = [HooksApp(), HooksApp()]
    try:
        calls = []
        for app, order in zip(apps, (bodies, bodies[::-1]), strict=True):
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://city")
            calls += [post(client, body) for body in order]
        replies = await asyncio.gather(*calls)
    finally:
        for app in apps:
            await app.close()
    assert {reply.status_code for reply in replies} == {200}
    assert sorted(bytes(payload.body) for payload in await stored()) == sorted(bodies)


async def test_bodies_that_come_together_share_a_transaction(provider: httpx.AsyncClient) -> None:
    await asyncio.gather(*(post(provider, b'{"id": "%d"}' % n) for n in range(50)))
    writers = InboundPayload.objects.extra(select={"writer": "xmin::text"}).values_list("writer", flat=True)
    transactions = await in_thread(lambda: list(writers))
    assert len(transactions) == 50
    assert len(set(transactions)) <= 5


async def test_a_wrong_or_missing_signature_stores_nothing_and_is_counted(
    hooks: HooksApp, provider: httpx.AsyncClient
) -> None:
    wrong = await provider.post(URL, content=BODY, headers={"x-hub-signature-256": sign(b"another body")})
    missing = await provider.post(URL, content=BODY)  # the plug-in stumbles over it: not genuine either
    await hooks.close()
    after = await account()
    assert (wrong.status_code, missing.status_code, await stored()) == (403, 403, [])
    assert (after.refused_count, after.last_inbound_at) == (2, None)
    assert after.last_refused_at is not None


async def test_a_genuine_call_is_seen_on_the_account_and_wakes_the_worker(
    hooks: HooksApp, provider: httpx.AsyncClient
) -> None:
    await asyncio.gather(*(post(provider, b'{"id": "%d"}' % n) for n in range(5)))
    await hooks.close()
    assert (await account()).last_inbound_at is not None
    assert await in_thread(_jobs) == ["messages.understand"]


def _jobs() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo'")
        return [name for (name,) in cursor.fetchall()]


async def test_secrets_in_headers_are_never_stored(provider: httpx.AsyncClient) -> None:
    await post(provider, authorization="Bearer x", x_telegram_bot_api_secret_token="x", cookie="a=b")
    [payload] = await stored()
    assert set(payload.headers) == {"x-hub-signature-256", "user-agent"}


@pytest.mark.parametrize("body", [b"\xff\x00{", b"", b"[1, 2", b'{"id": "\x00"}', b'{"id": "' + b"k" * 500 + b'"}'])
async def test_a_genuine_but_malformed_body_is_kept_under_its_hash(provider: httpx.AsyncClient, body: bytes) -> None:
    reply = await post(provider, body)
    [payload] = await stored()
    assert (reply.status_code, bytes(payload.body), payload.state) == (200, body, "received")
    assert payload.event_key == hashlib.sha256(body).hexdigest()


async def test_the_providers_handshake_is_answered_with_its_challenge(provider: httpx.AsyncClient) -> None:
    right = await provider.get(URL, params={"token": "let-me-in", "challenge": "20261120"})
    wrong = await provider.get(URL, params={"token": "guess", "challenge": "20261120"})
    assert (right.status_code, right.text) == (200, "20261120")
    assert right.headers["content-type"].startswith("text/plain")
    assert (wrong.status_code, "20261120" in wrong.text) == (403, False)


async def test_an_oversized_body_is_refused_and_an_administrator_sees_it_once(provider: httpx.AsyncClient) -> None:
    replies = [await post(provider, b"x" * 2_001) for _ in range(3)]
    [payload] = await stored()
    assert [reply.status_code for reply in replies] == [413] * 3
    assert (payload.state, bytes(payload.body)) == ("rejected", b"")
    assert "limit of 2000 bytes" in payload.reason
    assert await in_thread(lambda: [entry.kind for entry in Entry.objects.all()]) == ["payload.rejected"]


async def test_a_flood_of_oversized_bodies_leaves_a_few_rows_only(provider: httpx.AsyncClient) -> None:
    await asyncio.gather(*(post(provider, bytes([n]) * 2_001) for n in range(30)))
    assert len(await stored()) == 5


async def test_a_body_that_announces_its_size_is_refused_before_it_is_sent(provider: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"x" * 1_999
        raise AssertionError("It was read to the end.")

    reply = await provider.post(URL, content=endless(), headers={"content-length": "999999"})
    assert reply.status_code == 413


async def test_unknown_addresses_and_methods_are_refused(provider: httpx.AsyncClient) -> None:
    assert (await provider.post("/hooks/pigeon/masohi", content=BODY)).status_code == 404
    assert (await provider.post("/hooks/raven/ambon", content=BODY)).status_code == 404
    assert (await provider.post("/hooks/../ambon/x/y", content=BODY)).status_code == 404
    assert (await provider.put(URL, content=BODY)).status_code == 405
    assert await stored() == []


async def test_a_switched_off_account_asks_the_provider_to_keep_the_message(provider: httpx.AsyncClient) -> None:
    await change_account(is_enabled=False)
    reply = await post(provider)
    assert (reply.status_code, "retry-after" in reply.headers, await stored()) == (503, True, [])


async def test_a_broken_account_does_not_stop_the_others(provider: httpx.AsyncClient) -> None:
    await in_thread(ChannelAccount.objects.create, channel="gone", slug="ambon", name="Tanpa plug-in")
    assert (await provider.post("/hooks/gone/ambon", content=BODY)).status_code == 503
    assert (await post(provider)).status_code == 200


async def test_a_change_of_the_account_is_noticed(hooks: HooksApp, provider: httpx.AsyncClient) -> None:
    assert (await post(provider)).status_code == 200
    await change_account(is_enabled=False)
    hooks._book._read_at -= FRESH_FOR_S
    assert (await post(provider)).status_code == 503


async def test_without_database_nothing_is_acknowledged(
    provider: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await post(provider, b'{"id": "before"}')).status_code == 200
    away = AsyncMock(side_effect=psycopg.OperationalError("connection refused"))
    monkeypatch.setattr(psycopg.AsyncConnection, "connect", away)
    await in_thread(_cut_connections)
    during = await asyncio.gather(*(post(provider, b'{"id": "%d"}' % n) for n in range(5)))
    monkeypatch.undo()
    assert {reply.status_code for reply in during} == {503}
    assert all(int(reply.headers["retry-after"]) > 0 for reply in during)
    assert [payload.event_key for payload in await stored()] == ["before"]


async def test_the_provider_repeats_what_was_not_acknowledged_and_it_is_stored_once(
    provider: httpx.AsyncClient,
) -> None:
    assert (await post(provider, b'{"id": "before"}')).status_code == 200
    await in_thread(_cut_connections)
    first = (await post(provider)).status_code
    statuses = [first] + [(await post(provider)).status_code for _ in range(2)]
    assert statuses[-1] == 200
    assert [payload.event_key for payload in await stored()] == ["before", "wamid.1"]


def _cut_connections() -> None:
    """As PostgreSQL going away does it: every connection of the edge ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name LIKE 'baileo-%%' AND datname = current_database()"
        )


async def test_a_caller_that_is_cut_off_before_the_answer_repeats_and_is_stored_once(
    hooks: HooksApp, provider: httpx.AsyncClient
) -> None:
    call = asyncio.create_task(post(provider))
    while not hooks._intake._waiting:
        await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await hooks._intake.drain()
    assert len(await stored()) == 1
    assert (await post(provider)).status_code == 200
    assert len(await stored()) == 1


async def test_what_waits_is_committed_when_the_process_stops(hooks: HooksApp, provider: httpx.AsyncClient) -> None:
    calls = [asyncio.create_task(post(provider, b'{"id": "%d"}' % n)) for n in range(20)]
    while not hooks._intake._waiting:
        await asyncio.sleep(0)
    await hooks.close()
    replies = await asyncio.gather(*calls)
    assert [reply.status_code for reply in replies] == [200] * 20
    assert len(await stored()) == 20


async def test_a_mistake_of_ours_is_a_request_to_repeat_never_an_error_500(
    hooks: HooksApp, provider: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks._book, "find", AsyncMock(side_effect=ZeroDivisionError))
    assert (await post(provider)).status_code == 503
