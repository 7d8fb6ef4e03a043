"""Does a message ask the city for something, of what kind, and is somebody in danger?

A sum of small weights over word lists: explainable, quick, no training data. It errs towards making a request: a
needless one costs an officer one click, a missed one costs a citizen the answer. Officers see the reasons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.understanding.lexicon import lexicon, tokens_of

Kind = ServiceRequest.Kind
THRESHOLD = 2.0
# list of the lexicon -> (weight of the first hit, weight of each further one, most hits counted)
WEIGHTS: dict[str, tuple[float, float, int]] = {
    "trouble": (1.2, 0.3, 3),
    "asking": (1.0, 0.3, 3),
    "lack": (0.5, 0.2, 3),
    "question": (0.9, 0.2, 2),
    "place": (0.5, 0.2, 3),
    "danger": (2.0, 0.0, 1),
    "elsewhere": (-1.2, -0.6, 4),
    "follow_up": (-1.2, -0.4, 2),
}
THING_WEIGHTS = (1.1, 0.2, 3)  # words of the catalogue
LONG_ENOUGH = 8  # words: whoever writes this much to the city usually wants something
LONG_WEIGHT = 0.4
LONGEST_YES = 6  # words
UNSOLVED_WITHIN = 8  # first words in which "not yet" is an answer and not part of a story


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a text looks like. `why` lists the words that decided, for the officer."""

    is_report: bool
    score: float
    why: tuple[str, ...]
    kind: str
    is_danger: bool
    is_chatter: bool  # nothing but a greeting, thanks or yes


NO_WORDS = Verdict(False, 0.0, (), Kind.COMPLAINT, False, True)
ThingFinder = Callable[[list[str]], list[str]]


def looks_like_report(text: str, things: ThingFinder | None = None) -> Verdict:
    """Judge one message. `things` finds the catalogue's words in it; without it they do not count."""
    tokens = tokens_of(text)
    if not tokens:
        return NO_WORDS
    hits = {name: lexicon()[name].found_in(tokens) for name in WEIGHTS}
    objects = things(tokens) if things else []
    is_danger = bool(hits["danger"]) and not lexicon()["not_danger"].found_in(tokens)
    is_chatter = all(token in lexicon()["chatter"] for token in tokens)
    score = 0.0 if is_chatter else _score(hits, objects, len(tokens))
    return Verdict(
        is_report=score >= THRESHOLD,
        score=round(score, 2),
        why=_why(hits, objects),
        kind=_kind(tokens, hits, is_danger),
        is_danger=is_danger,
        is_chatter=is_chatter,
    )


def _score(hits: dict[str, list[str]], objects: list[str], length: int) -> float:
    if not (objects or hits["asking"] or hits["danger"]):  # trouble with nothing the city looks after
        return min(_weigh(hits["trouble"], WEIGHTS["trouble"]) + _weigh(hits["question"], WEIGHTS["question"]), 1.9)
    total = sum(_weigh(found, WEIGHTS[name]) for name, found in hits.items())
    total += _weigh(objects, THING_WEIGHTS)
    return total + (LONG_WEIGHT if length >= LONG_ENOUGH else 0.0)


def _weigh(found: list[str], weights: tuple[float, float, int]) -> float:
    first, further, most = weights
    count = min(len(set(found)), most)
    return first + further * (count - 1) if count else 0.0


def _why(hits: dict[str, list[str]], objects: list[str]) -> tuple[str, ...]:
    told = (found for name, found in hits.items() if name not in ("lack", "place"))
    words = [word for found in (objects, *told) for word in found]
    return tuple(dict.fromkeys(words))[:8]


def _kind(tokens: list[str], hits: dict[str, list[str]], is_danger: bool) -> str:
    """Danger before all; a question without trouble wants information; an idea is an aspiration."""
    if is_danger:
        return Kind.EMERGENCY
    if hits["trouble"]:
        return Kind.COMPLAINT
    if lexicon()["wish"].found_in(tokens):
        return Kind.ASPIRATION
    return Kind.INFORMATION if hits["question"] else Kind.COMPLAINT


def says_unsolved(text: str) -> bool:
    """Whether an answer to "is it solved?" means no.

    >>> says_unsolved("Balong, masi galap"), says_unsolved("Su bagus, dangke")
    (True, False)
    """
    tokens = tokens_of(text)[:UNSOLVED_WITHIN]
    no, yes = lexicon()["unsolved"].found_in(tokens), lexicon()["solved"].found_in(tokens)
    starts_with_yes = bool(yes) and " ".join(tokens).startswith(yes[0])
    return bool(no) and (not starts_with_yes or any(token in lexicon()["but"] for token in tokens))


def says_solved(text: str) -> bool:
    """Whether a short answer to "is it solved?" is a plain yes; thanks alone are not.

    >>> says_solved("Ya, sudah. Makasih"), says_solved("terima kasih"), says_solved("sudah lapor tapi belum")
    (True, False, False)
    """
    tokens = tokens_of(text)
    if not tokens or len(tokens) > LONGEST_YES or says_unsolved(text):
        return False
    return tokens[0] in lexicon()["yes"] and not lexicon()["unsolved"].found_in(tokens)
