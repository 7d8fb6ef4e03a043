"""How well reports are told from talk, on texts that are kept beside the house and never in it.

Prints precision and recall; skipped where the texts are not at hand. Run: pytest -m load -s -k recall
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from baileo.city.service_requests.services.starting import _read
from baileo.city.service_requests.understanding import Catalogue, looks_like_report

TEXTS = Path(__file__).resolve().parents[4] / "shared" / "data" / "complaints"
CATALOGUE = Catalogue((s["code"], s["words"]) for group in _read("catalogue.toml")["group"] for s in group["service"])

pytestmark = [pytest.mark.load, pytest.mark.skipif(not TEXTS.is_dir(), reason="the texts are not at hand")]


def complaints() -> Iterator[str]:
    """What the people of another city wrote to its complaint desk: all of it is meant for the city."""
    with gzip.open(TEXTS / "surabaya_mediacenter_2022.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from (json.loads(line)["text"] for line in lines)


def everyday_ambonese() -> Iterator[str]:
    """Social media in Ambonese Malay: feelings, hotel rooms, football. Nothing of it is meant for the city."""
    for path in sorted(TEXTS.glob("ambonese/*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            yield from (row.get("tgt_text") or row.get("text", "") for row in csv.DictReader(lines))


def tweets() -> Iterator[tuple[str, bool]]:
    """Tweets marked as complaint or not; noisy, and about politics more than about streets."""
    for line in (TEXTS / "tweet_aduan_or_not.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row["text"], row["label"] == "Aduan"


def is_report(text: str) -> bool:
    return looks_like_report(text, CATALOGUE.things).is_report


def figures(name: str, positives: list[str], negatives: list[str], say: Callable[[str], None]) -> tuple[float, float]:
    hits, false = sum(map(is_report, positives)), sum(map(is_report, negatives))
    recall, alarm = hits / len(positives), false / len(negatives)
    balanced = recall / (recall + alarm)
    say(f"{name}: recall {recall:.3f}, false alarms {alarm:.3f}, precision at equal numbers {balanced:.3f}")
    return recall, alarm


def test_recall_and_precision_are_printed_and_do_not_fall(capsys: pytest.CaptureFixture[str]) -> None:
    def say(line: str) -> None:
        with capsys.disabled():
            print(line)  # noqa: T201  the purpose of this test

    told = list(dict.fromkeys(complaints()))
    talk = list(dict.fromkeys(everyday_ambonese()))
    recall, alarm = figures("complaints against everyday Ambonese", told, talk, say)
    marked = list(tweets())
    figures("tweets", [text for text, yes in marked if yes], [text for text, yes in marked if not yes], say)
    assert recall > 0.90
    assert alarm < 0.22
