"""What the supervisor tells the others."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from baileo.config.runtime.folder import make_folder
from baileo.config.runtime.status import status_path, write_status

NOW = datetime(2026, 11, 23, 5, 4, tzinfo=UTC)


def test_it_is_where_the_others_look_for_it(folder: Path) -> None:
    make_folder(folder)
    write_status(status_path(folder), {"web": {"state": "running", "pid": 7}}, now=NOW)
    told = json.loads((folder / "run" / "processes.json").read_text())
    assert told == {
        "written_at": "2026-11-23T05:04:00+00:00",
        "supervisor_pid": os.getpid(),
        "processes": {"web": {"state": "running", "pid": 7}},
    }


def test_a_reader_sees_one_whole_state_at_a_time(folder: Path) -> None:
    make_folder(folder)
    path = status_path(folder)
    write_status(path, {"web": {"state": "running"}}, now=NOW)
    with path.open() as reader:
        write_status(path, {"web": {"state": "backoff"}}, now=NOW)
        assert json.load(reader)["processes"]["web"]["state"] == "running"
    assert json.loads(path.read_text())["processes"]["web"]["state"] == "backoff"


def test_it_leaves_no_drafts_behind(folder: Path) -> None:
    make_folder(folder)
    for _ in range(3):
        write_status(status_path(folder), {}, now=NOW)
    assert [path.name for path in (folder / "run").iterdir()] == ["processes.json"]
