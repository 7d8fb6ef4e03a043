"""Finding places by the names people use, in a search box or in the middle of a sentence. Pure, in memory.

Nothing here decides where a report is: it proposes, with a score from 0 to 100, and says when a name is ambiguous.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from rapidfuzz import fuzz, process

from baileo.ground.places.codes import Level, is_within
from baileo.ground.places.spelling import key_of, words_of

LANDMARK: Final = "landmark"  # beside the four levels


@dataclass(frozen=True, slots=True)
class Place:
    """An area or a landmark as a possible answer. `area_code` of a landmark is the area it lies in, if known."""

    name: str
    label: str  # fit to choose from a list: "Nusaniwe (negeri), Kecamatan Nusaniwe"
    kind: str
    level: str  # province, regency, district, village, landmark
    area_code: str = ""
    landmark_id: int | None = None
    lon_deg: float | None = None
    lat_deg: float | None = None
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A name found at `text[start:end]`. `others` are the places that bear the same name."""

    place: Place
    start: int
    end: int
    score: float
    others: tuple[Place, ...] = ()

    @property
    def is_ambiguous(self) -> bool:
        return bool(self.others)


# The finest first: a market says more than a village, a village more than a province.
_LEVEL_ORDER: Final = {LANDMARK: 0, Level.VILLAGE: 0, Level.DISTRICT: 1, Level.REGENCY: 2, Level.PROVINCE: 3}
_LEVEL_COST: Final = {LANDMARK: 0.0, Level.VILLAGE: 0.0, Level.DISTRICT: 5.0, Level.REGENCY: 25.0, Level.PROVINCE: 35.0}
_AMBIGUITY_COST = 15.0
_STREET_COST = 25.0  # "Jalan Rijali" need not lie in Rijali
_ORDINARY_COST = 55.0
_ELSEWHERE_COST = 10.0  # an area outside the city
_WORTH_SAYING = 50.0

# A word before a name that tells which of several is meant.
_KINDS_SAID: Final = {
    "kelurahan": frozenset({"kelurahan"}),
    "desa": frozenset({"desa", "negeri"}),  # people say desa for a negeri, and the other way round
    "negeri": frozenset({"negeri", "desa"}),
    "kecamatan": frozenset({"kecamatan"}),
    "kota": frozenset({"kota"}),
    "kabupaten": frozenset({"kabupaten"}),
}
_PLACE_BEFORE: Final = frozenset(
    {
        *_KINDS_SAID,
        *("di", "ke", "dari", "arah", "menuju", "lokasi", "daerah", "kawasan", "sekitar", "kampung", "warga"),
        *("dekat", "depan", "belakang", "samping"),
        *("pi", "par"),  # Ambonese: to, for
    }
)
# Names that are also ordinary words; they count only after a word that announces a place.
_ORDINARY: Final = frozenset(
    key_of(words_of(word)) for word in ("benteng", "ema", "kilang", "latta", "laha", "mcm", "silo", "soya", "trikora")
)
_LONGEST_NAME = 5  # words
_LONGEST_TEXT = 400  # words; a message longer than that has said its place before
_SHORTEST_FUZZY = 6  # letters
_FUZZY_CUTOFF = 86.0  # one wrong letter in seven
_FUZZY_WORD_CUTOFF = 80.0  # each word by itself, so that "rumah tinggal" is not Rumah Tiga
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str  # in its long form
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Hit:
    first: int  # index of the first and one past the last word
    last: int
    key: str
    quality: float


