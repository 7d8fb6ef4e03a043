"""pytest plug-in: one temporary embedded PostgreSQL per run, settings of its own, and no way out to the network.

Loaded by `-p baileo.config.testing` in `pyproject.toml`, because Django's settings are read before any `conftest.py`.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from baileo.config.runtime.postgres import EmbeddedPostgres

_KEPT = "BAILEO_DATABASE_URL"  # the only variable of the developer's shell that tests respect
_started: list[EmbeddedPostgres] = []
_folders: list[Path] = []


def browser_required() -> bool:
    """True in CI: a browser test that finds no browser fails instead of being skipped."""
    return os.environ.get("REQUIRE_BROWSER", "") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, Any, Any]:
    """Runs before pytest-django reads the settings."""
    for name in [name for name in os.environ if name.startswith("BAILEO_") and name != _KEPT]:
        del os.environ[name]
    folder = Path(tempfile.mkdtemp(prefix="baileo-test-"))
    folder.chmod(0o711)  # the database user must enter it when we are root
    _folders.append(folder)
    os.environ["BAILEO_DATA_DIR"] = str(folder)
    os.environ["BAILEO_SECRET_KEY"] = "only-for-tests-" + "x" * 40
    os.environ["BAILEO_DATABASE_POOL"] = "0"  # a pool and pytest-django's transactions do not mix
    if _KEPT not in os.environ:
        os.environ[_KEPT] = _start(folder).url  # xdist workers inherit it and start nothing
    return (yield)


def _start(folder: Path) -> EmbeddedPostgres:
    database = EmbeddedPostgres(folder, careless=True)
    database.prepare()
    database.launch(output=subprocess.DEVNULL)
    _started.append(database)
    database.wait_ready()
    return database


def without_settings() -> dict[str, str]:
    """The environment for starting `baileo` as people do: nothing of ours in it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BAILEO_")}


@contextmanager
def a_folder() -> Iterator[Path]:
    """An empty folder with a short name, which the database's user may pass through when we are root."""
    made = Path(tempfile.mkdtemp(prefix="baileo-t-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def pytest_configure() -> None:
    """Cheap passwords: their cost is Django's business, not ours to test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_unconfigure() -> None:
    """The controller stops the server it started; everybody removes the folder of their own."""
    for database in _started:
        database.stop()
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine can be reached; a test that tries more fails with the address it wanted."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
            self.close()
            raise RuntimeError(f"A test tried to reach {address[0]}. Tests run without network: use a simulator.")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
