"""Every template of ours must parse: `python -m tools.templates`.

A template with a wrong tag is otherwise found by the first person who opens that page.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.template import engines
from django.template.exceptions import TemplateSyntaxError

ROOT = Path(__file__).resolve().parents[1]


def problems(package: Path) -> Iterator[str]:
    """One line for each template that does not parse."""
    engine = engines["django"]
    for path in sorted(package.rglob("templates/**/*")):
        if path.suffix in {".html", ".txt", ".xml"}:
            try:
                engine.from_string(path.read_text(encoding="utf-8"))
            except TemplateSyntaxError as error:
                yield f"{path.relative_to(package.parent)}: {error}"


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baileo.config.settings")
    django.setup()
    found = list(problems(ROOT / "baileo"))
    print("\n".join(found) if found else "Every template parses.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
