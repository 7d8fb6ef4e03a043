"""Core stands on nothing above it: it works in a process that has never heard of Django."""

import subprocess
import sys
from inspect import signature
from pathlib import Path

import pytest

import baileo.core
from baileo.core.net import Http, HttpClient
from baileo.core.testing import FakeHttp

FOLDER = Path(baileo.core.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(FOLDER.parents[1]).with_suffix("").parts).removesuffix(".__init__")
    for path in FOLDER.rglob("*.py")
    if not path.name.startswith("test_")
)
ALONE = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
foreign = {"django", "psycopg", "procrastinate", "wagtail"} & set(sys.modules)
ours = {name for name in sys.modules if name.startswith("baileo.") and not name.startswith("baileo.core")}
sys.exit(f"imports {sorted(foreign | ours)}" if foreign or ours else 0)
"""


def test_core_needs_neither_django_nor_a_database_nor_any_other_floor() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE, *MODULES], cwd=FOLDER.parents[1], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_planted_violation_is_found() -> None:
    call = [sys.executable, "-c", ALONE, "baileo.core.ids", "django"]
    done = subprocess.run(call, cwd=FOLDER.parents[1], capture_output=True, check=False)
    assert b"imports ['django']" in done.stderr


@pytest.mark.parametrize("kind", [HttpClient, FakeHttp])
def test_the_double_is_called_exactly_like_the_real_client(kind: type[Http]) -> None:
    assert signature(kind.request) == signature(Http.request)


def test_each_module_says_what_it_is_for() -> None:
    for name in MODULES:
        path = FOLDER.parents[1] / (name.replace(".", "/") + ".py")
        if path.is_file():
            assert path.read_text(encoding="utf-8").startswith('"""'), name
