"""The data folder and who holds it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from baileo.config.runtime.folder import FolderRefused, folder_lock, is_held, make_folder


def test_a_new_folder_is_nobody_elses_to_read(folder: Path) -> None:
    make_folder(folder / "a" / "data")
    assert stat.S_IMODE((folder / "a" / "data").stat().st_mode) & 0o044 == 0


def test_an_existing_folder_keeps_its_permissions(folder: Path) -> None:
    data_dir = folder / "data"
    data_dir.mkdir()
    data_dir.chmod(0o755)
    make_folder(data_dir)
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o755


def test_a_folder_of_another_owner_is_refused_in_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(FolderRefused, match="belongs to another user of this machine"):
        make_folder(folder)


def test_a_file_in_place_of_the_folder_is_refused(folder: Path) -> None:
    (folder / "data").write_text("")
    with pytest.raises(FolderRefused, match="Choose a folder with --data"):
        make_folder(folder / "data")


def test_a_folder_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(FolderRefused, match="cannot be used"):
        make_folder(Path("/proc/nothing/data"))


def test_the_second_supervisor_of_a_folder_is_refused_with_the_number_of_the_first(folder: Path) -> None:
    make_folder(folder)
    with (
        folder_lock(folder),
        pytest.raises(FolderRefused, match=rf"already runs .*\(process {os.getpid()}\)"),
        folder_lock(folder),
    ):
        pass


def test_the_folder_is_free_again_after_its_holder_was_killed(folder: Path) -> None:
    make_folder(folder)
    code = (
        "import sys, pathlib, time\nfrom baileo.config.runtime.folder import folder_lock\n"
        "with folder_lock(pathlib.Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert is_held(folder)
        holder.kill()
    assert not is_held(folder)
    with folder_lock(folder):
        assert is_held(folder)


def test_a_folder_never_used_is_not_held(folder: Path) -> None:
    assert not is_held(folder)
