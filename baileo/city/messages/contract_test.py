"""The promises every channel keeps. A plug-in's test inherits `ChannelContract` and adds its own manners.

Not collected by itself: pytest takes `test_*.py`.
"""
# ruff: noqa: S101

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from baileo.city.messages.channel import (
    AccountSettings,
    Channel,
    DeliveryStatus,
    InboundMessage,
    OutboundMessage,
)
from baileo.city.messages.registry import FOLDER, channel_class, manifest_of
from baileo.city.messages.replay import as_json, payload_bytes, read_payload
from baileo.city.messages.services.reading import fit
from baileo.core.clock import now
from baileo.core.errors import DeliveryFailed, NetworkFailed, PayloadRejected
from baileo.core.testing import FakeHttp

HELLO = OutboundMessage(
    client_id=UUID("01930000-0000-7000-8000-000000000001"), address="6281200000001", text="Baik, terima kasih."
)
PROVIDER_TROUBLE = (400, 401, 403, 404, 409, 413, 429, 500, 502, 503)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def mutilated(fixtures: list[bytes]) -> st.SearchStrategy[bytes]:
    """Real bodies with one value replaced by anything: the garbage that gets furthest into a parser."""

    def replace_one(body: bytes, index: int, value: Any) -> bytes:
        tree = json.loads(body)
        spots: list[tuple[Any, Any]] = []
        _spots(tree, spots)
        if spots:
            holder, key = spots[index % len(spots)]
            holder[key] = value
        return json.dumps(tree).encode()

    return st.builds(replace_one, st.sampled_from(fixtures), st.integers(0, 10_000), json_values)


def _spots(tree: Any, found: list[tuple[Any, Any]]) -> None:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in list(items):
        found.append((tree, key))
        _spots(value, found)


