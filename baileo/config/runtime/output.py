"""What the processes say: one line each with the process's name, on the terminal and in rotated files.

Personal data is covered here too, for words that did not pass a logging filter (a library's print, a traceback).
"""

from __future__ import annotations

import logging
import os
import selectors
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path

from baileo.core.redact import redact_log

FILE_BYTES = 5_000_000
FILES_KEPT = 5
LONGEST_LINE = 8_000  # a longer one is broken in two: a process must not fill our memory
READ_BYTES = 65_536


@dataclass
class _Source:
    name: str
    file: RotatingFileHandler
    rest: bytes = field(default=b"")


class Output:
    """Collects the pipes of all processes in one thread; `pump` is the supervisor's sleep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._selector = selectors.DefaultSelector()
        self._files: dict[str, RotatingFileHandler] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def open_pipe(self, name: str) -> int:
        """File descriptor for a new process's stdout and stderr; the caller closes it after starting the process."""
        ours, theirs = os.pipe()
        os.set_blocking(ours, False)
        self._selector.register(ours, selectors.EVENT_READ, _Source(name, self._file(name)))
        return theirs

    def watch(self, descriptor: int) -> None:
        """Let `pump` return at once when something arrives here (the wake-up of a signal)."""
        self._selector.register(descriptor, selectors.EVENT_READ, None)

    def pump(self, wait_s: float) -> None:
        """Pass on what was said; returns after `wait_s` at the latest."""
        for key, _ in self._selector.select(wait_s):
            if isinstance(key.data, _Source):
                self._read(key.fd, key.data)
            else:
                with suppress(BlockingIOError):
                    os.read(key.fd, READ_BYTES)

    def drain(self) -> None:
        """Pass on what is still in the pipes, at the very end."""
        while any(isinstance(key.data, _Source) for key, _ in self._selector.select(0)):
            self.pump(0)

    def say(self, words: str) -> None:
        """The supervisor's own words."""
        self._write("baileo", self._file("baileo"), words)

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            if isinstance(key.data, _Source):
                os.close(key.fd)
        self._selector.close()
        for file in self._files.values():
            file.close()

    def _file(self, name: str) -> RotatingFileHandler:
        if name not in self._files:
            file = RotatingFileHandler(
                self._folder / f"{name}.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8", delay=True
            )
            file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
            self._files[name] = file
        return self._files[name]

    def _read(self, descriptor: int, source: _Source) -> None:
        try:
            said = os.read(descriptor, READ_BYTES)
        except BlockingIOError:
            return
        *lines, source.rest = (source.rest + said).split(b"\n")
        if not said or len(source.rest) > LONGEST_LINE:
            lines, source.rest = [*lines, source.rest], b""
        for line in lines:
            if line.strip():
                self._write(source.name, source.file, line.decode("utf-8", "replace").rstrip())
        if not said:  # every holder of the other end is gone
            self._selector.unregister(descriptor)
            os.close(descriptor)

    def _write(self, name: str, file: RotatingFileHandler, line: str) -> None:
        line = redact_log(line)
        with suppress(OSError, ValueError):  # a closed terminal or a full disk must not stop the city
            sys.stderr.write(f"{name:<8} | {line}\n")
            sys.stderr.flush()
        with suppress(OSError):
            file.emit(logging.makeLogRecord({"name": name, "msg": line, "levelno": logging.INFO}))
