"""The installation's signing key, made once and kept beside its data."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def secret_key_of(data_dir: Path) -> str:
    """Read `<data_dir>/secret_key`, making it on first use. Two processes starting at once agree on one key."""
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".secret_key.{secrets.token_hex(8)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        with suppress(FileExistsError):  # another process was first: then its key is ours
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
