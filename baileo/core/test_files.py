import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import pytest

from baileo.core.errors import InvalidInput, NotFound
from baileo.core.files import FileStore

PHOTO = b"pretend photo" * 1_000
NOWHERE = "0" * 64


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def every_file(store: FileStore) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


def test_a_file_is_found_under_the_hash_of_its_content(store: FileStore) -> None:
    name = store.put(PHOTO)
    assert name == hashlib.sha256(PHOTO).hexdigest()
    assert store.exists(name)
    assert store.read(name) == PHOTO
    with store.open(name) as file:
        assert file.read(7) == b"pretend"


def test_the_same_content_is_kept_once(store: FileStore) -> None:
    assert store.put(PHOTO) == store.put(PHOTO)
    assert len(every_file(store)) == 1


def test_many_writers_of_the_same_content_do_not_disturb_each_other(store: FileStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(store.put, [PHOTO] * 40))
    assert len(names) == len(every_file(store)) == 1
    assert store.read(names.pop()) == PHOTO


def test_a_write_that_breaks_off_leaves_nothing(store: FileStore) -> None:
    with (
        patch("baileo.core.files.Path.replace", side_effect=OSError("disk full")),
        pytest.raises(OSError, match="disk full"),
    ):
        store.put(PHOTO)
    assert every_file(store) == []


def test_half_a_file_left_by_an_accident_is_replaced(store: FileStore) -> None:
    name = store.put(PHOTO)
    store.path(name).write_bytes(PHOTO[:10])
    store.put(PHOTO)
    assert store.read(name) == PHOTO


def test_only_the_owner_may_read_what_citizens_sent(store: FileStore) -> None:
    mode = stat.S_IMODE(store.path(store.put(PHOTO)).stat().st_mode)
    assert mode == 0o600


def test_a_missing_file_is_said_clearly(store: FileStore) -> None:
    assert not store.exists(NOWHERE)
    with pytest.raises(NotFound, match="not in the store"):
        store.open(NOWHERE)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_hashes_name_files(store: FileStore, name: str) -> None:
    with pytest.raises(InvalidInput):
        store.open(name)


def test_what_is_deleted_is_gone(store: FileStore) -> None:
    name = store.put(PHOTO)
    assert store.delete(name)
    assert not store.exists(name)
    assert not store.delete(name)


def test_an_empty_file_is_a_file(store: FileStore) -> None:
    assert store.read(store.put(b"")) == b""


def test_what_was_there_before_survives_a_second_store_on_the_same_folder(store: FileStore) -> None:
    name = store.put(PHOTO)
    assert FileStore(store.root).read(name) == PHOTO


def test_files_spread_over_folders_so_that_none_grows_too_large(store: FileStore) -> None:
    names = [store.put(f"file {number}".encode()) for number in range(64)]
    folders = {store.path(name).parent.name for name in names}
    assert len(folders) > 20
    assert all(name.startswith(store.path(name).parent.name) for name in names)


def test_a_store_that_cannot_be_written_says_so_and_not_half(tmp_path: Path) -> None:
    blocked = tmp_path / "file-in-the-way"
    blocked.write_bytes(b"")
    with pytest.raises(OSError, match="file-in-the-way"):
        FileStore(blocked).put(PHOTO)
