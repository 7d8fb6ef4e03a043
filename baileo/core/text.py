"""Words as people write them: tidied for storage, cut for lists, freed of mark-up."""

import html
import re
import unicodedata
from decimal import Decimal

import nh3

_BLANKS = re.compile(r"[^\S\n]+")
_MANY_LINES = re.compile(r"\n{3,}")
# Marks that show nothing but can turn a line around or hide words ("Trojan source", 2021).
# U+200C and U+200D stay: emoji and some scripts need them.
_INVISIBLE = frozenset("\u200b\u200e\u200f\u2060\ufeff\u061c") | {
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


def normalise(text: str) -> str:
    """Text in NFC, without control and direction marks, with single blanks and at most one empty
    line in a row. Doing it twice changes nothing more.

    >>> normalise("  lampu \\x00 mati\\r\\n\\r\\n\\r\\n\\r\\ndi sini ")
    'lampu mati\\n\\ndi sini'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(char for char in text if _is_kept(char))
    kept = _BLANKS.sub(" ", unicodedata.normalize("NFC", kept))
    lines = "\n".join(line.strip() for line in kept.split("\n"))
    return _MANY_LINES.sub("\n\n", lines).strip()


def _is_kept(char: str) -> bool:
    if char in "\n\t":
        return True
    # Cc control, Cs lone surrogate (PostgreSQL refuses it), Cn not a character
    return char not in _INVISIBLE and unicodedata.category(char) not in (
        "Cc",
        "Cs",
        "Cn",
    )


def one_line(text: str) -> str:
    """`normalise`, with line breaks as blanks; for names and titles."""
    return " ".join(normalise(text).split())


def fold(text: str) -> str:
    """For comparing: lower case, no accents, only letters, digits and single blanks.

    >>> fold("Jl. Dr. Kayadoe, BENTÉNG")
    'jl dr kayadoe benteng'
    """
    plain = text
    for _ in range(2):  # folding can leave letters that decompose, and the other way round
        plain = unicodedata.normalize("NFKD", plain).casefold()
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w]+|_", " ", plain).split())


def excerpt(text: str, length: int = 120) -> str:
    """One line of at most `length` signs, cut between words where that is possible.

    >>> excerpt("Lampu jalan di depan pasar mati", 20)
    'Lampu jalan di…'
    """
    line = one_line(text)
    if len(line) <= length:
        return line
    room = max(length - 1, 0)
    cut = line[:room]
    whole, _, rest = cut.rpartition(" ")
    if line[room] != " " and whole and len(rest) < length // 2:
        cut = whole
    return cut.rstrip(" ,.;:-") + "…" if length > 0 else ""


def strip_html(markup: str) -> str:
    """The words of a piece of HTML, without tags, scripts and styles; not HTML any more.

    >>> strip_html("<p>Air <b>mati</b> &amp; bau</p><script>x()</script>")
    'Air mati & bau'
    """
    spaced = re.sub(r"(?i)<(br|/p|/div|/li|/tr|/h[1-6])\b[^>]*>", r"\n<\1>", markup)
    return normalise(html.unescape(nh3.clean(spaced, tags=set(), attributes={})))


def format_number(value: float | Decimal, decimals: int = 0, language: str = "id") -> str:
    """A number as it is written in that language: dot for thousands in Indonesian.

    >>> format_number(4213), format_number(3.5, 1), format_number(4213, language="en")
    ('4.213', '3,5', '4,213')
    """
    english = f"{value:,.{decimals}f}"
    return english if language == "en" else english.translate(str.maketrans(",.", ".,"))
