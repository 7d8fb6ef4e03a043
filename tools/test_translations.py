"""Words for people."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest

from tools.translations import Catalogue, Word, collect, compile_all, problems, update, words_of_template


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A package with one app that says one thing in code and one on a page."""
    app = tmp_path / "house" / "desk"
    (app / "templates").mkdir(parents=True)
    (app / "apps.py").write_text("")
    (app / "views.py").write_text('from django.utils.translation import gettext as _\nwords = _("Open %(count)s")\n')
    (app / "templates" / "page.html").write_text("{% load i18n %}<p>{% translate 'Send' %}</p>")
    (app / "test_views.py").write_text('_("never shown")')
    return tmp_path / "house"


def the_catalogue(house: Path) -> Catalogue:
    (found,) = collect(house)
    return found


def translate(path: Path, **words: str) -> None:
    book = polib.pofile(str(path))
    for entry in book:
        entry.msgstr = words.get(entry.msgid.split()[0], entry.msgstr)
    book.save(str(path))


def test_words_of_code_and_pages_belong_to_the_app_that_says_them(house: Path) -> None:
    catalogue = the_catalogue(house)
    assert set(catalogue.words) == {Word("Open %(count)s"), Word("Send")}
    assert catalogue.path == house / "desk/locale/id/LC_MESSAGES/django.po"


def test_a_word_without_translation_is_named_with_its_file(house: Path) -> None:
    assert list(problems(collect(house))) == [
        "house/desk/views.py: not translated: 'Open %(count)s'",
        "house/desk/templates/page.html: not translated: 'Send'",
    ]


def test_a_translated_house_has_no_problems_and_compiles_once(house: Path) -> None:
    catalogue = the_catalogue(house)
    assert update(catalogue) == (2, 0)
    translate(catalogue.path, Open="Buka %(count)s", Send="Kirim")
    assert list(problems(collect(house))) == []
    assert (compile_all(house), compile_all(house)) == (1, 0)


def test_a_lost_placeholder_is_found(house: Path) -> None:
    catalogue = the_catalogue(house)
    update(catalogue)
    translate(catalogue.path, Open="Buka", Send="Kirim")
    (problem,) = problems(collect(house))
    assert "other placeholders" in problem


def test_a_fuzzy_translation_is_not_trusted(house: Path) -> None:
    catalogue = the_catalogue(house)
    update(catalogue)
    translate(catalogue.path, Open="Buka %(count)s", Send="Kirim")
    book = polib.pofile(str(catalogue.path))
    book[0].flags.append("fuzzy")
    book.save(str(catalogue.path))
    assert any("fuzzy" in problem for problem in problems(collect(house)))


def test_updating_keeps_translations_and_drops_what_nobody_says(house: Path) -> None:
    catalogue = the_catalogue(house)
    update(catalogue)
    translate(catalogue.path, Send="Kirim")
    (house / "desk" / "views.py").write_text("")
    assert update(the_catalogue(house)) == (0, 1)
    assert [entry.msgstr for entry in polib.pofile(str(catalogue.path))] == ["Kirim"]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{% translate 'May' context 'month' %}", [Word("May", context="month")]),
        (
            "{% blocktranslate count n=n trimmed %} one {{ n }}\n{% plural %} many {{ n }} {% endblocktranslate %}",
            [Word("one %(n)s", "many %(n)s")],
        ),
        ('{{ name|default:_("nobody") }}', [Word("nobody")]),
        ("{% translate variable %} plain # text _(x)", []),
    ],
)
def test_pages_say_words_in_several_ways(template: str, words: list[Word]) -> None:
    assert list(words_of_template(template)) == words
