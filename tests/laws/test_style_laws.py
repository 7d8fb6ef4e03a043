"""Laws that ruff enforces: what our configuration bans stays banned, in the places where it must not be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUFF = Path(sys.executable).with_name("ruff")
ROOM = "baileo/city/messages/planted.py"
DEEP = "def branchy(a: int) -> int:\n" + "".join(f"    if a == {n}:\n        return {n}\n" for n in range(12))


def codes(place: str, source: str) -> set[str]:
    """Rules that ruff finds broken, were `source` the file at `place` of our repository."""
    command = [str(RUFF), "check", "--no-cache", "--output-format=concise", f"--stdin-filename={ROOT / place}", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode in (0, 1), done.stderr
    return {line.split(": ")[1].split()[0] for line in done.stdout.splitlines() if line.startswith(("baileo", "/"))}


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("from django.dispatch import receiver\n\nprint(receiver)\n", "TID251"),
        ("from django.db.models.signals import post_save\n\nprint(post_save)\n", "TID251"),
        ('import os\n\nKEY = os.environ["KEY"]\n', "TID251"),
        ("import httpx\n\nprint(httpx.get)\n", "TID251"),
        ("import requests\n\nprint(requests.get)\n", "TID251"),
        ("from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n", "TID251"),
        ("from django.utils import timezone\n\nNOW = timezone.now()\n", "TID251"),
        ("import pickle\n\nprint(pickle.loads)\n", "TID251"),
        ("from datetime import datetime\n\nNOW = datetime.now()\n", "DTZ005"),
        ("def late() -> None:\n    import json\n\n    json.dumps(1)\n", "PLC0415"),
        ("from . import models\n\nprint(models)\n", "TID252"),
        ("try:\n    pass\nexcept Exception:\n    pass\n", "BLE001"),
        (DEEP, "C901"),
        ('print("debugging")\n', "T201"),
    ],
)
def test_what_is_banned_is_caught(source: str, code: str) -> None:
    assert code in codes(ROOM, source)


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("baileo/config/planted.py", 'import os\n\nKEY = os.environ["KEY"]\n'),
        ("baileo/core/net/planted.py", "import httpx\n\nCALL = httpx.get\n"),
        ("baileo/city/messages/test_planted.py", "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n"),
    ],
)
def test_what_has_a_home_is_allowed_there(place: str, source: str) -> None:
    assert "TID251" not in codes(place, source)
