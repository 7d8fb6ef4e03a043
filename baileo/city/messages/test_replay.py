from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from baileo.city.messages.registry import FOLDER
from baileo.city.messages.replay import as_json, payload_bytes, read_payload, replay
from baileo.city.messages.testing import FakeChannel, Provider, body_of, words
from baileo.core.errors import NotFound


def lines(folder: Path, channel: str = "fake", **files: Any) -> list[dict[str, Any]]:
    paths = []
    for name, content in files.items():
        path = folder / f"{name}.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        paths.append(path)
    found = list(replay(channel, paths))
    assert all(json.loads(json.dumps(line)) == line for line in found), "every line is plain JSON"
    return found


def test_a_message_is_told_with_its_words_and_times(tmp_path: Path) -> None:
    [line] = lines(tmp_path, a=body_of(words(text="Lampu mati é", name="Ona", lon_deg=128.1, lat_deg=-3.6)))
    assert line["file"] == str(tmp_path / "a.json")
    assert line["outcome"] == "messages"
    assert line["messages"] == [
        {
            "event": "message",
            "external_id": "m1",
            "scope": "bot",
            "sender": {"external_id": "ona", "address": "ona", "display_name": "Ona"},
            "sent_at": "2026-11-20T01:15:00Z",
            "text": "Lampu mati é",
            "lon_deg": 128.1,
            "lat_deg": -3.6,
        }
    ]


def test_each_file_gives_one_line_in_the_order_asked_for(tmp_path: Path) -> None:
    found = lines(tmp_path, b=body_of(words("m2")), a=body_of(words("m1")), c=b"nonsense")
    assert [line["outcome"] for line in found] == ["messages", "messages", "rejected"]
    assert [Path(line["file"]).stem for line in found] == ["b", "a", "c"]


class TestOutcomes:
    def test_statuses_only_are_ignored_but_told(self, tmp_path: Path) -> None:
        [line] = lines(tmp_path, a=body_of({"event": "status", "id": "w1", "state": "read"}))
        assert (line["outcome"], line["reason"]) == ("ignored", "delivery statuses only")
        assert line["statuses"] == [
            {"event": "status", "external_id": "w1", "state": "read", "at": "2026-11-20T01:15:00Z"}
        ]

    def test_changes_only_are_ignored_but_told(self, tmp_path: Path) -> None:
        [line] = lines(tmp_path, a=body_of({"event": "edited", "id": "m1", "text": "x"}))
        assert (line["outcome"], line["reason"]) == ("ignored", "changes of earlier messages")
        assert line["changes"][0]["text"] == "x"

    def test_a_message_with_statuses_is_a_message(self, tmp_path: Path) -> None:
        [line] = lines(tmp_path, a=body_of(words(), {"event": "status", "id": "w1", "state": "read"}))
        assert (line["outcome"], len(line["messages"]), len(line["statuses"])) == ("messages", 1, 1)

    def test_what_is_not_for_us_says_why(self, tmp_path: Path) -> None:
        event = {"event": "ignored", "reason": "a group chat"}
        [line] = lines(tmp_path, a=body_of(event, event))
        assert line == {"file": line["file"], "outcome": "ignored", "reason": "a group chat"}

    def test_a_body_without_events_is_ignored(self, tmp_path: Path) -> None:
        [line] = lines(tmp_path, a=body_of())
        assert (line["outcome"], line["reason"]) == ("ignored", "nothing for us in it")

    @pytest.mark.parametrize("body", [b"", b"nonsense", b"[1]", b"\xff\xfe", b"[" * 100_000])
    def test_what_the_provider_does_not_document_is_rejected(self, tmp_path: Path, body: bytes) -> None:
        [line] = lines(tmp_path, a=body)
        assert line["outcome"] == "rejected"
        assert line["reason"]

    def test_a_parser_that_breaks_is_told_without_the_words_it_broke_on(
        self, tmp_path: Path, provider: Provider
    ) -> None:
        provider.break_on = b"rahasia"
        [line] = lines(tmp_path, a=body_of(words(text="rahasia")))
        assert line["outcome"] == "broken"
        assert line["reason"].startswith("the parser failed: KeyError at testing.py:")

    def test_a_file_that_cannot_be_read_is_told_and_the_others_go_on(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_bytes(body_of(words()))
        found = list(replay("fake", [tmp_path / "missing.json", tmp_path, tmp_path / "a.json"]))
        assert [line["outcome"] for line in found] == ["broken", "broken", "messages"]
        assert "No such file" in found[0]["reason"]

    def test_an_unknown_channel_is_an_error_of_the_asker(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound):
            list(replay("pigeon", []))


class TestTheWrapperForm:
    def wrapper(self, **request: Any) -> dict[str, Any]:
        return {"fixture": {"channel": "fake"}, "request": {"method": "POST", "body_encoding": "json", **request}}

    def test_is_parsed_by_its_body(self, tmp_path: Path) -> None:
        [line] = lines(tmp_path, a=self.wrapper(body=json.loads(body_of(words()))))
        assert line["outcome"] == "messages"

    def test_gives_the_bytes_that_were_signed(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text(json.dumps(self.wrapper(body={"b": "é 😢", "a": [1, 2]}, headers={"X-Sign": "s"})), "utf-8")
        payload = read_payload(path)
        assert payload.body == b'{"b":"\\u00e9 \\ud83d\\ude22","a":[1,2]}'
        assert payload.headers == {"x-sign": "s"}
        assert payload_bytes(path) == payload.body

    def test_a_verification_of_our_address_is_ignored(self, tmp_path: Path) -> None:
        request = self.wrapper(method="GET", query={"hub.challenge": "1"}, body_encoding="none", body=None)
        [line] = lines(tmp_path, a=request)
        assert line["outcome"] == "ignored"
        assert "verification" in line["reason"]

    def test_a_post_without_a_body_is_rejected(self, tmp_path: Path) -> None:
        [line] = lines(tmp_path, a=self.wrapper(body=None))
        assert line["outcome"] == "rejected"

    def test_a_body_that_is_no_json_is_taken_as_it_stands(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text(json.dumps(self.wrapper(body="Body=halo&From=62", body_encoding="form")), "utf-8")
        assert payload_bytes(path) == b"Body=halo&From=62"

    def test_a_raw_body_that_happens_to_speak_of_a_request_is_raw(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_bytes(b'{"request": "tolong"}')
        assert payload_bytes(path) == b'{"request": "tolong"}'


@pytest.mark.parametrize("channel", ["telegram", "whatsapp_cloud", "web_form"])
def test_the_fixtures_of_every_channel_replay(channel: str) -> None:
    files = sorted((FOLDER / channel / "fixtures" / "in").glob("*.json"))
    files = [file for file in files if not file.name.endswith(".expected.json")]
    found = list(replay(channel, files))
    assert found
    assert {line["outcome"] for line in found} <= {"messages", "ignored", "rejected"}


def test_replaying_gives_what_the_expected_files_hold() -> None:
    events = FakeChannel.parse(body_of(words(files=[{"ref": "f", "days": 7, "data": "abc"}], details={"a": [1]})))
    assert as_json(events)[0]["attachments"] == [{"ref": "f", "keeps_for": "7 days, 0:00:00", "data": {"bytes": 3}}]
    assert as_json(events)[0]["details"] == {"a": [1]}
