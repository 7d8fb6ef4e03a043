"""What is the web form's own; fixtures and the rules common to all channels are in `test_contract.py`."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.messages.channel import AccountSettings, InboundMessage, OutboundMessage
from baileo.core.errors import DeliveryFailed, PayloadRejected
from baileo.core.testing import FakeHttp
from baileo.plugins.channels.web_form.adapter import WebForm

FIRST = "0192f0c0-7000-7000-8000-000000000002"
SECOND = "0192f0c0-7000-7000-8000-000000000003"
SUBMITTED_AT = datetime.fromisoformat("2026-11-20T10:20:00+09:00")


def form() -> WebForm:
    return WebForm(AccountSettings("web", {}, {}), FakeHttp())


def a_submission(**over: Any) -> bytes:
    usual = {"client_submission_id": FIRST, "submitted_at": SUBMITTED_AT.isoformat(), "text": "Lampu mati"}
    return json.dumps(usual | over).encode()


def parsed(**over: Any) -> InboundMessage:
    (event,) = WebForm.parse(a_submission(**over))
    assert isinstance(event, InboundMessage)
    return event


def test_nobody_can_post_to_it_from_outside() -> None:
    assert not form().verify({"x-anything": "1"}, a_submission())
    assert form().handshake({"hub.mode": "subscribe"}) is None


def test_the_browser_s_own_id_makes_a_submission_unique() -> None:
    upper = a_submission(client_submission_id=FIRST.upper(), text="other words")
    assert form().event_key(a_submission()) == form().event_key(upper) == FIRST


@pytest.mark.parametrize("body", [b"", b"[]", b'{"client_submission_id": 1}', b'{"client_submission_id": "x"}'])
def test_without_that_id_the_bytes_themselves_are_the_key(body: bytes) -> None:
    assert len(form().event_key(body)) == 64


def test_two_reports_of_one_phone_number_are_two_people() -> None:
    contact = {"phone": "+6281200000008"}
    one, other = parsed(contact=contact), parsed(contact=contact, client_submission_id=SECOND)
    assert one.sender.phone == other.sender.phone == "+6281200000008"
    assert one.sender.external_id != other.sender.external_id


def test_a_further_word_joins_the_talk_it_continues() -> None:
    assert parsed(client_submission_id=SECOND, continues=FIRST).sender.external_id == parsed().sender.external_id


def test_a_further_word_brings_no_kind_and_no_flags_of_its_own() -> None:
    details = parsed(client_submission_id=SECOND, continues=FIRST).details
    assert set(details) == {"continues", "submitted_at"}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("pengaduan", "complaint"),
        ("aspirasi", "aspiration"),
        ("permintaan_informasi", "information"),
        ("darurat", "emergency"),
    ],
)
def test_the_citizens_word_becomes_the_kind(said: str, kind: str) -> None:
    assert parsed(type=said).details["kind"] == kind


def test_flags_are_said_plainly_both_ways() -> None:
    hidden = parsed(flags={"anonim": True, "rahasia": True}).details
    assert (hidden["is_anonymous"], hidden["is_confidential"]) == (True, True)
    assert (parsed().details["is_anonymous"], parsed().details["is_confidential"]) == (False, False)


@pytest.mark.parametrize(
    ("before", "is_believed"),
    [
        (timedelta(0), True),
        (timedelta(hours=8), True),
        (timedelta(days=30), True),
        (timedelta(days=31), False),
        (timedelta(seconds=-1), False),
    ],
)
def test_the_phone_s_clock_is_believed_a_month_back_and_never_ahead(before: timedelta, *, is_believed: bool) -> None:
    captured_at = SUBMITTED_AT - before
    message = parsed(created_offline_at=captured_at.isoformat())
    assert message.sent_at == (captured_at if is_believed else SUBMITTED_AT)
    assert message.details["created_offline_at"] == captured_at.isoformat()  # what it claimed stays on record


def test_half_a_position_is_none() -> None:
    message = parsed(location={"lat": -3.7, "lng": None, "address_text": "Negeri Soya"})
    assert (message.lon_deg, message.lat_deg, message.place_text) == (None, None, "Negeri Soya")


def test_longitude_and_latitude_are_not_swapped() -> None:
    message = parsed(location={"lat": -3.7125, "lng": 128.2203, "accuracy_m": 35, "source": "gps"})
    assert (message.lon_deg, message.lat_deg) == (128.2203, -3.7125)
    assert (message.details["accuracy_m"], message.details["location_source"]) == (35, "gps")


def test_uploads_are_named_by_what_the_site_called_them() -> None:
    file = {
        "upload_id": "up_0001",
        "sha256": "a" * 64,
        "content_type": "image/webp",
        "bytes": 98112,
        "name": "foto.webp",
    }
    (ref,) = parsed(attachments=[file]).attachments
    assert (ref.ref, ref.media_type, ref.sha256, ref.name) == ("upload:up_0001", "image/webp", "a" * 64, "foto.webp")


@pytest.mark.parametrize(
    "wrong",
    [
        {"surprise": 1},
        {"text": ""},
        {"text": "x" * 8001},
        {"client_submission_id": "not-a-uuid"},
        {"submitted_at": "2026-11-20T10:20:00"},
        {"type": "keluhan"},
        {"flags": {"anonim": True, "admin": True}},
        {"location": {"lat": 91, "lng": 0}},
        {"attachments": [{"upload_id": "x", "sha256": "A" * 64}]},
        {"attachments": [{"upload_id": str(n)} for n in range(11)]},
        {"contact": {"phone": "0" * 33}},
    ],
)
def test_a_shape_nobody_agreed_on_is_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(PayloadRejected, match="Web form: 1 field"):
        WebForm.parse(a_submission(**wrong))


def test_a_rejection_never_quotes_the_person() -> None:
    with pytest.raises(PayloadRejected) as caught:
        WebForm.parse(a_submission(contact={"phone": "081200000001" * 4}))
    assert "0812" not in str(caught.value)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.dictionaries(
    st.sampled_from(["client_submission_id", "text", "location", "flags", "contact", "lat"]), inner
) | st.lists(inner), max_leaves=12))  # fmt: skip
def test_no_json_whatsoever_breaks_the_parser(body: Any) -> None:
    with pytest.raises(PayloadRejected):
        WebForm.parse(json.dumps(body).encode())
    form().event_key(json.dumps(body).encode())


def test_an_answer_counts_as_sent_because_the_tracking_page_shows_it() -> None:
    http = FakeHttp()
    channel = WebForm(AccountSettings("web", {}, {}), http)
    message = OutboundMessage(client_id=UUID(SECOND), address="", text="Sudah diperbaiki")
    accepted = channel.send(message)
    assert (accepted.is_sent, accepted.external_id) == (True, f"lacak:{SECOND}")
    assert http.calls == []
    assert not WebForm.has_receipts
    assert WebForm.reply_window is None


def test_a_file_that_did_not_come_along_cannot_be_fetched_later() -> None:
    with pytest.raises(DeliveryFailed) as caught:
        form().fetch("upload:up_0001")
    assert caught.value.permanent


def test_the_test_button_has_something_to_say() -> None:
    assert "works when the site works" in form().check()
