"""Files kept under the hash of their content: stored once, never changed, safe to write twice."""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from baileo.core.errors import InvalidInput, NotFound

_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """Content-addressed files at `root/<first two signs>/<sha256>`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> str:
        """Store and return the SHA-256 in hex. When it returns, the file survives a power cut;
        at no moment does a reader see half of it.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if target.exists() and target.stat().st_size == len(content):
            return sha256
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".put-")  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
        return sha256

    def path(self, sha256: str) -> Path:
        """Where the file lies or would lie. Raises `InvalidInput` for anything but a hash."""
        if not _SHA256.fullmatch(sha256):
            raise InvalidInput("A stored file is named by the 64 hex digits of its SHA-256.")
        return self.root / sha256[:2] / sha256

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def open(self, sha256: str) -> BinaryIO:
        """The file, for reading. Raises `NotFound`; the caller closes it."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError as error:
            raise NotFound(
                f"File {sha256[:12]}… is not in the store. Check that the data folder is complete."
            ) from error

    def read(self, sha256: str) -> bytes:
        with self.open(sha256) as file:
            return file.read()

    def delete(self, sha256: str) -> bool:
        """Remove for good; False when it was not there. Only the caller knows who else needs it."""
        try:
            self.path(sha256).unlink()
        except FileNotFoundError:
            return False
        return True


def _sync_folder(folder: Path) -> None:
    """A rename is only safe once the folder itself has reached the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
