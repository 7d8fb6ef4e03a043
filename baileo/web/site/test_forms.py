"""What a citizen types becomes the web form's payload, or comes back with a reason."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict

from baileo.plugins.channels.web_form.adapter import WebForm
from baileo.web.site.forms import MOST_PHOTOS, FollowUpForm, ReportForm, follow_up_payload, report_payload

WORDS = "Jembatan kecil di Soya patah, anak sekolah sulit lewat"


def typed(**over: Any) -> ReportForm:
    return ReportForm({"text": WORDS, "who": "confidential", **over})


def body_of(form: ReportForm) -> dict[str, Any]:
    assert form.is_valid(), form.errors
    found: dict[str, Any] = json.loads(report_payload(form.cleaned_data, [], "id"))
    return found


def test_secret_is_what_an_untouched_form_asks_for() -> None:
    assert ReportForm().fields["who"].initial == "confidential"
    assert body_of(typed())["flags"] == {"anonim": False, "rahasia": True}


@pytest.mark.parametrize(
    ("who", "flags"),
    [("anonymous", {"anonim": True, "rahasia": False}), ("open", {"anonim": False, "rahasia": False})],
)
def test_who_may_see_it_goes_along(who: str, flags: dict[str, bool]) -> None:
    assert body_of(typed(who=who))["flags"] == flags


def test_what_the_form_builds_is_what_the_channel_understands() -> None:
    form = typed(lon="128.2203", lat="-3.7125", accuracy_m="35", place_text="Negeri Soya", phone="0812 0000 0008")
    assert form.is_valid(), form.errors
    events = WebForm.parse(report_payload(form.cleaned_data, [], "id"))
    message: Any = events[0]
    assert (message.text, message.lon_deg, message.lat_deg) == (WORDS, 128.2203, -3.7125)
    assert message.details["is_confidential"] is True


def test_a_follow_up_continues_the_first_conversation() -> None:
    first, second = str(uuid.uuid4()), uuid.uuid4()
    message: Any = WebForm.parse(follow_up_payload(first, second, "Masih bocor", "id"))[0]
    assert message.sender.external_id == f"web:{first}"
    assert message.external_id == str(second)


def test_the_time_written_offline_is_kept() -> None:
    assert body_of(typed(created_offline_at="2026-11-20T00:58:12.000Z"))["created_offline_at"].startswith("2026-11-20T")


@pytest.mark.parametrize("text", ["", "   ", "mati"])
def test_too_few_words_come_back_with_a_reason(text: str) -> None:
    form = typed(text=text)
    assert not form.is_valid()
    assert form.errors["text"]


@pytest.mark.parametrize("phone", ["abc", "12", "+99999999999999999999"])
def test_a_number_that_is_none_comes_back(phone: str) -> None:
    assert "phone" in typed(phone=phone).errors


def test_a_number_is_kept_as_the_whole_world_writes_it() -> None:
    assert body_of(typed(phone="0812-0000-0008"))["contact"]["phone"] == "+6281200000008"


def test_half_a_point_is_no_point() -> None:
    assert body_of(typed(lon="128.2"))["location"] is None


def test_too_many_photos_are_refused_in_words() -> None:
    photos: list[Any] = [SimpleUploadedFile(f"{n}.jpg", b"x", "image/jpeg") for n in range(MOST_PHOTOS + 1)]
    form = ReportForm({"text": WORDS, "who": "open"}, MultiValueDict({"photos": photos}))
    assert str(MOST_PHOTOS) in str(form.errors["photos"])


def test_a_machine_that_fills_the_hidden_field_is_noticed() -> None:
    form = typed(website="https://spam.invalid")
    assert form.is_valid()
    assert form.is_machine


def test_a_follow_up_needs_words() -> None:
    assert not FollowUpForm({"text": " "}).is_valid()
