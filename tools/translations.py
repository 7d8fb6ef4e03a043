"""Words for people: collect them, check them, compile them.

    python -m tools.translations update [APP...]   add new words to each app's own catalogue, drop unused ones
    python -m tools.translations check             every word has an Indonesian translation with the same placeholders
    python -m tools.translations compile           make the .mo files Django reads

A word (msgid) is English and belongs to the catalogue of the nearest app folder above the file that uses it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
LANGUAGE = "id"
HEADER = {
    "Project-Id-Version": "Baileo",
    "Language": LANGUAGE,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}
# Function name -> positions of (context, singular, plural); None where it has none.
CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
_STRING = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_TEMPLATE_CALL = re.compile(rf"(?<!\w)(_|n?p?gettext)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)")
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


@dataclass(frozen=True, order=True)
class Word:
    """One thing to translate."""

    msgid: str
    plural: str = ""
    context: str = ""


@dataclass
class Catalogue:
    """What one app says, and where its translations are kept."""

    app: Path
    words: dict[Word, set[str]] = field(default_factory=dict)  # word -> files using it, relative to the root

    @property
    def path(self) -> Path:
        return self.app / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def words_of_python(source: str) -> Iterator[Word]:
    """
    >>> list(words_of_python('title = pgettext("month", "May")'))
    [Word(msgid='May', plural='', context='month')]
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            texts = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
            yield from _word(name, texts)


def words_of_template(source: str) -> Iterator[Word]:
    """
    >>> list(words_of_template('{% translate "Send" %}{{ 5|default:_("None") }}'))
    [Word(msgid='Send', plural='', context=''), Word(msgid='None', plural='', context='')]
    """
    for name, arguments in _TEMPLATE_CALL.findall(templatize(source)):
        yield from _word(name, list(ast.literal_eval(f"({arguments},)")))


def _word(function: str, texts: Sequence[object]) -> Iterator[Word]:
    if function not in CALLS:
        return
    context, singular, plural = (texts[at] if at is not None and at < len(texts) else "" for at in CALLS[function])
    if isinstance(singular, str) and singular and isinstance(context, str) and isinstance(plural, str):
        yield Word(singular, plural, context)


READERS: dict[str, Callable[[str], Iterator[Word]]] = {
    ".py": words_of_python,
    ".html": words_of_template,
    ".txt": words_of_template,
}


def collect(package: Path) -> list[Catalogue]:
    """All words below `package`, by the catalogue they belong to. Tests and migrations say nothing to people."""
    found: dict[Path, Catalogue] = {}
    for path in sorted(package.rglob("*")):
        if path.suffix not in READERS or _is_silent(path):
            continue
        words = list(READERS[path.suffix](path.read_text(encoding="utf-8")))
        if words:
            app = _app_of(path, package)
            catalogue = found.setdefault(app, Catalogue(app))
            for word in words:
                catalogue.words.setdefault(word, set()).add(path.relative_to(package.parent).as_posix())
    return list(found.values())


def _is_silent(path: Path) -> bool:
    parts = path.parts
    return (
        path.name.startswith("test_")
        or path.name in {"conftest.py", "testing.py"}
        or (path.suffix == ".txt" and "templates" not in parts)
        or not {"migrations", "node_modules", "static", "fixtures"}.isdisjoint(parts)
    )


def _app_of(path: Path, package: Path) -> Path:
    for folder in path.parents:
        if folder == package:
            break
        if (folder / "apps.py").is_file():
            return folder
    return package / "config"


def update(catalogue: Catalogue) -> tuple[int, int]:
    """Write the catalogue back; returns how many words were added and dropped. Translations stay as they are."""
    kept = {_key(entry): entry for entry in _entries(catalogue.path) if not entry.obsolete}
    book = polib.POFile(wrapwidth=110)
    book.metadata = HEADER
    for word in sorted(catalogue.words):
        entry = kept.get(word) or _new_entry(word)
        entry.occurrences = [(path, "") for path in sorted(catalogue.words[word])]
        book.append(entry)
    catalogue.path.parent.mkdir(parents=True, exist_ok=True)
    book.save(str(catalogue.path))
    return len(catalogue.words.keys() - kept.keys()), len(kept.keys() - catalogue.words.keys())


def _new_entry(word: Word) -> polib.POEntry:
    plural = {"msgid_plural": word.plural, "msgstr_plural": {0: ""}} if word.plural else {}
    return polib.POEntry(msgid=word.msgid, msgctxt=word.context or None, **plural)


def _entries(path: Path) -> Iterable[polib.POEntry]:
    return polib.pofile(str(path)) if path.is_file() else ()


def _key(entry: polib.POEntry) -> Word:
    return Word(entry.msgid, entry.msgid_plural or "", entry.msgctxt or "")


def problems(catalogues: list[Catalogue]) -> Iterator[str]:
    """One sentence for each word that an Indonesian reader would not get."""
    known: dict[Word, polib.POEntry] = {}
    for catalogue in catalogues:
        where = catalogue.path.relative_to(catalogue.app.parents[1])
        for entry in _entries(catalogue.path):
            yield from (f"{where}: {problem}: {entry.msgid!r}" for problem in _entry_problems(entry))
            if _translation(entry):
                known[_key(entry)] = entry
    for catalogue in catalogues:
        for word in sorted(catalogue.words.keys() - known.keys()):
            yield f"{min(catalogue.words[word])}: not translated: {word.msgid!r}"


def _entry_problems(entry: polib.POEntry) -> Iterator[str]:
    if entry.obsolete:
        return
    if entry.fuzzy:
        yield "marked fuzzy"
    translation = _translation(entry)
    wanted = sorted(_PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    if translation and sorted(_PLACEHOLDER.findall(translation)) != wanted:
        yield "the translation has other placeholders"
    if translation and entry.msgid[-1:].isspace() != translation[-1:].isspace():
        yield "the translation begins or ends with other blanks"


def _translation(entry: polib.POEntry) -> str:
    return str(entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr)


def compile_all(package: Path) -> int:
    """Make every `.mo` that is missing or older than its `.po`; returns how many were made."""
    made = 0
    for source in sorted(package.rglob("locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.is_file() or target.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))
            made += 1
    return made


def main(arguments: list[str]) -> int:
    package = ROOT / "baileo"
    match arguments:
        case ["update", *apps]:
            for catalogue in collect(package):
                if not apps or any(str(catalogue.app).endswith(app.strip("/").replace(".", "/")) for app in apps):
                    added, dropped = update(catalogue)
                    print(f"{catalogue.path.relative_to(ROOT)}: {added} added, {dropped} dropped")
            return 0
        case ["check"]:
            found = list(problems(collect(package)))
            print("\n".join(found) if found else "Every word has its Indonesian translation.")
            return 1 if found else 0
        case ["compile"]:
            print(f"{compile_all(package)} catalogue(s) compiled.")
            return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
