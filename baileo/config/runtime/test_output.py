"""What the processes say, on the terminal and in files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from baileo.config.runtime import output as output_module
from baileo.config.runtime.output import LONGEST_LINE, Output


def say(output: Output, name: str, *words: bytes) -> None:
    pipe = output.open_pipe(name)
    for part in words:
        os.write(pipe, part)
        output.pump(0.1)
    os.close(pipe)
    output.drain()


def test_every_line_names_its_process(output: Output, capsys: pytest.CaptureFixture[str]) -> None:
    say(output, "web", b"one\ntw", b"o\n")
    assert capsys.readouterr().err == "web      | one\nweb      | two\n"


def test_last_words_without_a_line_end_are_kept(output: Output, capsys: pytest.CaptureFixture[str]) -> None:
    say(output, "worker", b"goodbye")
    assert "worker   | goodbye" in capsys.readouterr().err


def test_personal_data_reaches_neither_terminal_nor_file(
    output: Output, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say(output, "web", b"a library prints +6281234567890 and ana@contoh.id\n")
    said = capsys.readouterr().err + (tmp_path / "logs" / "web.log").read_text()
    assert "81234567890" not in said
    assert "ana@contoh.id" not in said


def test_a_line_without_end_does_not_fill_the_memory(output: Output, tmp_path: Path) -> None:
    say(output, "web", *[b"x" * 5_000 for _ in range(10)])
    lines = (tmp_path / "logs" / "web.log").read_text().splitlines()
    assert len(lines) > 3
    assert max(len(line) for line in lines) < 2 * LONGEST_LINE


def test_words_that_are_not_text_do_no_harm(output: Output, capsys: pytest.CaptureFixture[str]) -> None:
    say(output, "web", b"\xff\xfe words\n")
    assert "words" in capsys.readouterr().err


def test_files_are_rotated_before_they_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_module, "FILE_BYTES", 1_000)
    output = Output(tmp_path)
    for number in range(200):
        output.say(f"line {number} " + "x" * 50)
    output.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["baileo.log", *[f"baileo.log.{number}" for number in range(1, output_module.FILES_KEPT + 1)]]


def test_a_full_disk_does_not_stop_the_words(
    output: Output, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs" / "web.log").mkdir()  # cannot be opened as a file
    say(output, "web", b"still here\n")
    assert "still here" in capsys.readouterr().err


def test_pumping_ends_at_once_when_a_watched_descriptor_stirs(output: Output) -> None:
    ours, theirs = os.pipe()
    output.watch(ours)
    os.write(theirs, b"!")
    output.pump(600)
    os.close(ours)
    os.close(theirs)
