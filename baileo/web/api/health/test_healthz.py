"""`GET /healthz` over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from unittest.mock import MagicMock

import httpx
import psycopg
import pytest
from django.core.asgi import get_asgi_application

from baileo.ground.people.testing import Cast, cast
from baileo.web.api.background import in_thread
from baileo.web.api.edge import Edge
from baileo.web.api.health.examination import recent
from baileo.web.api.testing import session_of

pytestmark = pytest.mark.django_db(transaction=True)
FROM_OUTSIDE = ("203.0.113.7", 40000)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    recent.forget()
    yield
    recent.forget()


@pytest.fixture
async def people() -> Cast:
    return await in_thread(cast)


def caller(address: tuple[str, int]) -> httpx.AsyncClient:
    edge = Edge(get_asgi_application())  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=edge, client=address), base_url="http://city")


@pytest.fixture
async def local() -> AsyncIterator[httpx.AsyncClient]:
    async with caller(("127.0.0.1", 40000)) as client:
        yield client


@pytest.fixture
async def outside() -> AsyncIterator[httpx.AsyncClient]:
    async with caller(FROM_OUTSIDE) as client:
        yield client


async def test_it_is_json_with_one_entry_for_each_part(local: httpx.AsyncClient) -> None:
    reply = await local.get("/healthz")
    told = reply.json()
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    assert told["status"] in ("ok", "degraded")
    assert told["database"]["schema"]["state"] == "ok"
    assert set(told["queue"]) == {"worker", "payloads", "outbox", "attachments", "jobs"}


async def test_from_this_machine_it_says_what_to_do_and_through_a_proxy_it_does_not(local: httpx.AsyncClient) -> None:
    assert "words" in (await local.get("/healthz")).json()["queue"]["worker"]
    proxied = await local.get("/healthz", headers={"X-Forwarded-For": "203.0.113.7"})
    assert proxied.json()["queue"]["worker"] == {"state": "fail"}


async def test_strangers_see_states_only_and_so_do_staff_without_the_permission(
    outside: httpx.AsyncClient, people: Cast
) -> None:
    assert "words" not in (await outside.get("/healthz")).text
    assert "words" not in (await outside.get("/healthz", headers=await signed_in(people, "tara"))).text
    assert "words" in (await outside.get("/healthz", headers=await signed_in(people, "cora"))).text


async def signed_in(people: Cast, name: str) -> dict[str, str]:
    cookies = await in_thread(session_of, getattr(people, name))
    return {"cookie": "; ".join(f"{key}={value}" for key, value in cookies.items())}


async def test_without_database_it_answers_all_the_same(
    outside: httpx.AsyncClient, people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await signed_in(people, "cora")
    monkeypatch.setattr(psycopg, "connect", MagicMock(side_effect=psycopg.OperationalError))
    reply = await outside.get("/healthz", headers=headers)
    monkeypatch.undo()
    told = reply.json()
    assert (reply.status_code, told["status"]) == (503, "down")
    assert told["database"] == {"connection": {"state": "fail"}}
    assert told["queue"] == {}


async def test_many_who_ask_at_once_cost_one_examination(
    outside: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = MagicMock(return_value=[])
    monkeypatch.setattr("baileo.web.api.health.examination.checks", look)
    for _ in range(5):
        await outside.get("/healthz")
    assert look.call_count == 1


async def test_only_asking_is_possible(outside: httpx.AsyncClient) -> None:
    assert (await outside.post("/healthz")).status_code == 405
    assert (await outside.head("/healthz")).status_code in (200, 503)
