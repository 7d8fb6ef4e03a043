"""Laws of the house that neither ruff nor import-linter can see: `python -m tools.house_laws`.

Each law takes the root of a repository and yields one sentence per violation, `path:line: what is wrong`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LONGEST_FILE = 600
LONGEST_FUNCTION = 60
TESTS_PER_CODE = 0.9  # the house wants 1.2; this floor may only rise
CODE = ("baileo/**/*.py", "tests/**/*.py", "tools/**/*.py", "conftest.py", "manage.py")
SCREENS = ("frontend/src/**/*.ts", "frontend/src/**/*.css", "frontend/tools/**/*.ts", "baileo/**/*.html")
ENVIRONMENT_READERS = ("baileo/config/", "baileo/demo/", "tests/", "tools/", "manage.py")
PLUGIN_PARTS = ("manifest.toml", "adapter.py", "doc.md", "fixtures/in")
ROLLOUT_WORDS = ("Rollout", "Old code", "Lock", "Undo")
FOREIGN_ADDRESS = re.compile(r'--(?:extra-)?index-url|--find-links|"resolved":|\s@ \w+://|\bregistry\.|\bfiles\.python')

Law = Callable[[Path], Iterator[str]]


def no_import_inside_functions(root: Path) -> Iterator[str]:
    """An import inside a function hides who depends on whom."""
    for path, tree in _trees(root):
        for function in _functions(tree):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield f"{path}:{node.lineno}: an import inside {function.name}; imports stand at the top"


def environment_is_read_in_one_place(root: Path) -> Iterator[str]:
    """Only `config` reads `os.environ`; everybody else uses the settings."""
    for path, tree in _trees(root):
        if path.startswith(ENVIRONMENT_READERS) or _is_test(path):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and _name(node.value) == "os":
                yield f"{path}:{node.lineno}: reads the environment; use django.conf.settings"


def no_signals_for_events(root: Path) -> Iterator[str]:
    """What happens is told by the ledger; signals hide who calls whom."""
    for path, tree in _trees(root):
        for node in ast.walk(tree):
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if any(name.startswith("django.dispatch") for name in [*imported, module]):
                yield f"{path}:{node.lineno}: imports django.dispatch; append to the ledger instead"  # type: ignore[attr-defined]


def files_are_short(root: Path) -> Iterator[str]:
    """A long file becomes a folder. Migrations are written by a machine and never read again."""
    for path in _files(root, *CODE, *SCREENS):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_FILE and "migrations" not in path.parts:
            yield f"{_relative(path, root)}:1: {lines} lines, {LONGEST_FILE} at most; make it a folder"


def functions_are_short(root: Path) -> Iterator[str]:
    """A long function does several things."""
    for path, tree in _trees(root):
        for function in _functions(tree):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{path}:{function.lineno}: {function.name} has {lines} lines, {LONGEST_FUNCTION} at most"


def core_has_no_models(root: Path) -> Iterator[str]:
    """Core knows nothing of tables."""
    for path, tree in _trees(root):
        if path.startswith("baileo/core/"):
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "models.Model" for base in node.bases):
                    yield f"{path}:{node.lineno}: {node.name} is a model; models live in rooms"


def locks_name_no_addresses(root: Path) -> Iterator[str]:
    """A city may install from a mirror of its own, and a lock must not tell where it was made."""
    for path in _files(root, "requirements/*.txt", "frontend/package-lock.json"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if FOREIGN_ADDRESS.search(line):
                yield f"{_relative(path, root)}:{number}: names a download address"


def locks_carry_hashes(root: Path) -> Iterator[str]:
    """What was not checked is not installed."""
    for path in _files(root, "requirements/*.txt"):
        for block in re.split(r"\n(?=\S)", path.read_text(encoding="utf-8")):
            if "==" in block and "--hash=sha256:" not in block:
                yield f"{_relative(path, root)}:1: {block.split()[0]} has no hash"


def every_room_explains_itself(root: Path) -> Iterator[str]:
    """Ten lines say what a room is for."""
    for room in _rooms(root):
        if not (room / "README.md").is_file():
            yield f"{_relative(room, root)}/README.md:1: missing; say in ten lines what this room is for"


def plugins_are_whole(root: Path) -> Iterator[str]:
    """A plug-in brings its manifest, its operator's page, its fixtures and its tests."""
    for manifest in _files(root, "baileo/plugins/*/*/"):
        if not (manifest / "__init__.py").is_file():
            continue
        missing = [part for part in PLUGIN_PARTS if not (manifest / part).exists()]
        if not list(manifest.glob("test_*.py")):
            missing.append("test_*.py")
        for part in missing:
            yield f"{_relative(manifest, root)}:1: has no {part}"


def migrations_say_how_they_roll_out(root: Path) -> Iterator[str]:
    """Whoever upgrades at night must know what happens to the running city."""
    for path in _files(root, "baileo/**/migrations/0*.py"):
        told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        missing = [word for word in ROLLOUT_WORDS if not re.search(rf"^{word}\b", told, re.MULTILINE)]
        if missing:
            yield f"{_relative(path, root)}:1: its docstring does not say: {', '.join(missing)}"


def there_are_more_tests_than_code(root: Path) -> Iterator[str]:
    """Lines of tests for each line of code, over all of the Python that runs."""
    tests = code = 0
    for path in _files(root, *CODE):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        relative = _relative(path, root)
        if _is_test(relative):
            tests += lines
        elif "migrations" not in path.parts:
            code += lines
    if tests < TESTS_PER_CODE * code:
        yield f"tests:1: {tests} lines of tests for {code} lines of code; {TESTS_PER_CODE} each at least"


LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        no_import_inside_functions,
        environment_is_read_in_one_place,
        no_signals_for_events,
        files_are_short,
        functions_are_short,
        core_has_no_models,
        locks_name_no_addresses,
        locks_carry_hashes,
        every_room_explains_itself,
        plugins_are_whole,
        migrations_say_how_they_roll_out,
        there_are_more_tests_than_code,
    )
}


def _files(root: Path, *patterns: str) -> Iterator[Path]:
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            if "node_modules" not in path.parts and "__pycache__" not in path.parts:
                yield path


def _trees(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in _files(root, *CODE):
        yield _relative(path, root), ast.parse(path.read_text(encoding="utf-8"))


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _rooms(root: Path) -> Iterator[Path]:
    for floor in ("core", "config", "demo"):
        if (root / "baileo" / floor).is_dir():
            yield root / "baileo" / floor
    for floor in ("ground", "city", "web"):
        for room in sorted((root / "baileo" / floor).glob("*/")):
            if (room / "__init__.py").is_file():
                yield room


def _is_test(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    helper = name in {"conftest.py", "testing.py"} or "/testing/" in path
    return helper or path.startswith("tests/") or name.startswith("test_")


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def main() -> int:
    found = [violation for law in LAWS.values() for violation in law(ROOT)]
    print("\n".join(found) if found else f"{len(LAWS)} laws of the house are kept.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
