"""Who may import whom: kept by the house, and caught when somebody breaks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")
SKELETON = (
    "config",
    "config/settings",
    "demo",
    "web",
    "web/desk",
    "web/wall",
    "web/api",
    "web/shared",
    "plugins",
    "plugins/channels",
    "plugins/channels/pigeon",
    "city",
    "city/messages",
    "city/service_requests",
    "ground",
    "ground/ledger",
    "ground/people",
    "ground/places",
    "core",
)
FLOORS = "Floors: imports point down only"
PLUGINS = "Plug-ins know their contract and core, no database and no framework"
CORE = "Core has no models and no database"


def lint(folder: Path) -> tuple[bool, str]:
    """Whether the laws are kept in `folder`, and what import-linter says."""
    environment = dict(os.environ) | {"NO_COLOR": "1", "COLUMNS": "200"}
    command = [str(LINTER), "--no-cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)
    return done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A house of empty rooms under the real laws."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "baileo").mkdir()
    (tmp_path / "baileo" / "__init__.py").touch()
    for room in SKELETON:
        (tmp_path / "baileo" / room).mkdir()
        (tmp_path / "baileo" / room / "__init__.py").touch()
    (tmp_path / "baileo" / "city" / "messages" / "channel.py").touch()
    (tmp_path / "baileo" / "city" / "messages" / "models.py").touch()
    return tmp_path


def plant(house: Path, place: str, line: str) -> None:
    path = house / "baileo" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{line}\n")


def test_the_house_keeps_its_laws() -> None:
    kept, said = lint(ROOT)
    assert kept, said


def test_an_empty_house_keeps_the_laws(house: Path) -> None:
    kept, said = lint(house)
    assert kept, said


@pytest.mark.parametrize(
    ("place", "line", "law"),
    [
        ("core/clock.py", "import baileo.ground.ledger", FLOORS),
        ("ground/ledger/services.py", "import baileo.city.messages", FLOORS),
        ("city/messages/jobs.py", "import baileo.plugins.channels", FLOORS),
        ("plugins/channels/pigeon/adapter.py", "import baileo.web.desk", FLOORS),
        ("web/desk/views.py", "import baileo.demo", FLOORS),
        ("web/desk/views.py", "import baileo.config.settings", FLOORS),
        ("city/messages/services.py", "import baileo.city.service_requests", "City rooms: service requests may know"),
        ("ground/ledger/services.py", "import baileo.ground.people", "Ground: the ledger knows nobody"),
        ("plugins/channels/pigeon/adapter.py", "import baileo.city.messages.models", PLUGINS),
        ("plugins/channels/pigeon/adapter.py", "import baileo.ground.ledger", PLUGINS),
        ("plugins/channels/pigeon/adapter.py", "from django.db import models", PLUGINS),
        ("plugins/channels/pigeon/adapter.py", "import psycopg", PLUGINS),
        ("plugins/channels/pigeon/adapter.py", "import httpx", PLUGINS),
        ("city/messages/channel.py", "from django.db import models", "A contract that plug-ins fill knows core only"),
        ("core/geo.py", "from django.db import models", CORE),
        ("core/geo.py", "import procrastinate", CORE),
        ("web/desk/views.py", "from wagtail.models import Page", "Wagtail is the back office's"),
        ("city/messages/services.py", "import django_htmx", "Below the web nobody knows of requests and pages"),
    ],
)
def test_a_planted_violation_is_caught(house: Path, place: str, line: str, law: str) -> None:
    plant(house, place, line)
    kept, said = lint(house)
    assert not kept
    assert [found for found in said.splitlines() if found.startswith(law) and found.endswith("BROKEN")], said


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("plugins/channels/pigeon/adapter.py", "import baileo.city.messages.channel"),
        ("plugins/channels/pigeon/adapter.py", "import baileo.core"),
        ("city/service_requests/services.py", "import baileo.city.messages"),
        ("city/messages/test_services.py", "import baileo.demo"),
        ("city/messages/testing.py", "import baileo.web.desk"),
    ],
)
def test_what_is_allowed_stays_allowed(house: Path, place: str, line: str) -> None:
    plant(house, place, line)
    kept, said = lint(house)
    assert kept, said
