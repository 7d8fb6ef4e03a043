"""The data folder: who may use it, and that only one `baileo up` does so at a time."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from baileo.config.runtime.engine import make_passable
from baileo.core.errors import BaileoError

if TYPE_CHECKING:
    from collections.abc import Iterator


class FolderRefused(BaileoError):
    """The data folder cannot be used; the message says why and what to do."""

    code = "folder-refused"
    http_status = 500


def make_folder(data_dir: Path) -> None:
    """Make the folder if there is none, readable by nobody else. Raises `FolderRefused`.

    Root's folder lets others pass through it by name, because the database runs as another user inside it.
    """
    try:
        if os.geteuid() == 0:
            make_passable(data_dir)
        else:
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = data_dir.stat().st_uid
        if os.geteuid() not in (0, owner):
            raise FolderRefused(
                f"The data folder {data_dir} belongs to another user of this machine (uid {owner}). "
                "Run Baileo as that user or choose another folder with --data."
            )
        run_folder(data_dir).mkdir(exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise FolderRefused(f"{data_dir} is a file. Choose a folder with --data.") from error
    except OSError as error:
        why = error.strerror or "unknown reason"
        raise FolderRefused(
            f"The data folder {data_dir} cannot be used: {why}. Correct it or choose another folder with --data."
        ) from error


def run_folder(data_dir: Path) -> Path:
    """Small files about the running processes; nothing in it outlives them in meaning."""
    return data_dir / "run"


@contextmanager
def folder_lock(data_dir: Path) -> Iterator[None]:
    """Hold the folder for one supervisor. The system releases it when the process dies in whatever way."""
    path = run_folder(data_dir) / "lock"
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise FolderRefused(
                f"Baileo already runs with the data folder {data_dir} (process {holder}). "
                "Stop it first or choose another folder with --data."
            ) from error
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def is_held(data_dir: Path) -> bool:
    """Whether a supervisor runs on this folder."""
    path = run_folder(data_dir) / "lock"
    if not path.is_file():
        return False
    with path.open("r", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
