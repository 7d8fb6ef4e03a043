"""The installation's signing key."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from baileo.config.runtime.secret_key import secret_key_of


def test_it_is_made_once_and_stays(tmp_path: Path) -> None:
    assert secret_key_of(tmp_path / "data") == secret_key_of(tmp_path / "data")


def test_it_is_long_and_nobody_elses_to_read(tmp_path: Path) -> None:
    assert len(secret_key_of(tmp_path)) >= 48
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_two_installations_have_two_keys(tmp_path: Path) -> None:
    assert secret_key_of(tmp_path / "a") != secret_key_of(tmp_path / "b")


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    secret_key_of(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as together:
        keys = set(together.map(lambda _: secret_key_of(tmp_path), range(16)))
    assert len(keys) == 1
