"""The other laws of the house: kept, and caught when somebody breaks them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.house_laws import LAWS, LONGEST_FILE, LONGEST_FUNCTION

ROOT = Path(__file__).resolve().parents[2]
PLANTED: dict[str, tuple[str, str]] = {
    "no_import_inside_functions": ("baileo/city/x/services.py", "def late() -> None:\n    import json\n"),
    "environment_is_read_in_one_place": ("baileo/web/x/views.py", "import os\nKEY = os.environ['KEY']\n"),
    "no_signals_for_events": ("baileo/city/x/apps.py", "from django.dispatch import receiver\n"),
    "files_are_short": ("frontend/src/long.ts", "// line\n" * (LONGEST_FILE + 1)),
    "functions_are_short": ("baileo/core/x.py", "def long() -> None:\n" + "    print()\n" * LONGEST_FUNCTION),
    "core_has_no_models": ("baileo/core/x.py", "class Thing(models.Model):\n    pass\n"),
    "locks_name_no_addresses": ("requirements/x.txt", "--index-url https://pypi.example/simple\n"),
    "locks_carry_hashes": ("requirements/x.txt", "django==5.2.19\n"),
    "every_room_explains_itself": ("baileo/city/x/__init__.py", ""),
    "plugins_are_whole": ("baileo/plugins/channels/pigeon/__init__.py", ""),
    "migrations_say_how_they_roll_out": ("baileo/city/x/migrations/0002_more.py", '"""Add a column."""\n'),
    "there_are_more_tests_than_code": ("baileo/city/x/services.py", "A = 1\n" * 10),
}
HARMLESS: dict[str, tuple[str, str]] = {
    "no_import_inside_functions": (
        "baileo/city/x/services.py",
        "import json\n\n\ndef f() -> None:\n    json.dumps(1)\n",
    ),
    "environment_is_read_in_one_place": ("baileo/config/x.py", "import os\nKEY = os.environ['KEY']\n"),
    "no_signals_for_events": ("baileo/city/x/apps.py", "from django.apps import AppConfig\n"),
    "files_are_short": ("baileo/city/x/migrations/0001_initial.py", "A = 1\n" * (LONGEST_FILE + 1)),
    "functions_are_short": ("baileo/core/x.py", "def fits() -> None:\n" + "    print()\n" * (LONGEST_FUNCTION - 1)),
    "core_has_no_models": ("baileo/city/x/models.py", "class Thing(models.Model):\n    pass\n"),
    "locks_name_no_addresses": (
        "frontend/package-lock.json",
        '{"funding": {"url": "https://opencollective.example"}}\n',
    ),
    "locks_carry_hashes": ("requirements/x.txt", "django==5.2.19 \\\n    --hash=sha256:abc\n"),
    "migrations_say_how_they_roll_out": (
        "baileo/city/x/migrations/0002_more.py",
        '"""Expand.\n\nRollout    1 of 1.\nOld code   runs.\nLock       none.\nUndo       back.\n"""\n',
    ),
    "there_are_more_tests_than_code": ("baileo/city/x/test_services.py", "A = 1\n" * 10),
}


def plant(root: Path, place: str, text: str) -> None:
    path = root / place
    path.parent.mkdir(parents=True)
    path.write_text(text)


@pytest.mark.parametrize("name", LAWS)
def test_the_house_keeps_the_law(name: str) -> None:
    assert list(LAWS[name](ROOT)) == []


@pytest.mark.parametrize("name", LAWS)
def test_a_planted_violation_is_caught_and_named(name: str, tmp_path: Path) -> None:
    plant(tmp_path, *PLANTED[name])
    found = list(LAWS[name](tmp_path))
    assert found
    assert all(": " in violation for violation in found)


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_right_is_left_alone(name: str, tmp_path: Path) -> None:
    plant(tmp_path, *HARMLESS[name])
    assert list(LAWS[name](tmp_path)) == []
