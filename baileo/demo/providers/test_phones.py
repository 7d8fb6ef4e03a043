"""What a citizen's screen remembers and shows."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread

import pytest

from baileo.core.clock import clock
from baileo.demo.providers.phones import LONGEST_TALK, Bubble, Phones, phone_list_page, phone_page, talk_page

NOON = datetime(2026, 11, 20, 3, 5, tzinfo=UTC)  # 12.05 in Ambon


def city(text: str, external_id: str = "1") -> Bubble:
    return Bubble("city", text, external_id)


def citizen(text: str, external_id: str = "1") -> Bubble:
    return Bubble("citizen", text, external_id)


class TestMemory:
    def test_both_sides_are_kept_in_order_and_the_inbox_is_the_city_s(self) -> None:
        phones = Phones()
        for bubble in (citizen("satu"), city("dua"), citizen("tiga")):
            phones.add("7", bubble)
        assert [bubble.text for bubble in phones.transcript("7")] == ["satu", "dua", "tiga"]
        assert [bubble.text for bubble in phones.inbox("7")] == ["dua"]

    def test_a_phone_nobody_used_is_empty_and_does_not_appear(self) -> None:
        phones = Phones()
        assert phones.transcript("7") == []
        assert phones.contacts() == []

    def test_the_latest_talk_stands_first(self) -> None:
        phones = Phones()
        with clock.stopped_at(NOON) as stopped:
            phones.add("7", citizen("x"))
            stopped.tick(minutes=1)
            phones.add("8", citizen("x"))
        phones.name("7", "Ona")
        assert phones.contacts() == [("8", "8", 1), ("7", "Ona", 1)]

    def test_an_edit_touches_only_its_message(self) -> None:
        phones = Phones()
        phones.add("7", citizen("lama", "a"))
        phones.add("7", citizen("lain", "b"))
        phones.edit("7", "a", "baru")
        assert [(bubble.text, bubble.is_edited) for bubble in phones.transcript("7")] == [
            ("baru", True),
            ("lain", False),
        ]

    def test_only_the_newest_are_kept(self) -> None:
        phones = Phones()
        for number in range(LONGEST_TALK + 3):
            phones.add("7", citizen(str(number)))
        assert [bubble.text for bubble in phones.transcript("7")][:1] == ["3"]

    def test_what_is_given_out_is_a_copy(self) -> None:
        phones = Phones()
        phones.add("7", citizen("x"))
        phones.transcript("7").clear()
        assert len(phones.transcript("7")) == 1


class TestWaiting:
    def test_it_ends_when_the_words_come(self) -> None:
        phones = Phones()
        phones.add("7", city("lain"))
        speaking = Thread(target=lambda: phones.add("7", city("Nomor 2026-000001")))
        speaking.start()
        assert [bubble.text for bubble in phones.wait_for("7", "Nomor")] == ["Nomor 2026-000001"]
        speaking.join()

    def test_the_citizen_s_own_words_do_not_count(self) -> None:
        phones = Phones()
        phones.add("7", citizen("Nomor berapa?"))
        with pytest.raises(TimeoutError):
            phones.wait_for("7", "Nomor", timeout_s=0.01)

    def test_as_many_are_waited_for_as_asked(self) -> None:
        phones = Phones()
        phones.add("7", city("satu"))
        with pytest.raises(TimeoutError, match="Fewer than 2"):
            phones.wait_for("7", count=2, timeout_s=0.01)


class TestPages:
    def test_everything_says_demo(self) -> None:
        pages = [phone_list_page("Telegram", "", []), phone_page("Telegram", "/phone/7", "Ona"), talk_page("T", "", [])]
        assert all("DEMO" in page for page in pages)

    @pytest.mark.parametrize("words", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "&lt;"])
    def test_a_citizen_s_words_and_name_run_nowhere(self, words: str) -> None:
        pages = [
            talk_page("T", "/phone/7", [citizen(words)]),
            phone_page("T", "/phone/7", words),
            phone_list_page("T", "", [("7", words, 1)]),
        ]
        assert not [page for page in pages if words in page]
        assert not [page for page in pages if "<script" in page]

    def test_times_are_the_city_s_with_the_name_of_its_zone(self) -> None:
        with clock.stopped_at(NOON):
            assert "12.05 WIT" in talk_page("T", "/phone/7", [citizen("x")])

    def test_a_photo_a_place_and_an_edit_are_shown(self) -> None:
        photo = Bubble("citizen", "", "1", media_id="m 1", media_type="image/jpeg")
        place = Bubble("citizen", "", "2", lon_deg=128.19, lat_deg=-3.69)
        edited = Bubble("citizen", "baru", "3", is_edited=True)
        page = talk_page("T", "/phone/7", [photo, place, edited])
        assert 'src="/phone/7/media/m%201"' in page
        assert "-3.69000, 128.19000" in page
        assert "diedit" in page

    def test_what_is_no_picture_is_not_shown_as_one(self) -> None:
        voice = Bubble("citizen", "", "1", media_id="m1", media_type="audio/ogg")
        assert "<img" not in talk_page("T", "/phone/7", [voice])

    def test_typing_is_not_disturbed_by_the_reload_of_the_talk(self) -> None:
        assert "refresh" not in phone_page("T", "/phone/7", "Ona")
        assert "refresh" in talk_page("T", "/phone/7", [])
