from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.messages.channel import (
    AttachmentRef,
    ContactChanged,
    DeliveryStatus,
    Ignored,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Sender,
)
from baileo.city.messages.models import ChannelAccount, InboundPayload
from baileo.city.messages.services.reading import Reading, fit, storable
from baileo.city.messages.testing import SPOKEN_AT
from baileo.core.errors import InvalidInput, PayloadRejected

any_text = st.text(st.characters(exclude_categories=[]), max_size=400)  # NUL and lone surrogates included


def message(**over: Any) -> InboundMessage:
    sender = over.pop("sender", Sender("ona", "ona"))
    values = {"external_id": "m1", "scope": "bot", "sender": sender, "sent_at": SPOKEN_AT, **over}
    return InboundMessage(**values)


def fitted(**over: Any) -> InboundMessage:
    found = fit(message(**over), SPOKEN_AT)
    assert isinstance(found, InboundMessage)
    return found


@given(any_text)
def test_any_text_becomes_one_the_database_takes(text: str) -> None:
    found = storable(text)
    assert "\x00" not in found
    found.encode()
    assert storable(found) == found


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert storable(text) == text


def test_both_halves_of_an_emoji_find_each_other() -> None:
    assert storable("\ud83d\ude22") == "😢"


@given(
    name=any_text, username=any_text, email=any_text, place=any_text, group=any_text,
    lon=st.floats() | st.none(), lat=st.floats() | st.none(),
)  # fmt: skip
def test_whatever_a_plug_in_finds_fits_its_columns(
    name: str, username: str, email: str, place: str, group: str, lon: float | None, lat: float | None
) -> None:
    found = fitted(
        sender=Sender("ona", "ona", name, username, "nomor", email, name),
        place_text=place,
        group_key=group,
        reply_to=place,
        lon_deg=lon,
        lat_deg=lat,
    )
    sender = found.sender
    assert len(sender.display_name) <= 200
    assert len(sender.username) <= 100
    assert len(sender.email) <= 254
    assert len(sender.language) <= 12
    assert len(found.place_text) <= 300
    assert len(found.group_key) <= 100
    assert len(found.reply_to) <= 200
    assert (found.lon_deg is None) == (found.lat_deg is None)
    if found.lon_deg is not None and found.lat_deg is not None:
        assert -180 <= found.lon_deg <= 180
        assert -90 <= found.lat_deg <= 90


@given(
    st.recursive(any_text | st.floats() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(any_text, inner))
)
def test_whatever_else_the_channel_said_is_json(value: Any) -> None:
    details = fitted(details={"said": value}).details
    assert "\\u0000" not in json.dumps(details, allow_nan=False)


@pytest.mark.parametrize(
    "over",
    [
        {"external_id": ""},
        {"external_id": "x" * 201},
        {"scope": ""},
        {"scope": "x" * 81},
        {"sender": Sender("", "ona")},
        {"sender": Sender("x" * 201, "ona")},
        {"sender": Sender("ona", "x" * 201)},
        {"sender": Sender("ona", "ona", aliases=("a\x00",))},
        {"attachments": (AttachmentRef(""),)},
        {"attachments": (AttachmentRef("x" * 4_001),)},
    ],
)
def test_an_id_everything_hangs_on_is_right_or_the_payload_is_rejected(over: dict[str, Any]) -> None:
    with pytest.raises(PayloadRejected):
        fitted(**over)


def test_an_empty_alias_is_no_alias() -> None:
    assert fitted(sender=Sender("ona", "", aliases=("", "x"))).sender.aliases == ("x",)


def test_times_are_kept_in_utc() -> None:
    wit = timezone(timedelta(hours=9))
    found = fitted(sent_at=datetime(2026, 11, 20, 10, 15, tzinfo=wit))
    assert found.sent_at == SPOKEN_AT
    assert found.sent_at.tzinfo is UTC


def test_a_time_without_a_zone_is_the_plug_ins_mistake() -> None:
    with pytest.raises(InvalidInput):
        fitted(sent_at=datetime(2026, 11, 20, 10, 15))


def test_a_hash_in_capitals_is_the_same_hash_and_nonsense_is_none() -> None:
    files = (AttachmentRef("a", sha256="A" * 64), AttachmentRef("b", sha256="not a hash"))
    assert [file.sha256 for file in fitted(attachments=files).attachments] == ["a" * 64, ""]


def test_words_about_messages_fit_too() -> None:
    status = fit(DeliveryStatus("w", "failed", SPOKEN_AT, "c" * 99, "w\x00" * 400), SPOKEN_AT)
    assert isinstance(status, DeliveryStatus)
    assert (len(status.code), len(status.words)) == (40, 300)
    edited = fit(MessageEdited("m", SPOKEN_AT, "a\x00"), SPOKEN_AT)
    assert isinstance(edited, MessageEdited)
    assert "\x00" not in edited.text
    ignored = fit(Ignored("r\x00" * 400), SPOKEN_AT)
    assert isinstance(ignored, Ignored)
    assert len(ignored.reason) == 300


@pytest.mark.parametrize(
    "event",
    [
        MessageDeleted("", SPOKEN_AT),
        MessageEdited("x" * 201, SPOKEN_AT, ""),
        DeliveryStatus("", "sent", SPOKEN_AT),
        ContactChanged("bot", ("",), Sender("a", "a"), SPOKEN_AT),
        ContactChanged("", ("a",), Sender("a", "a"), SPOKEN_AT),
    ],
)
def test_words_about_nothing_are_rejected(event: Any) -> None:
    with pytest.raises(PayloadRejected):
        fit(event, SPOKEN_AT)


def test_everybody_a_payload_speaks_of_is_known_before_anything_is_stored() -> None:
    changed = ContactChanged("bot", ("old", "older"), Sender("new", "new", aliases=("wa",)), SPOKEN_AT)
    reading = Reading(InboundPayload(account=ChannelAccount()), [message(), changed, Ignored("x")])
    [(scope, writer), (_, mover)] = reading.senders
    assert (scope, writer.external_id) == ("bot", "ona")
    assert (mover.external_id, mover.aliases) == ("new", ("wa", "old", "older"))
