"""Word lists and how they are found in a text: whole words and phrases, never parts of words."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from baileo.core.text import fold

LEXICON = Path(__file__).parents[1] / "starter" / "lexicon.toml"
LONGEST_PHRASE = 5  # words


def tokens_of(text: str) -> list[str]:
    """Folded words; chat's short forms and Ambonese sounds written out, "rusaaak" without its cry.

    >>> tokens_of("Tolooong, lampu jln blm nyala, galap!!")
    ['tolong', 'lampu', 'jalan', 'belum', 'nyala', 'gelap']
    """
    forms = written_out()
    return [forms.get(word, word) for word in map(_calm, fold(text).split())]


def _calm(word: str) -> str:
    """Letters cried three times or more count once."""
    if len(word) < 4 or not word.isalpha():
        return word
    kept = [char for at, char in enumerate(word) if not (at > 1 and char == word[at - 1] == word[at - 2])]
    calm = "".join(kept)
    return calm if len(calm) == len(word) else _undouble(calm)


def _undouble(word: str) -> str:
    return "".join(char for at, char in enumerate(word) if at == 0 or char != word[at - 1])


class Phrases:
    """A set of words and phrases that knows where it occurs in a row of words."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = frozenset(" ".join(tokens_of(phrase)) for phrase in phrases) - {""}

    def __contains__(self, word: str) -> bool:
        return word in self._phrases

    def found_in(self, tokens: list[str]) -> list[str]:
        """Each occurrence, the longest one where several start at the same word."""
        found, at = [], 0
        while at < len(tokens):
            phrase = self._longest_at(tokens, at)
            if phrase:
                found.append(phrase)
            at += phrase.count(" ") + 1 if phrase else 1
        return found

    def _longest_at(self, tokens: list[str], at: int) -> str:
        for length in range(min(LONGEST_PHRASE, len(tokens) - at), 0, -1):
            phrase = " ".join(tokens[at : at + length])
            if phrase in self._phrases:
                return phrase
        return ""


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(LEXICON.read_text(encoding="utf-8"))


@cache
def written_out() -> Mapping[str, str]:
    """What people type for a word -> the word."""
    return dict(_tables()["written_out"])


@cache
def lexicon() -> Mapping[str, Phrases]:
    """The lists of `starter/lexicon.toml` by name."""
    return {name: Phrases(words) for name, words in _tables().items() if isinstance(words, list)}
