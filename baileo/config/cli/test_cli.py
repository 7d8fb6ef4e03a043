"""The command line: every failure is one sentence and a number."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from baileo.config.cli import actions, failures, main
from baileo.config.testing import without_settings
from baileo.core.errors import BaileoError

DATABASE_DOWN = "postgresql://baileo:secret-word@127.0.0.1:1/baileo"


class Said:
    """How one call of `baileo` ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def sentence(self) -> str:
        assert "Traceback" not in self.err
        return self.err.strip()


def baileo(*arguments: str, **variables: str) -> Said:
    """Call it as people do, in a process of its own."""
    command = [sys.executable, "-m", "baileo.config.cli", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, env=without_settings() | variables, check=False, timeout=60
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def data(tmp_path: Path) -> str:
    return str(tmp_path / "data")


def test_help_names_every_command() -> None:
    said = baileo("--help")
    assert said.code == 0
    for command in ("up", "demo", "doctor", "replay", "migrate", "web", "worker", "watch", "user", "places"):
        assert f" {command} " in said.out


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    code = "import sys, baileo.config.cli; print('django' in sys.modules, 'psycopg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_a_port_in_use_is_told_before_anything_starts(data: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = baileo("up", "--data", data, "--port", str(taken.getsockname()[1]))
    assert said.code == 1
    assert "is used by another program" in said.sentence
    assert not (Path(data) / "postgres").exists()


def test_a_setting_that_makes_no_sense_is_one_sentence(data: str) -> None:
    said = baileo("up", "--data", data, BAILEO_TIME_ZONE="Asia/Ambon")
    assert said.code == 1
    assert said.sentence.startswith("BAILEO_TIME_ZONE is refused: unknown time zone 'Asia/Ambon'")


def test_a_database_that_is_down_is_one_sentence_without_its_password(data: str) -> None:
    said = baileo("up", "--data", data, "--port", "0", BAILEO_DATABASE_URL=DATABASE_DOWN)
    assert said.code == 1
    assert "The database baileo on 127.0.0.1 cannot be reached" in said.sentence
    assert "Check BAILEO_DATABASE_URL" in said.sentence
    assert "secret-word" not in said.out + said.err


@pytest.mark.parametrize("arguments", [["migrate"], ["worker"], ["user", "password", "ana"]])
def test_every_command_that_needs_the_database_says_the_same(data: str, arguments: Sequence[str]) -> None:
    said = baileo(*arguments, "--data", data, BAILEO_DATABASE_URL=DATABASE_DOWN)
    assert said.code == 1
    assert "database" in said.sentence
    assert "secret-word" not in said.err


def test_an_unknown_command_is_a_usage_error() -> None:
    said = baileo("upp")
    assert said.code == 2
    assert "No such command" in said.sentence


def test_an_unknown_option_of_a_measurement_is_a_usage_error() -> None:
    said = baileo("bench", "intake", "--no-such-thing")
    assert said.code == 2
    assert "No such option" in said.sentence


def test_a_command_on_an_empty_database_is_told_to_migrate_first(folder: Path) -> None:
    said = baileo("user", "add", "ana", "--role", "coordinator", "--data", str(folder / "data"))
    assert said.code == 1
    assert "Run `baileo migrate` first." in said.sentence


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    said = baileo("up", "--data", str(tmp_path / "data"), "--port", "0")
    assert said.code == 1
    assert "Choose a folder with --data" in said.sentence


def test_replay_needs_no_database_and_writes_a_line_per_file(tmp_path: Path) -> None:
    payload = tmp_path / "payload.json"
    payload.write_text('{"update_id": 1}')
    said = baileo("replay", "telegram", str(payload), str(payload), BAILEO_DATA_DIR=str(tmp_path / "data"))
    assert said.code == 0
    assert [json.loads(line)["outcome"] for line in said.out.splitlines()] == ["ignored", "ignored"]


def test_replay_of_an_unknown_channel_names_it(tmp_path: Path) -> None:
    payload = tmp_path / "payload.json"
    payload.write_text("{}")
    said = baileo("replay", "pigeon", str(payload), BAILEO_DATA_DIR=str(tmp_path / "data"))
    assert said.code == 1
    assert "pigeon" in said.sentence


def test_what_nobody_foresaw_is_kept_in_a_file_and_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BAILEO_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(actions, "up", lambda **_: 1 / 0)
    assert main(["up"]) == failures.UNFORESEEN
    said = capsys.readouterr().err
    assert "nobody foresaw (ZeroDivisionError)" in said
    assert "Traceback" not in said
    assert "ZeroDivisionError: division by zero" in (tmp_path / "logs" / "unforeseen.log").read_text()


def test_a_kept_traceback_holds_no_personal_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAILEO_DATA_DIR", str(tmp_path))

    def fails(**_: object) -> int:
        raise RuntimeError("could not send to +6281234567890")

    monkeypatch.setattr(actions, "up", fails)
    assert main(["up"]) == failures.UNFORESEEN
    assert "81234567890" not in (tmp_path / "logs" / "unforeseen.log").read_text()


def test_an_error_on_purpose_is_its_own_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuses(**_: object) -> int:
        raise BaileoError("The bridge is closed. Take the ferry.")

    monkeypatch.setattr(actions, "up", refuses)
    assert main(["up"]) == failures.REFUSED
    assert "The bridge is closed. Take the ferry." in capsys.readouterr().err


def test_the_code_of_a_command_is_the_code_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "doctor", lambda **_: 1)
    assert main(["doctor"]) == 1
    monkeypatch.setattr(actions, "doctor", lambda **_: 0)
    assert main(["doctor"]) == 0


def test_ctrl_c_is_no_error_message(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(**_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(actions, "doctor", interrupted)
    assert main(["doctor"]) == failures.INTERRUPTED
    assert "Traceback" not in capsys.readouterr().err
