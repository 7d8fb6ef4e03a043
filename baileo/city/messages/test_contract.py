"""Does the contract's test see what it must see? A plug-in that keeps every promise, and ones that break one each."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from baileo.city.messages import contract_test
from baileo.city.messages.channel import (
    Accepted,
    AccountTrouble,
    Channel,
    Event,
    Fetched,
    InboundMessage,
    OutboundMessage,
    Sender,
)
from baileo.city.messages.contract_test import HELLO, ChannelContract
from baileo.city.messages.manifest import Manifest
from baileo.city.messages.registry import registered
from baileo.city.messages.replay import as_json
from baileo.city.messages.testing import SPOKEN_AT
from baileo.core.errors import DeliveryFailed, PayloadRejected

KEY = "fixture-app-secret"
BODY = json.dumps({"id": "p1", "from": "ona", "text": "Lampu mati"}).encode()


class Pigeon(Channel):
    """A small provider of our own: signed JSON in, one address out."""

    name: ClassVar[str] = "pigeon"

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        return hmac.compare_digest(headers.get("x-sign", "").encode(), sign(body).encode())

    @classmethod
    def parse(cls, body: bytes) -> list[Event]:
        try:
            found = json.loads(body)
            message_id, sender, text = (found[key] for key in ("id", "from", "text"))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise PayloadRejected("pigeon: not what is documented") from error
        if not all(isinstance(one, str) and one for one in (message_id, sender, text)):
            raise PayloadRejected("pigeon: words expected")
        return [InboundMessage(message_id, "loft", Sender(sender, sender), SPOKEN_AT, text)]

    def send(self, message: OutboundMessage) -> Accepted:
        reply = self.http.post("https://pigeon.invalid/send", json={"to": message.address, "text": message.text})
        if reply.status == 401:
            raise AccountTrouble("The pigeon's key was refused.", provider_code="401")
        if not reply.ok:
            raise DeliveryFailed(f"Pigeon: status {reply.status}", permanent=False, provider_code=str(reply.status))
        return Accepted(str(reply.json()["id"]), is_sent=True)

    def fetch(self, ref: str) -> Fetched:
        reply = self.http.get(f"https://pigeon.invalid/files/{ref}")
        if not reply.ok:
            raise DeliveryFailed("gone", permanent=True)
        return Fetched(reply.content)

    def check(self) -> str:
        if not self.http.get("https://pigeon.invalid/").ok:
            raise DeliveryFailed("The pigeon does not answer.", permanent=False)
        return "The pigeon answers"


def sign(body: bytes) -> str:
    return hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()


class Contract(ChannelContract):
    """Not collected here: its name does not start with Test."""

    channel = Pigeon
    secrets: ClassVar[Mapping[str, str]] = {"app_secret": KEY}

    def sign(self, body: bytes) -> dict[str, str]:
        return {"x-sign": sign(body)}


@pytest.fixture(autouse=True)
def loft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The plug-in's folder with one fixture in each direction."""
    folder = tmp_path / "pigeon"
    for part in ("in", "out"):
        (folder / "fixtures" / part).mkdir(parents=True)
    (folder / "doc.md").write_text("How to keep pigeons.")
    (folder / "fixtures/in/text.json").write_bytes(BODY)
    (folder / "fixtures/in/text.expected.json").write_text(json.dumps(as_json(Pigeon.parse(BODY))))
    outgoing = {
        "message": {"client_id": str(HELLO.client_id), "address": "ona", "text": "Baik"},
        "reply": {"status": 200, "json": {"id": 5}},
        "request": {"method": "POST", "json": {"to": "ona", "text": "Baik"}},
        "accepted": {"external_id": "5", "is_sent": True},
    }
    (folder / "fixtures/out/text.json").write_text(json.dumps(outgoing))
    monkeypatch.setattr(contract_test, "FOLDER", tmp_path)
    secret = {"name": "app_secret", "label": {"en": "Secret", "id": "Rahasia"}, "is_secret": True}
    manifest = {"name": "pigeon", "adapter": "Pigeon", "label": "Pigeon", "fields": [secret]}
    with registered(Pigeon, Manifest.model_validate(manifest)):
        yield folder


def promises(contract: type[Contract]) -> dict[str, Any]:
    """Every promise that takes no parameter, by name."""
    names = [name for name in dir(contract) if name.startswith("test_")]
    found = {name: getattr(contract(), name) for name in names}
    return {
        name: test
        for name, test in found.items()
        if not hasattr(test, "pytestmark") and not hasattr(test, "hypothesis")
    }


