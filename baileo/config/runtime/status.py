"""`<data>/run/processes.json`: what the supervisor knows of its processes, for `/healthz`, the desk and `doctor`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from baileo.config.runtime.folder import run_folder

FRESH_S = 5.0  # rewritten at least this often; much older means that the supervisor is gone


def status_path(data_dir: Path) -> Path:
    return run_folder(data_dir) / "processes.json"


def write_status(path: Path, processes: Mapping[str, Mapping[str, Any]], *, now: datetime) -> None:
    """Readers see the old file or the new one, never a half."""
    told = {"written_at": now.isoformat(), "supervisor_pid": os.getpid(), "processes": processes}
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(told), encoding="utf-8")
    draft.replace(path)
