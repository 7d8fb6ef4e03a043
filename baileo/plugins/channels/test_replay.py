"""`baileo replay` over the fixtures of all three channels, under every name people give them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from baileo.city.messages.channel import Channel, InboundMessage
from baileo.city.messages.replay import payload_bytes, replay
from baileo.plugins.channels.telegram.adapter import Telegram
from baileo.plugins.channels.whatsapp_cloud.adapter import WhatsAppCloud

HERE = Path(__file__).parent
# Payloads collected elsewhere, where somebody keeps them beside this repository; nothing of them is copied here.
SHARED = HERE.parents[3] / "shared"


def outcome(channel: str, fixture: str) -> dict[str, Any]:
    (line,) = replay(channel, [HERE / fixture])
    return line


@pytest.mark.parametrize("name", ["whatsapp", "whatsapp_cloud", "whatsapp-cloud"])
def test_people_may_say_whatsapp(name: str) -> None:
    assert outcome(name, "whatsapp_cloud/fixtures/in/message-text.json")["outcome"] == "messages"


@pytest.mark.parametrize("name", ["web", "web_form", "web-form"])
def test_people_may_say_web(name: str) -> None:
    assert outcome(name, "web_form/fixtures/in/form-submission.json")["outcome"] == "messages"


@pytest.mark.parametrize(
    ("fixture", "expected"),
    [
        ("telegram/fixtures/in/message-text.json", "messages"),
        ("telegram/fixtures/in/message-photo-album.json", "messages"),
        ("telegram/fixtures/in/message-location.json", "messages"),
        ("telegram/fixtures/in/edited-text.json", "ignored"),
        ("telegram/fixtures/in/group-message.json", "ignored"),
        ("whatsapp_cloud/fixtures/in/message-text.json", "messages"),
        ("whatsapp_cloud/fixtures/in/message-image.json", "messages"),
        ("whatsapp_cloud/fixtures/in/message-location.json", "messages"),
        ("whatsapp_cloud/fixtures/in/message-username-only.json", "messages"),
        ("whatsapp_cloud/fixtures/in/status.json", "ignored"),
        ("whatsapp_cloud/fixtures/in/platform-news.json", "ignored"),
        ("whatsapp_cloud/fixtures/handshake/verification.json", "ignored"),
        ("web_form/fixtures/in/form-submission.json", "messages"),
    ],
)
def test_each_kind_of_payload_comes_out_as_what_it_is(fixture: str, expected: str) -> None:
    line = outcome(fixture.partition("/")[0], fixture)
    assert line["outcome"] == expected
    assert line["messages"] if expected == "messages" else line["reason"]


def test_statuses_are_told_even_where_nobody_wrote_anything() -> None:
    line = outcome("whatsapp", "whatsapp_cloud/fixtures/in/status.json")
    assert [status["state"] for status in line["statuses"]] == ["sent", "delivered", "failed"]


def test_the_body_of_one_channel_is_rejected_by_another() -> None:
    line = outcome("telegram", "whatsapp_cloud/fixtures/in/message-text.json")
    assert (line["outcome"], "update_id" in line["reason"]) == ("rejected", True)


def test_no_fixture_breaks_a_parser_whatever_channel_it_is_given_to() -> None:
    files = sorted(HERE.glob("*/fixtures/**/*.json"))
    assert len(files) > 100
    for channel in {path.parent.name for path in HERE.glob("*/manifest.toml")}:
        assert not [line for line in replay(channel, files) if line["outcome"] == "broken"]


# Extra: payloads of others


@pytest.mark.parametrize(
    ("channel", "pattern"), [("telegram", "telegram-*"), ("whatsapp", "whatsapp-*"), ("web", "web-form*")]
)
def test_our_fixtures_are_still_the_shared_ones(channel: str, pattern: str) -> None:
    files = sorted((SHARED / "channels").glob(f"{pattern}.json"))
    if not files:
        pytest.skip("no shared payloads beside this repository")
    own = {path.read_bytes() for path in HERE.glob("*/fixtures/**/*.json")}
    for file, line in zip(files, replay(channel, files), strict=True):
        assert file.read_bytes() in own, file.name
        is_message = "message" in file.name or channel == "web"
        assert line["outcome"] == ("messages" if is_message else "ignored"), file.name


@pytest.mark.parametrize(("channel", "folder"), [(Telegram, "telegram"), (WhatsAppCloud, "whatsapp_cloud")])
def test_what_other_programs_met_is_understood_too(channel: type[Channel], folder: str) -> None:
    files = sorted((SHARED / "data" / "channels" / folder).glob("*.json"))
    if not files:
        pytest.skip("no shared payloads beside this repository")
    for file in files:
        events = channel.parse(payload_bytes(file))
        assert len(events) == 1, file.name
        if isinstance(events[0], InboundMessage):
            assert events[0].text or events[0].attachments or events[0].lon_deg is not None
