"""WhatsApp's messages by kind, and promises that hold for any words, people and orders."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.messages.channel import (
    AccountSettings,
    ContactChanged,
    DeliveryStatus,
    Event,
    Ignored,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Sender,
)
from baileo.core.testing import FakeHttp
from baileo.plugins.channels.whatsapp_cloud.adapter import WhatsAppCloud
from baileo.plugins.channels.whatsapp_cloud.payload import hex_sha256

PHONE, USER, PARENT = "6281200000001", "ID.70010002000300040", "ID.ENT.11815799212886844830"
SHA256 = "8810c61dc998e2ef39791e76b6377bcb78d6b99809e08aeff51ba98216529ece"
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


def a_call(*messages: dict[str, Any], own_id: str = "100200300400500", **more: Any) -> bytes:
    value = {"metadata": {"phone_number_id": own_id}, "messages": list(messages), **more}
    entry = [{"changes": [{"field": "messages", "value": value}]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def said(kind: str = "text", content: Any = None, **over: Any) -> dict[str, Any]:
    usual = {"id": "wamid.1", "timestamp": "1795137300", "type": kind, "from": PHONE}
    return usual | {kind: {"body": "halo"} if content is None else content} | over


def only(body: bytes) -> Event:
    (event,) = WhatsAppCloud.parse(body)
    return event


def a_message(kind: str = "text", content: Any = None, **over: Any) -> InboundMessage:
    event = only(a_call(said(kind, content, **over)))
    assert isinstance(event, InboundMessage)
    return event


def a_sender(message: dict[str, str], contact: dict[str, str]) -> Sender:
    event = only(a_call(said(**({"from": ""} | message)), contacts=[contact] if contact else []))
    assert isinstance(event, InboundMessage)
    return event.sender


class TestWords:
    @given(words)
    def test_they_arrive_sign_by_sign(self, text: str) -> None:
        assert a_message(content={"body": text}).text == text

    @given(words)
    def test_words_under_a_picture_are_words(self, text: str) -> None:
        assert a_message("image", {"id": "1", "caption": text}).text == text

    def test_what_it_answers_is_named(self) -> None:
        assert a_message(context={"id": "wamid.OURS"}).reply_to == "wamid.OURS"

    def test_plain_words_carry_no_details(self) -> None:
        assert a_message().details == {}


class TestFiles:
    @pytest.mark.parametrize("kind", ["image", "video", "audio", "voice", "document", "sticker"])
    def test_each_kind_is_one_file_kept_for_seven_days(self, kind: str) -> None:
        (ref,) = a_message(kind, {"id": "1400", "mime_type": "x/y; codecs=opus", "filename": "a b.pdf"}).attachments
        assert (ref.ref, ref.media_type, ref.name) == ("1400", "x/y", "a b.pdf")
        assert ref.keeps_for == timedelta(days=7)

    @pytest.mark.parametrize(
        ("given_hash", "kept"),
        [
            ("iBDGHcmY4u85eR52tjd7y3jWuZgJ4Irv9RupghZSns4=", SHA256),
            (SHA256.upper(), SHA256),
            ("29ed500fa64eb55fc19dc4124acb300e5dcc54a0f822a301ae99944db", ""),
            ("not base64!", ""),
            ("c2hvcnQ=", ""),
            ("", ""),
        ],
    )
    def test_a_hash_is_hex_or_none_at_all(self, given_hash: str, kept: str) -> None:
        assert hex_sha256(given_hash) == kept

    @given(st.text(max_size=80))
    def test_no_hash_whatsoever_breaks_it(self, given_hash: str) -> None:
        assert len(hex_sha256(given_hash)) in {0, 64}


class TestPlaces:
    @given(st.floats(-180, 180), st.floats(-90, 90))
    def test_a_place_arrives_exactly_longitude_first(self, lon_deg: float, lat_deg: float) -> None:
        message = a_message("location", {"longitude": lon_deg, "latitude": lat_deg})
        assert (message.lon_deg, message.lat_deg) == (lon_deg, lat_deg)

    def test_its_name_and_address_are_the_words_for_it(self) -> None:
        place = {"longitude": 128.2, "latitude": -3.7, "name": "Batu Merah", "address": "Kec. Sirimau"}
        assert a_message("location", place).place_text == "Batu Merah, Kec. Sirimau"
        assert a_message("location", place | {"name": ""}).place_text == "Kec. Sirimau"


class TestPeople:
    @pytest.mark.parametrize(
        ("message", "contact", "external_id", "aliases", "address"),
        [
            ({"from": PHONE}, {}, PHONE, (), PHONE),
            ({"from": PHONE}, {"wa_id": PHONE}, PHONE, (), PHONE),
            ({"from": PHONE, "from_user_id": USER}, {}, USER, (PHONE,), PHONE),
            ({"from": PHONE}, {"wa_id": PHONE, "user_id": USER}, USER, (PHONE,), PHONE),
            ({"from_user_id": USER}, {"user_id": USER}, USER, (), USER),
            ({"from_user_id": USER}, {"user_id": USER, "wa_id": PHONE}, USER, (PHONE,), PHONE),
            ({"from_user_id": USER, "from_parent_user_id": PARENT}, {}, USER, (PARENT,), USER),
            ({"from_user_id": USER}, {"user_id": USER, "parent_user_id": PARENT}, USER, (PARENT,), USER),
            ({"from": "5215550001"}, {"wa_id": "525550001"}, "5215550001", ("525550001",), "5215550001"),
            ({"from_user_id": USER}, {"user_id": "ID.somebody.else", "wa_id": PHONE}, USER, (), USER),
        ],
    )
    def test_whoever_it_is_has_one_id_and_the_others_are_remembered(
        self, message: dict[str, str], contact: dict[str, str], external_id: str, aliases: tuple[str, ...], address: str
    ) -> None:
        sender = a_sender(message, contact)
        assert (sender.external_id, sender.aliases, sender.address) == (external_id, aliases, address)
        assert sender.phone == (f"+{address}" if address.isdigit() else "")

    def test_the_person_is_the_same_before_and_after_the_number_is_hidden(self) -> None:
        shown = a_sender({"from": PHONE, "from_user_id": USER}, {"wa_id": PHONE, "user_id": USER})
        hidden = a_sender({"from_user_id": USER}, {"user_id": USER})
        assert shown.external_id == hidden.external_id

    def test_the_person_of_before_user_ids_is_found_by_alias(self) -> None:
        before = a_sender({"from": PHONE}, {"wa_id": PHONE})
        after = a_sender({"from": PHONE, "from_user_id": USER}, {"wa_id": PHONE, "user_id": USER})
        assert before.external_id in after.aliases


class TestWhatIsNoMessage:
    def test_an_edit_names_the_message_and_brings_its_new_words(self) -> None:
        inner = {"type": "text", "text": {"body": "baru"}}
        event = only(a_call(said("edit", {"original_message_id": "wamid.0", "message": inner})))
        assert isinstance(event, MessageEdited)
        assert (event.external_id, event.text) == ("wamid.0", "baru")

    @pytest.mark.parametrize("inner", [{}, {"type": "text"}, {"type": 1}, {"type": "text", "text": "x"}])
    def test_an_edit_whose_words_cannot_be_read_brings_none(self, inner: dict[str, Any]) -> None:
        event = only(a_call(said("edit", {"original_message_id": "wamid.0", "message": inner})))
        assert isinstance(event, MessageEdited)
        assert event.text == ""

    def test_a_deletion_names_the_message(self) -> None:
        event = only(a_call(said("revoke", {"original_message_id": "wamid.0"})))
        assert isinstance(event, MessageDeleted)
        assert event.external_id == "wamid.0"

    @pytest.mark.parametrize(
        ("system", "head", "known_as", "external_id"),
        [
            ({"wa_id": "622"}, {"from": "621"}, ("621",), "622"),
            ({"new_wa_id": "622"}, {"from": "621"}, ("621",), "622"),
            ({"user_id": "ID.2", "previous_user_id": "ID.1"}, {"from": ""}, ("ID.1",), "ID.2"),
            ({"wa_id": "622", "user_id": "ID.2", "previous_user_id": "ID.1"}, {"from": "621"}, ("ID.1", "621"), "ID.2"),
        ],
    )
    def test_a_new_number_leads_from_old_to_new(
        self, system: dict[str, str], head: dict[str, str], known_as: tuple[str, ...], external_id: str
    ) -> None:
        event = only(a_call(said("system", system | {"type": "user_changed_number"}, **head)))
        assert isinstance(event, ContactChanged)
        assert (event.known_as, event.sender.external_id) == (known_as, external_id)
        assert not set(event.known_as) & {event.sender.external_id, *event.sender.aliases}

    @pytest.mark.parametrize(
        "system",
        [
            {"type": "user_changed_number"},
            {"type": "user_changed_number", "wa_id": PHONE},
            {"type": "customer_identity_changed", "wa_id": "622"},
            {},
        ],
    )
    def test_a_notice_that_changes_nobody_is_set_aside(self, system: dict[str, str]) -> None:
        assert isinstance(only(a_call(said("system", system))), Ignored)

    def test_a_group_is_not_the_city_s_talk(self) -> None:
        assert only(a_call(said(group_id="G1"))) == Ignored("a message in a group")


class TestReceipts:
    @pytest.mark.parametrize(
        ("word", "state"),
        [("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("played", "read"), ("failed", "failed")],
    )
    def test_each_word_of_the_provider_has_one_of_ours(self, word: str, state: str) -> None:
        event = only(a_call(statuses=[{"id": "w", "status": word, "timestamp": "1795137300"}]))
        assert isinstance(event, DeliveryStatus)
        assert (event.state, event.at.timestamp()) == (state, 1795137300)

    @pytest.mark.parametrize("word", ["deleted", "warning", "held_for_quality_assessment", ""])
    def test_a_word_nobody_needs_is_set_aside(self, word: str) -> None:
        event = only(a_call(statuses=[{"id": "w", "status": word, "timestamp": "1795137300"}]))
        assert isinstance(event, Ignored)

    @pytest.mark.parametrize(
        ("error", "words_kept"),
        [
            ({"code": 1, "title": "A", "error_data": {"details": "B"}}, "A: B"),
            ({"code": 1, "title": "A", "error_data": {"details": "A"}}, "A"),
            ({"code": 1, "message": "M"}, "M"),
            ({"code": 1}, ""),
            ({"code": 1, "title": "A" * 400}, "A" * 300),
        ],
    )
    def test_the_provider_s_words_are_kept_short_and_once(self, error: dict[str, Any], words_kept: str) -> None:
        status = {"id": "w", "status": "failed", "timestamp": "1795137300", "errors": [error]}
        event = only(a_call(statuses=[status]))
        assert isinstance(event, DeliveryStatus)
        assert (event.code, event.words) == ("1", words_kept)


class TestManyAtOnce:
    @given(st.lists(st.sampled_from(["text", "image", "hologram", "reaction"]), max_size=12))
    def test_every_message_of_a_call_comes_out_in_its_order(self, kinds: list[str]) -> None:
        sent = [
            said(kind, {"id": "1", "message_id": "m", "body": "x"}, id=f"wamid.{n}") for n, kind in enumerate(kinds)
        ]
        found = WhatsAppCloud.parse(a_call(*sent))
        ids = [event.external_id for event in found if isinstance(event, InboundMessage)]
        assert ids == [f"wamid.{n}" for n in range(len(kinds))]

    def test_the_order_inside_a_call_does_not_change_its_key(self) -> None:
        channel = WhatsAppCloud(AccountSettings("ambon", {}, {}), FakeHttp())
        calls = [a_call(*(said(id=name) for name in names)) for names in permutations(["a", "b", "c"])]
        assert len({channel.event_key(call) for call in calls}) == 1

    @given(st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=5, unique=True))
    def test_keys_fit_and_differ_with_the_ids(self, names: list[str]) -> None:
        channel = WhatsAppCloud(AccountSettings("ambon", {}, {}), FakeHttp())
        key = channel.event_key(a_call(*(said(id=name) for name in names)))
        assert len(key) <= 200
        assert key != channel.event_key(a_call(*(said(id=f"{name}x") for name in names)))

    def test_two_numbers_of_the_city_in_one_call_are_told_apart(self) -> None:
        bodies = [json.loads(a_call(said(id=name), own_id=name)) for name in ("11111", "22222")]
        both = json.dumps(bodies[0] | {"entry": bodies[0]["entry"] + bodies[1]["entry"]}).encode()
        for own_id in ("11111", "22222"):
            account = AccountSettings("ambon", {"phone_number_id": own_id}, {})
            mine = [
                event.external_id
                for event in WhatsAppCloud(account, FakeHttp()).understand(both)
                if isinstance(event, InboundMessage)
            ]
            assert mine == [own_id]