@pytest.mark.parametrize("name", sorted(promises(Contract)))
def test_a_plug_in_that_does_as_it_says_keeps_every_promise(name: str) -> None:
    try:
        promises(Contract)[name]()
    except pytest.skip.Exception:
        assert "answer_names" in name


@pytest.mark.parametrize("status", contract_test.PROVIDER_TROUBLE)
def test_it_keeps_the_promise_about_trouble(status: int) -> None:
    Contract().test_trouble_of_the_provider_is_told_and_never_breaks_us(status)


@pytest.mark.parametrize("body", [b"", b"[1]", b"\xff", b"[" * 10_000])
def test_it_keeps_the_promise_about_nonsense(body: bytes) -> None:
    Contract().test_what_is_no_payload_at_all_is_rejected(body)


def test_it_keeps_the_promises_that_are_tried_with_garbage() -> None:
    Contract().test_garbage_is_rejected_and_breaks_nothing()
    Contract().test_a_body_with_one_wrong_value_is_read_or_rejected()


class Trusting(Pigeon):
    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        return "x-sign" in headers


class Fragile(Pigeon):
    @classmethod
    def parse(cls, body: bytes) -> list[Event]:
        found = json.loads(body)
        return [InboundMessage(found["id"], "loft", Sender(found["from"], ""), SPOKEN_AT, found["text"])]


class Restless(Pigeon):
    count: ClassVar[list[int]] = []

    @classmethod
    def parse(cls, body: bytes) -> list[Event]:
        cls.count.append(1)
        return [InboundMessage(str(len(cls.count)), "loft", Sender("ona", ""), SPOKEN_AT)]


class Talkative(Pigeon):
    def send(self, message: OutboundMessage) -> Accepted:
        raise DeliveryFailed(f"refused with key {self.account.secrets['app_secret']}", permanent=True)


class Credulous(Pigeon):
    def send(self, message: OutboundMessage) -> Accepted:
        reply = self.http.post("https://pigeon.invalid/send", json={})
        return Accepted(str(reply.json().get("id")), is_sent=True)


BROKEN = [
    (Trusting, "test_one_altered_byte_is_refused"),
    (Trusting, "test_an_unsigned_body_is_refused"),
    (Fragile, "test_garbage_is_rejected_and_breaks_nothing"),
    (Fragile, "test_a_body_with_one_wrong_value_is_read_or_rejected"),
    (Restless, "test_the_same_body_gives_the_same_events_and_key"),
    (Restless, "test_every_fixture_parses_to_what_stands_beside_it"),
    (Talkative, "test_no_secret_is_written_into_an_error"),
    (Credulous, "test_sending_does_what_the_fixtures_say"),
    (Trusting, "test_the_manifest_leads_to_this_class"),
]


@pytest.mark.parametrize(("bad", "promise"), BROKEN, ids=[f"{bad.__name__}-{promise}" for bad, promise in BROKEN])
def test_a_promise_that_is_broken_is_seen(bad: type[Pigeon], promise: str) -> None:
    class Bad(Contract):
        channel = bad

    keep = getattr(Bad(), promise)
    with pytest.raises((AssertionError, Exception)):  # or whatever its parser breaks with
        keep()


@pytest.mark.parametrize("missing", ["doc.md", "fixtures/in/text.json", "fixtures/in/text.expected.json"])
def test_a_part_that_is_missing_is_seen(missing: str, loft: Path) -> None:
    (loft / missing).unlink()

    def keep_all() -> None:
        for test in promises(Contract).values():
            test()

    with pytest.raises((AssertionError, FileNotFoundError)):
        keep_all()


def test_an_undeclared_setting_is_seen() -> None:
    class Undeclared(Contract):
        settings: ClassVar[Mapping[str, Any]] = {"colour": "red"}

    with pytest.raises(AssertionError):
        Undeclared().test_every_setting_is_declared()


def test_a_secret_declared_as_a_setting_is_seen() -> None:
    class Careless(Contract):
        settings: ClassVar[Mapping[str, Any]] = {"app_secret": KEY}
        secrets: ClassVar[Mapping[str, str]] = {}

    with pytest.raises(AssertionError):
        Careless().test_every_setting_is_declared()
