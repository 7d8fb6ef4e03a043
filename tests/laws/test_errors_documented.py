"""Every error code an operator or a client can meet stands in docs/errors.md, and nothing else does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def codes_in_code() -> set[str]:
    """The `code = "..."` of every class whose name an error could have."""
    found: set[str] = set()
    for path in (ROOT / "baileo").rglob("*.py"):
        if path.name.startswith("test_"):
            continue
        found.update(_codes(ast.parse(path.read_text(encoding="utf-8"))))
    return found


def _codes(tree: ast.Module) -> set[str]:
    return {
        statement.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.bases
        for statement in node.body
        if isinstance(statement, (ast.Assign, ast.AnnAssign))
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
        and _target(statement) == "code"
        and re.fullmatch(r"[a-z]+(-[a-z]+)+", statement.value.value)
    }


def _target(statement: ast.Assign | ast.AnnAssign) -> str:
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    return target.id if isinstance(target, ast.Name) else ""


def codes_in_docs() -> set[str]:
    return set(
        re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"), re.MULTILINE)
    )


def test_every_error_code_is_explained() -> None:
    assert codes_in_code() - codes_in_docs() - {"baileo-error"} == set()


def test_no_explanation_outlives_its_error() -> None:
    assert codes_in_docs() - codes_in_code() == set()
