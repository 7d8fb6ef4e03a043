"""Telegram's messages by kind, and promises that hold for any words, places and ids."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.messages.channel import AccountSettings, AttachmentRef, Ignored, InboundMessage, MessageEdited
from baileo.core.testing import FakeHttp
from baileo.plugins.channels.telegram.adapter import Telegram

ONA = {"id": 7, "is_bot": False, "first_name": "Ona"}
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
ids = st.integers(1, 2**53)


def an_update(key: str = "message", *, update_id: int = 5, **message: Any) -> bytes:
    usual = {"message_id": 1, "date": 1795137300, "from": ONA, "chat": {"id": 7, "type": "private"}}
    return json.dumps({"update_id": update_id, key: usual | message}).encode()


def a_message(**message: Any) -> InboundMessage:
    (event,) = Telegram.parse(an_update(**message))
    assert isinstance(event, InboundMessage)
    return event


def bot(http: FakeHttp) -> Telegram:
    return Telegram(AccountSettings("ambon", {}, {"bot_token": "123456789:AAfixture-token"}), http)


class TestWords:
    @given(words)
    def test_they_arrive_sign_by_sign(self, said: str) -> None:
        assert a_message(text=said).text == said

    @given(words)
    def test_an_edit_arrives_sign_by_sign(self, said: str) -> None:
        (event,) = Telegram.parse(an_update("edited_message", text=said, edit_date=1795137400))
        assert isinstance(event, MessageEdited)
        assert (event.text, event.external_id) == (said, "7:1")

    def test_the_words_under_a_photo_are_words(self) -> None:
        assert a_message(caption="bocor besar", photo=[{"file_id": "x", "width": 1, "height": 1}]).text == "bocor besar"

    def test_an_edit_without_its_own_time_has_the_message_s(self) -> None:
        (event,) = Telegram.parse(an_update("edited_message", text="x"))
        assert isinstance(event, MessageEdited)
        assert event.edited_at.timestamp() == 1795137300

    @given(ids, ids)
    def test_an_id_names_chat_and_message(self, chat: int, message: int) -> None:
        sent = a_message(text="x", message_id=message, chat={"id": chat, "type": "private"})
        assert sent.external_id == f"{chat}:{message}"
        assert sent.sender.address == str(chat)

    def test_the_same_numbers_in_two_chats_are_two_messages(self) -> None:
        one, other = (a_message(text="x", chat={"id": chat, "type": "private"}) for chat in (7, 8))
        assert one.external_id != other.external_id


class TestFiles:
    @pytest.mark.parametrize(
        ("kind", "given_type", "media_type"),
        [
            ("document", "application/pdf", "application/pdf"),
            ("document", "", ""),
            ("voice", "", "audio/ogg"),
            ("voice", "audio/opus", "audio/opus"),
            ("video", "", "video/mp4"),
            ("video_note", "", "video/mp4"),
            ("audio", "", "audio/mpeg"),
            ("audio", "audio/mp4", "audio/mp4"),
        ],
    )
    def test_each_kind_is_one_file_with_its_usual_type(self, kind: str, given_type: str, media_type: str) -> None:
        file = {"file_id": "F1", **({"mime_type": given_type} if given_type else {})}
        assert a_message(**{kind: file}).attachments == (AttachmentRef("F1", media_type),)

    def test_a_document_keeps_the_name_its_sender_gave(self) -> None:
        (ref,) = a_message(document={"file_id": "F1", "file_name": "surat rt 02.pdf"}).attachments
        assert ref.name == "surat rt 02.pdf"

    def test_a_moving_picture_is_not_fetched_twice(self) -> None:
        """Telegram sends `animation` and, for older programs, the same file as `document`."""
        file = {"file_id": "F1", "mime_type": "video/mp4"}
        assert len(a_message(animation=file, document=file).attachments) == 1

    @given(st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 4000)), min_size=1, max_size=6))
    def test_of_a_photo_no_size_is_larger_than_the_one_taken(self, sizes: list[tuple[int, int]]) -> None:
        photo = [{"file_id": str(n), "width": width, "height": height} for n, (width, height) in enumerate(sizes)]
        (ref,) = a_message(photo=photo).attachments
        taken = sizes[int(ref.ref)]
        assert taken[0] * taken[1] == max(width * height for width, height in sizes)

    def test_what_belongs_to_an_album_says_so(self) -> None:
        assert a_message(text="x", media_group_id="1370").group_key == "1370"
        assert a_message(text="x").group_key == ""


class TestPlaces:
    @given(st.floats(-180, 180), st.floats(-90, 90))
    def test_a_place_arrives_exactly_longitude_first(self, lon_deg: float, lat_deg: float) -> None:
        message = a_message(location={"longitude": lon_deg, "latitude": lat_deg})
        assert (message.lon_deg, message.lat_deg) == (lon_deg, lat_deg)

    def test_how_exact_the_phone_was_is_noted(self) -> None:
        place = {"longitude": 128.18, "latitude": -3.7}
        assert a_message(location=place | {"horizontal_accuracy": 12.5}).details == {"accuracy_m": 12.5}
        assert a_message(location=place).details == {}

    @pytest.mark.parametrize(
        ("title", "address", "text"),
        [
            ("Pasar Mardika", "Jl. Pantai Mardika", "Pasar Mardika, Jl. Pantai Mardika"),
            ("Pasar Mardika", "", "Pasar Mardika"),
            ("", "Jl. Pantai Mardika", "Jl. Pantai Mardika"),
            ("", "", ""),
        ],
    )
    def test_a_venue_says_where_it_is_in_words(self, title: str, address: str, text: str) -> None:
        place = {"longitude": 128.18, "latitude": -3.7}
        message = a_message(venue={"location": place, "title": title, "address": address}, location=place)
        assert (message.place_text, message.lon_deg) == (text, 128.18)

    def test_a_live_location_moves_no_report(self) -> None:
        moved = an_update("edited_message", location={"longitude": 128.18, "latitude": -3.7, "live_period": 900})
        assert Telegram.parse(moved) == [Ignored("a live location that moved")]


class TestPeople:
    @pytest.mark.parametrize(
        ("first", "last", "shown"), [("Ona", "Fixture", "Ona Fixture"), ("Ona", "", "Ona"), ("", "", "")]
    )
    def test_names_are_what_there_is(self, first: str, last: str, shown: str) -> None:
        sender = a_message(text="x", **{"from": {"id": 7, "first_name": first, "last_name": last}}).sender
        assert sender.display_name == shown

    def test_without_a_user_name_and_language_they_are_empty(self) -> None:
        sender = a_message(text="x").sender
        assert (sender.username, sender.language, sender.phone, sender.email, sender.aliases) == ("", "", "", "", ())

    @pytest.mark.parametrize(
        ("written", "kept"),
        [("6281200000001", "+6281200000001"), ("+6281200000001", "+6281200000001"), ("0812 abc", "0812 abc")],
    )
    def test_a_number_gets_its_plus_and_nothing_else(self, written: str, kept: str) -> None:
        assert a_message(contact={"phone_number": written, "user_id": 7}).sender.phone == kept

    def test_all_bots_share_one_scope(self) -> None:
        assert a_message(text="x").scope == "telegram"


class TestAnswers:
    def test_what_it_answers_is_named_the_same_way(self) -> None:
        assert a_message(text="ya", reply_to_message={"message_id": 41}).reply_to == "7:41"
        assert a_message(text="ya").reply_to == ""

    def test_a_sticker_is_shown_as_its_sign(self) -> None:
        assert a_message(sticker={"emoji": "🙏"}).details == {"type": "sticker", "emoji": "🙏"}


class TestKeys:
    @given(ids, words)
    def test_an_update_has_one_key_whatever_it_says(self, update_id: int, said: str) -> None:
        assert bot(FakeHttp()).event_key(an_update(update_id=update_id, text=said)) == f"update:{update_id}"

    @given(st.lists(ids, unique=True, max_size=8))
    def test_polling_goes_on_after_the_highest_and_loses_none(self, found: list[int]) -> None:
        updates = [{"update_id": update_id} for update_id in found]
        polled = bot(FakeHttp().will(json={"ok": True, "result": updates})).poll("1", 0)
        assert int(polled.cursor) == max([*found, 0]) + 1
        assert [json.loads(body)["update_id"] for body in polled.bodies] == found

    @given(words)
    def test_what_was_polled_reads_like_what_was_posted(self, said: str) -> None:
        update = json.loads(an_update(text=said))
        (body,) = bot(FakeHttp().will(json={"ok": True, "result": [update]})).poll("", 0).bodies
        assert Telegram.parse(body) == Telegram.parse(an_update(text=said))
