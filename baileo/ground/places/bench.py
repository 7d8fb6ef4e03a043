"""How fast look-ups are on this machine, as numbers; no test depends on them."""

import random
import time
from collections.abc import Callable

from baileo.ground.places import selectors

SENTENCES = (
    "Lampu jalan mati di depan Pasar Mardika su tiga malam",
    "beta lapor sampah manumpuk di batumerah dekat terminal, tolong angka",
    "air seng jalang di kbn cengkeh RT 003 RW 02 dari kamareng",
    "selamat siang, tanah longsor tutup jalan, belum ada petugas datang",
)


def bench(rounds: int = 2_000) -> dict[str, float]:
    """Mean and worst microseconds of point look-up, sentence and search, caches warm. Needs areas in the database."""
    chance = random.Random(1)  # noqa: S311 - the same points each time, nothing secret
    points = [(chance.uniform(128.06, 128.30), chance.uniform(-3.80, -3.57)) for _ in range(rounds)]
    return {
        **_timed("area_at", lambda n: selectors.area_at(*points[n]), rounds),
        **_timed("find_place_in_text", lambda n: selectors.find_place_in_text(SENTENCES[n % 4]), rounds // 4),
        **_timed("gazetteer_search", lambda n: selectors.gazetteer_search("kbn cengkeh"[: 3 + n % 8]), rounds // 4),
    }


def _timed(name: str, call: Callable[[int], object], rounds: int) -> dict[str, float]:
    call(0)
    took = []
    for number in range(rounds):
        start = time.perf_counter()
        call(number)
        took.append((time.perf_counter() - start) * 1e6)
    took.sort()
    return {f"{name}_mean_us": sum(took) / rounds, f"{name}_p99_us": took[int(rounds * 0.99)]}
