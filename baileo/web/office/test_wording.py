"""Wagtail speaks half Indonesian, and for another language code; on our pages every word of it is ours to translate."""

from __future__ import annotations

import gettext as gnu
import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polib
import pytest
import wagtail
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from baileo.web.office.testing import OWN_PAGES, SECTIONS, every_page

pytestmark = pytest.mark.django_db
OURS = Path(__file__).parent / "locale" / "id" / "LC_MESSAGES" / "django.po"
CONFIG = re.compile(r'<script id="wagtail-config".*?</script>', re.DOTALL)  # told to scripts, not to people
TRANSLATOR: Any = vars(translation)["_trans"]  # where templates and code ask
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")


@contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Every word that anybody asks a translation of."""
    asked: set[str] = set()
    plain, plural = trans_real.gettext, trans_real.ngettext

    def gettext(message: str) -> str:
        asked.add(str(message))
        return str(plain(message))

    def ngettext(singular: str, several: str, number: int) -> str:
        asked.add(singular)
        return str(plural(singular, several, number))

    with monkeypatch.context() as patched:
        patched.setattr(TRANSLATOR, "gettext", gettext)
        patched.setattr(TRANSLATOR, "ngettext", ngettext)
        yield asked


def translated_by_wagtail() -> set[str]:
    words: set[str] = set()
    for path in Path(wagtail.__file__).parent.glob("**/locale/id_ID/LC_MESSAGES/django.mo"):
        with path.open("rb") as file:
            words.update(
                key
                for key, word in vars(gnu.GNUTranslations(file))["_catalog"].items()
                if word and isinstance(key, str)
            )
    return words


def wagtails_words() -> set[str]:
    """The English words of Wagtail's admin, whoever translates them."""
    path = Path(wagtail.__file__).parent / "admin" / "locale" / "en" / "LC_MESSAGES" / "django.po"
    return {entry.msgid for entry in polib.pofile(str(path))}


def is_shown(word: str, page: str) -> bool:
    if not PLACEHOLDER.search(word):
        return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", page) is not None
    return re.search(".{1,80}".join(re.escape(part) for part in PLACEHOLDER.split(word)), page) is not None


def pages_in_english(client: Client) -> Iterator[str]:
    english = {"accept-language": "en"}
    addresses = [
        *OWN_PAGES,
        "/office/staff/?q=zzz",
        "/office/services/?is_active=true",
        "/office/channel-accounts/new/",
    ]
    for section in SECTIONS:
        row = section.make()
        addresses += every_page(section, row)
        yield client.post(section.add(), {}, headers=english).content.decode()
    for address in addresses:
        yield client.get(address, headers=english).content.decode()


def test_every_word_of_wagtail_on_our_pages_has_an_indonesian_one(ana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with recorded(monkeypatch) as asked:
        pages = html.unescape("\n".join(CONFIG.sub("", page) for page in pages_in_english(ana)))
    ours = {entry.msgid for entry in polib.pofile(str(OURS)) if entry.translated()} if OURS.exists() else set()
    candidates = (asked & wagtails_words()) - ours - translated_by_wagtail()
    assert sorted(word for word in candidates if is_shown(word, pages)) == []