class ChannelContract:
    """What a subclass gives: `channel`, account `settings` and `secrets`, `sign` where bodies are signed."""

    channel: ClassVar[type[Channel]]
    settings: ClassVar[Mapping[str, Any]] = {}
    secrets: ClassVar[Mapping[str, str]] = {}
    signs_body: ClassVar[bool] = True  # False: the provider proves itself by a constant
    sends_by_http: ClassVar[bool] = True  # False: answers are read elsewhere (web form)
    outgoing: ClassVar[OutboundMessage] = HELLO

    http: FakeHttp

    def sign(self, body: bytes) -> dict[str, str]:
        """Headers (lower-case names) with which `verify` accepts this body."""
        return {}

    # --- tools ---

    def make(self, *, status: int = 200, json: Any = None, http: FakeHttp | None = None) -> Channel:
        """The channel of a test account; its provider answers as said. What it was asked is in `self.http.calls`."""
        self.http = http or FakeHttp().will(status=status, json={} if json is None else json)
        account = AccountSettings(slug="test", settings=self.settings, secrets=self.secrets)
        return self.channel(account, self.http)

    @property
    def folder(self) -> Path:
        return FOLDER / self.channel.name / "fixtures"

    def incoming(self) -> list[Path]:
        """Fixtures of what arrives; a GET handshake and `.expected.json` are none."""
        files = sorted(self.folder.glob("in/*.json"))
        bodies = [file for file in files if not file.name.endswith(".expected.json") and payload_bytes(file)]
        assert bodies, f"no fixtures in {self.folder}/in"
        return bodies

    # --- the manifest ---

    def test_the_manifest_leads_to_this_class(self) -> None:
        manifest = manifest_of(self.channel.name)
        assert channel_class(manifest.name) is self.channel
        assert manifest.can_poll == self.channel.can_poll

    def test_an_operator_finds_a_page_about_it(self) -> None:
        assert (FOLDER / self.channel.name / manifest_of(self.channel.name).doc).read_text(encoding="utf-8").strip()

    def test_every_setting_is_declared(self) -> None:
        fields = {field.name: field for field in manifest_of(self.channel.name).fields}
        given = {**self.settings, **self.secrets}
        assert set(given) <= set(fields)
        assert all(fields[name].is_secret == (name in self.secrets) for name in given)

    def test_its_words_are_there_in_both_languages(self) -> None:
        for field in manifest_of(self.channel.name).fields:
            assert {"en", "id"} <= set(field.labels)

    # --- incoming ---

    def test_every_fixture_parses_to_what_stands_beside_it(self) -> None:
        for file in self.incoming():
            expected = file.with_name(file.stem + ".expected.json")
            assert expected.exists(), f"{file.name} has no {expected.name}"
            found = as_json(self.channel.parse(payload_bytes(file)))
            assert found == json.loads(expected.read_text(encoding="utf-8")), file.name

    def test_the_same_body_gives_the_same_events_and_key(self) -> None:
        channel = self.make()
        for file in self.incoming():
            body = payload_bytes(file)
            assert self.channel.parse(body) == self.channel.parse(bytes(bytearray(body)))
            assert channel.event_key(body) == channel.event_key(bytes(bytearray(body)))
            assert 0 < len(channel.event_key(body)) <= 200

    def test_every_message_says_who_wrote_it_and_when(self) -> None:
        for file in self.incoming():
            for event in self.channel.parse(payload_bytes(file)):
                if isinstance(event, InboundMessage):
                    assert all((event.external_id, event.scope, event.sender.external_id))
                    assert event.sent_at.tzinfo is not None
                elif isinstance(event, DeliveryStatus):
                    assert event.external_id
                    assert event.at.tzinfo is not None

    def test_parsing_needs_no_account(self) -> None:
        assert inspect.ismethod(self.channel.parse), "parse is a classmethod"
        for file in self.incoming():  # and what the account makes of it has no other shape
            assert isinstance(self.make().understand(payload_bytes(file)), list)

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"null", b"[]", b"0", b'"words"', b"\xff\xfe", b"\x00", b"[" * 10_000, b'{"a":' * 10_000]
    )
    def test_what_is_no_payload_at_all_is_rejected(self, body: bytes) -> None:
        with pytest.raises(PayloadRejected):
            self.channel.parse(body)

    @effort(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(garbage=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
    def test_garbage_is_rejected_and_breaks_nothing(self, garbage: bytes) -> None:
        self._parses_or_rejects(garbage)

    @effort(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_a_body_with_one_wrong_value_is_read_or_rejected(self, data: st.DataObject) -> None:
        bodies = [payload_bytes(file) for file in self.incoming()]
        self._parses_or_rejects(data.draw(mutilated(bodies)))

    def _parses_or_rejects(self, body: bytes) -> None:
        channel = self.make()
        with suppress(PayloadRejected):
            for event in channel.understand(body):
                fit(event, now())  # what it found can be stored: words are words, times have zones
        assert len(channel.event_key(body)) <= 200  # asked before the body is understood

    # --- who sent it ---

    def test_a_signed_body_is_accepted(self) -> None:
        if not manifest_of(self.channel.name).needs_webhook:
            pytest.skip("nothing of this channel comes by webhook")
        for file in self.incoming():
            body = payload_bytes(file)
            assert self.make().verify(self.sign(body), body)

    def test_an_unsigned_body_is_refused(self) -> None:
        body = payload_bytes(self.incoming()[0])
        for headers in ({}, dict.fromkeys(self.sign(body), ""), dict.fromkeys(self.sign(body), "é")):
            assert not self.make().verify(headers, body)

    def test_one_altered_byte_is_refused(self) -> None:
        if not self.signs_body:
            pytest.skip("this provider does not sign bodies")
        for file in self.incoming():
            body = payload_bytes(file)
            for at in (0, len(body) // 2, len(body) - 1):
                altered = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
                assert not self.make().verify(self.sign(body), altered)

    def test_headers_of_wrapped_fixtures_verify(self) -> None:
        for file in self.incoming():
            payload = read_payload(file)
            names = set(self.sign(payload.body))
            if names and names <= set(payload.headers):
                assert self.make().verify(payload.headers, payload.body), file.name

    # --- outgoing ---

    def test_sending_does_what_the_fixtures_say(self) -> None:
        files = sorted(self.folder.glob("out/*.json"))
        if not self.sends_by_http:
            pytest.skip("nothing is sent over the network")
        assert files, f"no fixtures in {self.folder}/out"
        for file in files:
            self._sends_as_in(json.loads(file.read_text(encoding="utf-8")), file.name)

    def _sends_as_in(self, fixture: dict[str, Any], name: str) -> None:
        message = OutboundMessage(**{**fixture["message"], "client_id": UUID(fixture["message"]["client_id"])})
        channel = self.make(status=fixture["reply"].get("status", 200), json=fixture["reply"].get("json"))
        if "failed" in fixture:
            with pytest.raises(DeliveryFailed) as caught:
                channel.send(message)
            for key, value in fixture["failed"].items():
                assert getattr(caught.value, key) == value, f"{name}: {key}"
        else:
            assert dataclasses.asdict(channel.send(message)) == fixture["accepted"], name
        for key, value in fixture.get("request", {}).items():
            found = getattr(self.http.calls[-1], key)
            assert _part_of(value, found) if key == "headers" else value == found, f"{name}: {key} is {found!r}"

    @pytest.mark.parametrize("status", PROVIDER_TROUBLE)
    def test_trouble_of_the_provider_is_told_and_never_breaks_us(self, status: int) -> None:
        if not self.sends_by_http:
            pytest.skip("nothing is sent over the network")
        bodies: tuple[Any, ...] = ({}, {"error": "words"}, {"error": {"code": "x"}}, [], "text", None)
        for body in bodies:
            http = FakeHttp().will(status=status, json=body, content=b"<html>")
            with pytest.raises((DeliveryFailed, NetworkFailed)):
                self.make(http=http).send(self.outgoing)

    def test_a_silent_provider_leaves_the_doubt_in_place(self) -> None:
        if not self.sends_by_http:
            pytest.skip("nothing is sent over the network")
        http = FakeHttp().will_fail(NetworkFailed("no answer", maybe_sent=True))
        with pytest.raises(NetworkFailed) as caught:
            self.make(http=http).send(self.outgoing)
        assert caught.value.maybe_sent

    def test_no_secret_is_written_into_an_error(self) -> None:
        if not self.sends_by_http:
            pytest.skip("nothing is sent over the network")
        for call in self._calls():
            for status in PROVIDER_TROUBLE:
                with pytest.raises((DeliveryFailed, NetworkFailed)) as caught:
                    call(self.make(status=status))
                told = f"{caught.value} {getattr(caught.value, 'provider_words', '')}"
                assert not any(secret in told for secret in self.secrets.values() if secret)

    def _calls(self) -> list[Callable[[Channel], Any]]:
        return [lambda channel: channel.send(self.outgoing), lambda channel: channel.check()]

    def test_what_cannot_be_fetched_is_told(self) -> None:
        with pytest.raises(DeliveryFailed):
            self.make(status=404).fetch("a-file-nobody-has")

    def test_the_answer_names_what_was_sent(self) -> None:
        if self.sends_by_http:
            pytest.skip("the fixtures show it")
        accepted = self.make().send(self.outgoing)
        assert accepted.external_id
        assert accepted.is_sent


def _part_of(wanted: Mapping[str, str], found: Mapping[str, str]) -> bool:
    lower = {name.lower(): value for name, value in found.items()}
    return all(lower.get(name.lower()) == value for name, value in wanted.items())
