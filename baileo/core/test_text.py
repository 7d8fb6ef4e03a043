import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.core.text import (
    excerpt,
    fold,
    format_number,
    normalise,
    one_line,
    strip_html,
)


@given(st.text())
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(alphabet=st.characters()))
def test_tidy_text_can_always_be_stored(text: str) -> None:
    tidy = normalise(text)
    assert "\x00" not in tidy
    tidy.encode()  # no lone surrogates
    assert unicodedata.is_normalized("NFC", tidy)


def test_marks_that_hide_or_turn_words_are_dropped() -> None:
    assert normalise("lapor\u202egnp.exe\u200b!") == "laporgnp.exe!"


def test_family_emoji_and_line_breaks_survive() -> None:
    family = "👨\u200d👩\u200d👧"
    assert normalise(f"rumah {family}\r\nbanjir") == f"rumah {family}\nbanjir"


def test_many_empty_lines_become_one() -> None:
    assert normalise("a\n \n\t\n\n\nb") == "a\n\nb"


def test_a_title_is_one_line() -> None:
    assert one_line(" lampu\n\n mati ") == "lampu mati"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Batu Merah", "batu merah"),
        ("  BATU-MERAH! ", "batu merah"),
        ("Café_Ambon", "cafe ambon"),
        ("", ""),
    ],
)
def test_folding_forgets_case_accents_and_marks(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.integers(0, 200))
def test_an_excerpt_is_never_too_long(text: str, length: int) -> None:
    assert len(excerpt(text, length)) <= length


def test_an_excerpt_is_cut_between_words() -> None:
    assert excerpt("Lampu jalan di depan pasar mati", 20) == "Lampu jalan di…"
    assert excerpt("Lampu mati", 20) == "Lampu mati"


def test_an_excerpt_of_one_endless_word_is_cut_anyway() -> None:
    assert excerpt("x" * 50, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<p>satu</p><p>dua</p>", "satu\n\ndua"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<script>alert(1)</script>aman", "aman"),
        ("<style>p{}</style>aman", "aman"),
        ("5 &lt; 6 &amp;amp; 7", "5 < 6 &amp; 7"),
        ("<img src=x onerror=alert(1)>foto", "foto"),
        ("bukan html", "bukan html"),
    ],
)
def test_only_the_words_of_mark_up_are_left(markup: str, words: str) -> None:
    assert strip_html(markup).replace("\n\n", "\n") == words.replace("\n\n", "\n")


@given(st.text())
def test_any_text_survives_the_stripping_of_mark_up(text: str) -> None:
    strip_html(text)


@pytest.mark.parametrize(
    ("value", "decimals", "language", "written"),
    [
        (4213, 0, "id", "4.213"),
        (1234567.891, 2, "id", "1.234.567,89"),
        (1234567.891, 2, "en", "1,234,567.89"),
        (-1500, 0, "id", "-1.500"),
        (0, 0, "id", "0"),
        (Decimal("12.50"), 2, "id", "12,50"),
    ],
)
def test_numbers_are_written_as_the_reader_is_used_to(
    value: float | Decimal, decimals: int, language: str, written: str
) -> None:
    assert format_number(value, decimals, language) == written


@given(st.text(), st.integers(1, 80))
def test_an_excerpt_says_nothing_the_text_did_not_say(text: str, length: int) -> None:
    cut = excerpt(text, length)
    assert one_line(text).startswith(cut.removesuffix("…")) or one_line(text) == cut


@given(st.integers(-(10**12), 10**12))
def test_a_written_number_can_be_read_back(value: int) -> None:
    assert int(format_number(value).replace(".", "")) == value
    assert int(format_number(value, language="en").replace(",", "")) == value


@given(st.lists(st.sampled_from(["<b>", "</b>", "<script>", "<p", ">", "&lt;", "&", "lampu", "'", '"', "<!--", "-->"])))
def test_no_tag_survives_the_stripping_of_mark_up(pieces: list[str]) -> None:
    """What is left may contain signs that were written as entities, but nothing that was a tag."""
    stripped = strip_html("".join(pieces).replace("&lt;", ""))
    assert "<b>" not in stripped
    assert "<script>" not in stripped
