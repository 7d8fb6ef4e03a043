"""Reading people's words, as Ambon writes them. All sentences here are our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.service_requests.services.starting import _read
from baileo.city.service_requests.understanding import Catalogue, looks_like_report, says_solved, says_unsolved
from baileo.city.service_requests.understanding.lexicon import Phrases, lexicon, tokens_of, written_out
from baileo.city.service_requests.understanding.reading import THRESHOLD, WEIGHTS

SERVICES = [(s["code"], s["words"]) for group in _read("catalogue.toml")["group"] for s in group["service"]]
CATALOGUE = Catalogue(SERVICES)

REPORTS = [
    ("Lampu jalang mati di muka greja Rehoboth su tiga malang", "street_light"),
    ("Tolong dong datang lia, got di Kebun Cengkeh tasumbat, aer nae ka jalang", "blocked_drain"),
    ("Sampa di TPS Waiheru su tumpa ka jalang, bobou skali", "waste_collection"),
    ("Aer PDAM seng jalan su 4 hari di lorong atas", "water_supply"),
    ("Pohong miring di atas kabel, takut roboh ka ruma", "fallen_tree"),
    ("Beta mo lapor jalang rusak di Hative Besar, banya lobang", "road_damage"),
    ("Tana longsor di Batu Gajah tutup jalan", "landslide"),
    ("Mohon petugas tertibkan parkir liar di depan pasar Mardika tiap sore", "parking"),
    ("Jembatan kecil di Soya patah, anak sekolah sulit lewat", "bridge"),
    ("listrik padam dari tadi malam di Passo min tolong", "power_outage"),
    ("Kabel putus melintang di jalan Pattimura bahaya skali", "dangerous_cable"),
    ("orang mabo tiap malam ribut di lorong, katong seng bisa tidor", "public_order"),
    ("Minyak tanah langka su satu minggu di pangkalan", "prices"),
    ("tlg drainase dpn smp 4 mampet banjir trs", "blocked_drain"),
    ("Talud di Kayu Putih rubuh abis hujan", "retaining_wall"),
    ("angkot Hunuth minta ongkos labe dari tarif", "public_transport"),
    ("Puskesmas seng ada obat, orang saki tunggu lama", "health"),
    ("ada anjing gila gigit orang di Galala", "animals"),
]
CHATTER = [
    "Selamat pagi",
    "Slamat sore bapa ibu",
    "Terima kasih banyak atas bantuannya",
    "ok siap",
    "Danke lai, Tuhan berkati",
    "Assalamualaikum",
    "tes",
    "hehe iya kak",
    "Beta seng tau lai dia pi mana",
    "Timnas menang dua gol, mantap",
    "sapa nama admin ini e",
    "nanti malam nonton bola sama sama",
]


@pytest.mark.parametrize("text", [text for text, _ in REPORTS])
def test_what_ambon_writes_about_its_streets_is_a_report(text: str) -> None:
    verdict = looks_like_report(text, CATALOGUE.things)
    assert verdict.is_report, verdict
    assert verdict.why


@pytest.mark.parametrize("text", CHATTER)
def test_small_talk_is_no_report(text: str) -> None:
    assert not looks_like_report(text, CATALOGUE.things).is_report


@pytest.mark.parametrize(("text", "service"), REPORTS)
def test_the_service_is_among_the_first_suggestions(text: str, service: str) -> None:
    assert service in [code for code, _ in CATALOGUE.suggest(text, limit=3)]


def test_most_reports_have_their_service_first() -> None:
    hits = sum(CATALOGUE.suggest(text, limit=1)[0][0] == service for text, service in REPORTS)
    assert hits / len(REPORTS) > 0.8


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Bagaimana cara urus KTP yang hilang?", "information"),
        ("Apa syarat bikin kartu keluarga?", "information"),
        ("Usul supaya ada taman bacaan di setiap negeri", "aspiration"),
        ("Jalan rusak parah di Passo", "complaint"),
        ("Ruma tabakar di Waihaong tolong capat", "emergency"),
        ("Ada orang hanyo di kali Batu Merah", "emergency"),
        ("Banjir bandang, ada yang terjebak di atap", "emergency"),
    ],
)
def test_the_kind_follows_the_words(text: str, kind: str) -> None:
    assert looks_like_report(text, CATALOGUE.things).kind == kind


@pytest.mark.parametrize(
    "text", ["Simulasi kebakaran besok jam 9 di kantor", "Jadwal pelatihan pemadam kebakaran kapan?"]
)
def test_talk_about_danger_is_not_danger(text: str) -> None:
    assert not looks_like_report(text, CATALOGUE.things).is_danger


def test_nothing_is_not_a_report() -> None:
    for text in ("", "   ", "👍", "...", "/start"):
        assert not looks_like_report(text, CATALOGUE.things).is_report


def test_the_reasons_are_words_of_the_message() -> None:
    text = "Tolong lampu jalan mati di Passo"
    why = looks_like_report(text, CATALOGUE.things).why
    assert "lampu jalan mati" in why
    assert all(word in " ".join(tokens_of(text)) for word in why)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("jln rusak", "jalan rusak"),
        ("TOLOOOONG", "tolong"),
        ("aer seng jalang", "air seng jalan"),
        ("blm diangkut", "belum diangkut"),
        ("2026-000123", "2026 000123"),
        ("Benténg", "benteng"),
    ],
)
def test_short_forms_cries_and_ambonese_sounds_are_written_out(typed: str, read: str) -> None:
    assert " ".join(tokens_of(typed)) == read


def test_the_longest_phrase_wins() -> None:
    phrases = Phrases(["lampu", "lampu jalan", "jalan rusak"])
    assert phrases.found_in(["lampu", "jalan", "rusak"]) == ["lampu jalan"]


def test_the_lists_are_written_out_once_and_for_all() -> None:
    forms = written_out()
    assert all(target not in forms or forms[target] == target for target in forms.values())
    assert set(WEIGHTS) <= set(lexicon())


def test_every_service_has_words_and_no_word_belongs_to_many() -> None:
    owners: dict[str, list[str]] = {}
    for code, words in SERVICES:
        assert words, code
        for word in words:
            owners.setdefault(" ".join(tokens_of(word)), []).append(code)
    assert {word: codes for word, codes in owners.items() if len(codes) > 3} == {}


def test_shares_are_shares() -> None:
    for text, _ in REPORTS:
        shares = [share for _, share in CATALOGUE.suggest(text, limit=9)]
        assert shares == sorted(shares, reverse=True)
        assert all(0 < share <= 1 for share in shares)
        assert sum(shares) <= 1.001


def test_one_vague_word_is_no_certain_suggestion() -> None:
    assert CATALOGUE.suggest("lampu")[0][1] < 0.75
    assert CATALOGUE.suggest("lampu jalan mati di lorong")[0][1] > CATALOGUE.suggest("lampu")[0][1]


def test_without_a_word_of_the_catalogue_nothing_is_suggested() -> None:
    assert CATALOGUE.suggest("Selamat pagi semua") == []


@given(st.text(max_size=400))
def test_no_text_in_the_world_breaks_the_reader(text: str) -> None:
    verdict = looks_like_report(text, CATALOGUE.things)
    assert verdict.is_report == (verdict.score >= THRESHOLD)
    CATALOGUE.suggest(text)
    assert not (says_solved(text) and says_unsolved(text))
