"""Which services a text is about, with shares that add up to at most 1: counted words, no training."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import log

from baileo.city.service_requests.understanding.lexicon import Phrases, tokens_of

PRIOR = 0.6  # weight of "something else"; one vague word does not make a certain suggestion
PHRASE_BONUS = 1.6  # per further word: "lampu jalan mati" says more than "lampu"
SHARPNESS = 2.0  # how much a heavier service outweighs a lighter one


class Catalogue:
    """The words of all active services, ready to be found. Build once per catalogue, use for many texts."""

    def __init__(self, services: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._codes_of: dict[str, set[str]] = defaultdict(set)
        count = 0
        for code, words in services:
            count += 1
            for word in words:
                phrase = " ".join(tokens_of(word))
                if phrase:
                    self._codes_of[phrase].add(code)
        self._phrases = Phrases(self._codes_of)
        self._weight_of = {phrase: _weight(phrase, len(codes), count) for phrase, codes in self._codes_of.items()}

    def things(self, tokens: list[str]) -> list[str]:
        """Words of the catalogue in a row of words, the longest where several start at one word."""
        return self._phrases.found_in(tokens)

    def suggest(self, text: str, limit: int = 3) -> list[tuple[str, float]]:
        """(service code, share) from the likeliest down; empty when no word of the catalogue occurs."""
        weights: dict[str, float] = defaultdict(float)
        for phrase in set(self.things(tokens_of(text))):
            for code in self._codes_of[phrase]:
                weights[code] += self._weight_of[phrase]
        sharp = {code: weight**SHARPNESS for code, weight in weights.items()}
        total = sum(sharp.values()) + PRIOR
        ranked = sorted(sharp.items(), key=lambda item: (-item[1], item[0]))
        return [(code, round(weight / total, 3)) for code, weight in ranked[:limit]]


def _weight(phrase: str, shared_by: int, services: int) -> float:
    rarity = log(1 + services / shared_by) / log(1 + services)
    return rarity * PHRASE_BONUS ** phrase.count(" ")
