"""The three channels as their providers call them: over TCP, with their own signatures, through the real server."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from django.conf import settings
from django.core.asgi import get_asgi_application

from baileo.city.messages.models import ChannelAccount, InboundPayload
from baileo.core.sealed import seal
from baileo.web.api.edge import Edge
from baileo.web.api.testing import serve

pytestmark = pytest.mark.django_db(transaction=True)
APP_SECRET, VERIFY_TOKEN, HOOK_SECRET = "app-geheim", "verify-geheim", "hook-geheim"


def an_account(channel: str, **secrets: str) -> ChannelAccount:
    sealed = seal(settings.SECRET_KEY, secrets)
    return ChannelAccount.objects.create(channel=channel, slug="ambon", name=channel, sealed_secrets=sealed)


@pytest.fixture
def address(transactional_db: None) -> Iterator[str]:
    an_account("whatsapp_cloud", app_secret=APP_SECRET, verify_token=VERIFY_TOKEN, access_token="x")
    an_account("telegram", webhook_secret=HOOK_SECRET, bot_token="1:x")
    an_account("web_form")
    with serve(Edge(get_asgi_application())) as base:  # type: ignore[arg-type]
        yield base + "/hooks"


@pytest.fixture
def provider() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=15) as client:
        yield client


def whatsapp(number: int, text: str = "Lampu jalan mati 💡") -> tuple[bytes, dict[str, str]]:
    message = {"from": "6281200000001", "id": f"wamid.{number}", "timestamp": "1795137300", "type": "text"}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "62911000000", "phone_number_id": "100200300400500"},
        "messages": [message | {"text": {"body": text}}],
    }
    change = {"field": "messages", "value": value}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "9", "changes": [change]}]}).encode()
    signature = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return body, {"X-Hub-Signature-256": f"sha256={signature}", "Content-Type": "application/json"}


def test_whatsapp_is_stored_once_whatever_its_repetitions(address: str, provider: httpx.Client) -> None:
    body, headers = whatsapp(1)
    replies = [provider.post(f"{address}/whatsapp_cloud/ambon", content=body, headers=headers) for _ in range(3)]
    [payload] = InboundPayload.objects.all()
    assert [reply.status_code for reply in replies] == [200] * 3
    assert (bytes(payload.body), payload.account.channel) == (body, "whatsapp_cloud")


def test_a_body_written_anew_by_somebody_in_between_is_refused(address: str, provider: httpx.Client) -> None:
    """The signature is over the bytes, not over what they mean."""
    body, headers = whatsapp(1)
    rewritten = json.dumps(json.loads(body), ensure_ascii=False).encode()
    reply = provider.post(f"{address}/whatsapp_cloud/ambon", content=rewritten, headers=headers)
    assert reply.status_code == 403
    assert not InboundPayload.objects.exists()


def test_whatsapps_verification_gets_its_challenge(address: str, provider: httpx.Client) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "20261120", "hub.verify_token": VERIFY_TOKEN}
    assert provider.get(f"{address}/whatsapp_cloud/ambon", params=query).text == "20261120"
    wrong = provider.get(f"{address}/whatsapp_cloud/ambon", params={**query, "hub.verify_token": "guess"})
    assert wrong.status_code == 403


def test_telegrams_secret_lets_in_and_is_not_kept(address: str, provider: httpx.Client) -> None:
    update = {"update_id": 7, "message": {"message_id": 1, "date": 1795137300, "chat": {"id": 5}, "text": "Air mati"}}
    url, name = f"{address}/telegram/ambon", "X-Telegram-Bot-Api-Secret-Token"
    assert provider.post(url, json=update, headers={name: "wrong"}).status_code == 403
    assert provider.post(url, json=update).status_code == 403
    assert provider.post(url, json=update, headers={name: HOOK_SECRET}).status_code == 200
    [payload] = InboundPayload.objects.all()
    assert HOOK_SECRET not in json.dumps(payload.headers)


def test_the_web_form_has_no_webhook(address: str, provider: httpx.Client) -> None:
    assert provider.post(f"{address}/web_form/ambon", json={"text": "x"}).status_code == 403
    assert not InboundPayload.objects.exists()


def test_a_body_in_pieces_and_many_on_one_connection(address: str) -> None:
    """Chunked transfer, then two calls down the same line."""
    (first, first_headers), (second, second_headers) = whatsapp(1), whatsapp(2)
    where = urlsplit(address)
    with socket.create_connection((str(where.hostname), where.port or 0), timeout=15) as line:
        line.sendall(_head("whatsapp_cloud", first_headers, "Transfer-Encoding: chunked"))
        for start in range(0, len(first), 50):
            piece = first[start : start + 50]
            line.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        line.sendall(b"0\r\n\r\n")
        assert line.recv(4096).startswith(b"HTTP/1.1 200")
        line.sendall(_head("whatsapp_cloud", second_headers, f"Content-Length: {len(second)}") + second)
        assert line.recv(4096).startswith(b"HTTP/1.1 200")
    assert sorted(bytes(payload.body) for payload in InboundPayload.objects.all()) == sorted([first, second])


def _head(channel: str, headers: dict[str, str], framing: str) -> bytes:
    lines = [f"POST /hooks/{channel}/ambon HTTP/1.1", "Host: city", framing]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_caller_that_hangs_up_in_the_middle_leaves_nothing(address: str, provider: httpx.Client) -> None:
    body, headers = whatsapp(1)
    where = urlsplit(address)
    with socket.create_connection((str(where.hostname), where.port or 0), timeout=15) as line:
        line.sendall(_head("whatsapp_cloud", headers, f"Content-Length: {len(body)}") + body[:50])
    other, other_headers = whatsapp(2)
    assert provider.post(f"{address}/whatsapp_cloud/ambon", content=other, headers=other_headers).status_code == 200
    assert [bytes(payload.body) for payload in InboundPayload.objects.all()] == [other]


def test_a_body_far_over_the_limit_is_refused_while_it_is_still_coming(address: str, provider: httpx.Client) -> None:
    _, headers = whatsapp(1)
    reply = provider.post(f"{address}/whatsapp_cloud/ambon", content=b"x" * 8_000_000, headers=headers)
    assert reply.status_code == 413
    assert [payload.state for payload in InboundPayload.objects.all()] == ["rejected"]


def test_nothing_that_was_sent_reaches_the_log(
    address: str, provider: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    body, headers = whatsapp(1, text="Nama saya Budi, NIK 8171")
    with caplog.at_level(logging.DEBUG):
        provider.post(f"{address}/whatsapp_cloud/ambon", content=body, headers=headers)
        provider.post(f"{address}/whatsapp_cloud/ambon", content=body + b" ", headers=headers)
        provider.post(
            f"{address}/telegram/ambon", content=body, headers=[(b"x-telegram-bot-api-secret-token", b"\xff")]
        )
        query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN}
        provider.get(f"{address}/whatsapp_cloud/ambon", params=query)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("baileo", "uvicorn")))
    for secret in ("Budi", "8171", APP_SECRET, VERIFY_TOKEN, HOOK_SECRET):
        assert secret not in ours