class Gazetteer:
    """Names and aliases under spelling keys. Built once, then read by many threads."""

    def __init__(self, named: Iterable[tuple[Place, Iterable[str]]], city_code: str = "") -> None:
        """`named`: each place with all names it goes by, its own included."""
        self._city_code = city_code
        by_key: dict[str, dict[Place, None]] = defaultdict(dict)
        self._words: list[tuple[tuple[str, ...], str]] = []
        self._spelled: dict[str, list[tuple[str, ...]]] = defaultdict(list)  # the words behind a key
        for place, names in named:
            for name in names:
                words = words_of(name)
                if (key := key_of(words)) and place not in by_key[key]:
                    by_key[key][place] = None
                    self._words.append((tuple(words), key))
                    self._spelled[key].append(tuple(words))
        self._places = {key: tuple(places) for key, places in by_key.items()}
        self._buckets: dict[str, list[str]] = defaultdict(list)
        for key in self._places:
            self._buckets[key[0]].append(key)

    def __len__(self) -> int:
        return len(self._places)

    # --- search box ---

    def search(self, query: str, limit: int = 10) -> list[Place]:
        """Best first; an empty query finds nothing. The kind may be said: "kec nusaniwe", "negeri soya"."""
        words = words_of(query[:120])
        said = _KINDS_SAID.get(words[0]) if len(words) > 1 else None
        best: dict[Place, float] = {}
        for asked, kinds in ((words, None), (words[1:], said)) if said else ((words, None),):
            for key, score in self._similar_keys(asked).items():
                for place in self._places[key]:
                    fits = kinds is None or place.kind in kinds
                    worth = score - self._elsewhere(place) - (0.0 if fits else 20.0)
                    best[place] = max(best.get(place, 0.0), worth)
        ranked = sorted(best.items(), key=lambda item: (-item[1], _LEVEL_ORDER[item[0].level], item[0].label))
        return [replace(place, score=round(score, 1)) for place, score in ranked[:limit]]

    def _similar_keys(self, words: list[str]) -> dict[str, float]:
        asked = key_of(words)
        if not asked:
            return {}
        found: dict[str, float] = {}
        for key, score, _ in process.extract(asked, list(self._places), scorer=fuzz.ratio, score_cutoff=70, limit=20):
            found[key] = score if score == 100 else score * 0.9
        for key in self._places:
            if key.startswith(asked):  # typed so far
                found[key] = max(found.get(key, 0.0), 95.0 - min(len(key) - len(asked), 20) * 0.5)
        for named, key in self._words:
            if _all_begin(words, named):  # "merah putih" in "Jembatan Merah Putih"
                found[key] = max(found.get(key, 0.0), 80.0)
        return found

    # --- sentences ---

    def find_in_text(self, text: str) -> list[PlaceMention]:
        """Every place named in the text, best first; never raises."""
        words = _words_with_place(text)
        taken: set[int] = set()
        mentions = []
        for hit in (*self._exact(words, taken), *self._fuzzy(words, taken)):
            mention = self._judge(hit, words)
            if mention.score >= _WORTH_SAYING:
                mentions.append(mention)
        return sorted(mentions, key=lambda m: (-m.score, _LEVEL_ORDER[m.place.level], m.start))

    def _exact(self, words: list[_Word], taken: set[int]) -> Iterator[_Hit]:
        for size in range(_LONGEST_NAME, 0, -1):  # "Batu Merah" before "Merah"
            for first in range(len(words) - size + 1):
                key = key_of([word.text for word in words[first : first + size]])
                if key in self._places and taken.isdisjoint(range(first, first + size)):
                    taken.update(range(first, first + size))
                    yield _Hit(first, first + size, key, 100.0)

    def _fuzzy(self, words: list[_Word], taken: set[int]) -> Iterator[_Hit]:
        for size in (3, 2, 1):
            for first in range(len(words) - size + 1):
                if not taken.isdisjoint(range(first, first + size)):
                    continue
                window = [word.text for word in words[first : first + size]]
                if near := self._nearly(window):
                    taken.update(range(first, first + size))
                    yield _Hit(first, first + size, *near)

    def _nearly(self, window: list[str]) -> tuple[str, float] | None:
        """The one name that these words nearly spell, and how nearly. The first letter must be right."""
        key = key_of(window)
        if len(key) < _SHORTEST_FUZZY:
            return None
        found = process.extractOne(key, self._buckets.get(key[0], ()), scorer=fuzz.ratio, score_cutoff=_FUZZY_CUTOFF)
        if found and len(found[0]) >= _SHORTEST_FUZZY and self._word_by_word(window, found[0]):
            return found[0], found[1]
        return None

    def _word_by_word(self, window: list[str], key: str) -> bool:
        """Words run together may stand for several ("batumera"), but several do not stand for one."""
        if len(window) == 1:
            return True
        return any(
            len(spelled) == len(window)
            and all(fuzz.ratio(a, b) >= _FUZZY_WORD_CUTOFF for a, b in zip(window, spelled, strict=True))
            for spelled in self._spelled[key]
        )

    def _judge(self, hit: _Hit, words: list[_Word]) -> PlaceMention:
        before = words[hit.first - 1].text if hit.first else ""
        places = sorted(self._places[hit.key], key=lambda p: (self._elsewhere(p), _LEVEL_ORDER[p.level], p.area_code))
        said = _KINDS_SAID.get(before)
        meant = [place for place in places if said and place.kind in said] or places
        place = _common_ground(meant)
        score = hit.quality - _LEVEL_COST[place.level] - self._elsewhere(place)
        if len(meant) > 1:
            score -= _AMBIGUITY_COST
        if before == "jalan":
            score -= _STREET_COST
        if hit.key in _ORDINARY and before not in _PLACE_BEFORE:
            score -= _ORDINARY_COST
        others = tuple(other for other in meant if other != place)
        start, end = words[hit.first].start, words[hit.last - 1].end
        return PlaceMention(replace(place, score=round(score, 1)), start, end, round(max(score, 0.0), 1), others)

    def _elsewhere(self, place: Place) -> float:
        return 0.0 if not place.area_code or is_within(place.area_code, self._city_code) else _ELSEWHERE_COST


def _words_with_place(text: str) -> list[_Word]:
    words: list[_Word] = []
    for found in _WORD.finditer(text):
        # Folding may split or drop what \w took for one word ("x²"); the position stays that of the whole.
        words += [_Word(word, found.start(), found.end()) for word in words_of(found[0])]
        if len(words) >= _LONGEST_TEXT:
            break
    return words[:_LONGEST_TEXT]


def _all_begin(asked: list[str], named: tuple[str, ...]) -> bool:
    """Whether each word asked for begins a word of the name; single letters do not count."""
    return all(len(word) > 1 and any(name.startswith(word) for name in named) for word in asked)


def _common_ground(places: list[Place]) -> Place:
    """Among places of one name, the one that holds the others ("Nusaniwe" the district holds both villages of that
    name): less exact, but not wrong. Without such a one, the first.
    """
    for outer in places:
        if outer.level != LANDMARK and all(is_within(place.area_code, outer.area_code) for place in places):
            return outer
    return places[0]
