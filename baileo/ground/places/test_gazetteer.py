"""Over the starter city: the names people of Ambon really use."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.ground.places import starter
from baileo.ground.places.codes import level_of
from baileo.ground.places.gazetteer import LANDMARK, Gazetteer, Place, PlaceMention


def starter_gazetteer() -> Gazetteer:
    named = []
    for area in starter.starter_areas("81.71"):
        place = Place(area.name, f"{area.name} ({area.kind})", area.kind, level_of(area.code), area.code)
        named.append((place, [area.name, area.name.removeprefix("Kota "), *area.name.split("/"), *area.aliases]))
    for number, mark in enumerate(starter.starter_landmarks("81.71")):
        named.append(
            (Place(mark.name, mark.name, mark.kind, LANDMARK, mark.area_code, number), [mark.name, *mark.aliases])
        )
    waai = Place("Waai", "Waai (negeri)", "negeri", "village", "81.01.08.2001")
    passo_elsewhere = Place("Passo", "Passo (desa)", "desa", "village", "81.01.99.2001")
    return Gazetteer([*named, (waai, ["Waai"]), (passo_elsewhere, ["Passo"])], city_code="81.71")


GAZETTEER = starter_gazetteer()


def first(text: str) -> PlaceMention:
    return GAZETTEER.find_in_text(text)[0]


# --- search box ---


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Batumerah", "Batu Merah"),
        ("Batu Merah", "Batu Merah"),
        ("bt merah", "Batu Merah"),
        ("batu mera", "Batu Merah"),
        ("kbn cengkeh", "Kebun Cengkeh"),
        ("Kebon Cengkeh", "Kebun Cengkeh"),
        ("amplaz", "Ambon Plaza"),
        ("haulussy", "RSUD dr. M. Haulussy"),
        ("rsud haulusi", "RSUD dr. M. Haulussy"),
        ("unpatti", "Universitas Pattimura"),
        ("jmp", "Jembatan Merah Putih"),
        ("merah putih", "Jembatan Merah Putih"),
        ("durian patah", "Hunuth/Durian Patah"),
        ("mardika pasar", "Pasar Mardika"),
        ("karpan", "Karang Panjang"),
        ("ambon", "Kota Ambon"),
        ("aer salobar", "Air Salobar"),
        ("rmh tiga", "Rumah Tiga"),
        ("wayamee", "Wayame"),
        ("gong perd", "Gong Perdamaian Dunia"),
    ],
)
def test_a_place_is_found_however_it_is_spelled(query: str, name: str) -> None:
    assert GAZETTEER.search(query)[0].name == name


def test_typing_goes_from_many_to_one() -> None:
    assert {"Batu Merah", "Batu Meja", "Batu Gajah", "Batu Gantung"} <= {p.name for p in GAZETTEER.search("batu")}
    assert GAZETTEER.search("batu g")[0].name in {"Batu Gajah", "Batu Gantung"}
    assert GAZETTEER.search("batu gaj")[0].name == "Batu Gajah"


def test_namesakes_are_all_offered_and_the_kind_said_decides() -> None:
    assert {p.kind for p in GAZETTEER.search("nusaniwe", 3)} == {"kecamatan", "negeri", "kelurahan"}
    for said, kind in (("kec", "kecamatan"), ("negeri", "negeri"), ("kel.", "kelurahan"), ("Desa", "negeri")):
        assert GAZETTEER.search(f"{said} nusaniwe")[0].kind == kind


def test_a_namesake_in_the_city_comes_before_one_elsewhere() -> None:
    assert [p.area_code[:5] for p in GAZETTEER.search("passo") if p.name == "Passo"] == ["81.71", "81.01"]


@pytest.mark.parametrize("query", ["", " ", "?!", "xyzzy", "水", "\x00"])
def test_a_query_without_sense_finds_nothing(query: str) -> None:
    assert GAZETTEER.search(query) == []


def test_a_limit_is_kept() -> None:
    assert len(GAZETTEER.search("a", 3)) == 3


@given(st.text(max_size=200))
def test_any_query_gets_an_orderly_answer(query: str) -> None:
    found = GAZETTEER.search(query, 5)
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert all(0 <= p.score <= 100 for p in found)


# --- sentences ---


@pytest.mark.parametrize(
    ("text", "name", "written"),
    [
        ("Lampu jalan mati di depan pasar mardika", "Pasar Mardika", "pasar mardika"),
        ("beta lapor sampah manumpuk di batumerah dekat terminal", "Batu Merah", "batumerah"),
        ("air mati di bt. merah su 3 hari", "Batu Merah", "bt. merah"),
        ("kabel putus dekat RSUD Haulusy", "RSUD dr. M. Haulussy", "RSUD Haulusy"),
        ("pohon tumbang di Kuda Mati", "Kudamati", "Kuda Mati"),
        ("sampah di galala feri", "Pelabuhan Feri Galala", "galala feri"),
        ("lampu pi Passo mati", "Passo", "Passo"),
        ("di wayamee ada kebakaran", "Wayame", "wayamee"),
        ("Kebon Cengkeh RT 003 RW 02 banjir", "Kebun Cengkeh", "Kebon Cengkeh"),
        ("jalan rusak, lokasi: Hunuth", "Hunuth/Durian Patah", "Hunuth"),
        ("warga Benteng mengeluh air", "Benteng", "Benteng"),
    ],
)
def test_the_place_in_a_sentence_is_found_where_it_stands(text: str, name: str, written: str) -> None:
    mention = first(text)
    assert mention.place.name == name
    assert text[mention.start : mention.end] == written


@pytest.mark.parametrize(
    "text",
    [
        "tolong acc laporan saya",
        "mcm mana ini, lampu mati",
        "benteng rusak",
        "rumah tinggal saya kebanjiran",
        "nama saya Ana, lalu lampu mati",
        "air mati sudah tiga hari",
        "beta su lapor dua kali seng ada jawaban",
        "",
    ],
)
def test_ordinary_words_are_not_places(text: str) -> None:
    assert GAZETTEER.find_in_text(text) == []


def test_the_longest_name_wins() -> None:
    assert [m.place.name for m in GAZETTEER.find_in_text("macet di Pasar Batu Merah")] == ["Pasar Batu Merah"]


def test_all_places_of_a_sentence_are_found_the_finest_first() -> None:
    found = GAZETTEER.find_in_text("longsor di Kota Ambon, Kecamatan Sirimau, Batu Merah, Ahuru")
    assert {m.place.name for m in found[:2]} == {"Ahuru", "Batu Merah"}
    assert [m.place.name for m in found[2:]] == ["Sirimau", "Kota Ambon"]
    assert not any(m.is_ambiguous for m in found)


def test_an_ambiguous_name_gives_what_holds_all_of_them_and_says_so() -> None:
    mention = first("banjir di Nusaniwe")
    assert (mention.place.kind, mention.is_ambiguous, len(mention.others)) == ("kecamatan", True, 2)
    assert mention.score < first("banjir di Sirimau").score


@pytest.mark.parametrize(("said", "kind"), [("kel.", "kelurahan"), ("negeri", "negeri"), ("Kec", "kecamatan")])
def test_the_kind_said_before_a_name_settles_which_is_meant(said: str, kind: str) -> None:
    mention = first(f"banjir di {said} Nusaniwe")
    assert (mention.place.kind, mention.is_ambiguous) == (kind, False)


def test_two_villages_of_one_name_are_both_given() -> None:
    mention = first("air mati di Urimessing")
    assert mention.is_ambiguous
    assert {mention.place.kind, mention.others[0].kind} == {"negeri", "kelurahan"}


def test_a_street_named_after_a_place_counts_less_than_the_place() -> None:
    assert first("jalan Rijali berlubang").score < first("di Rijali berlubang").score


def test_a_very_long_message_is_read_to_a_limit_and_no_further() -> None:
    assert first("di Poka " + "air mati " * 5_000).place.name == "Poka"
    assert GAZETTEER.find_in_text("air mati " * 5_000 + "di Poka") == []


@given(st.text())
def test_any_text_is_read_without_a_crash_and_positions_are_inside(text: str) -> None:
    for mention in GAZETTEER.find_in_text(text):
        assert 0 <= mention.start < mention.end <= len(text)


names = st.sampled_from([area.name for area in starter.starter_areas("81.71") if area.code.count(".") == 3])


@given(names, st.sampled_from(["di", "dekat", "kawasan"]), st.booleans(), st.booleans())
def test_every_village_is_found_in_capitals_and_run_together(name: str, cue: str, upper: bool, joined: bool) -> None:
    written = name.replace(" ", "") if joined and "/" not in name else name
    mentions = GAZETTEER.find_in_text(f"lampu mati {cue} {written.upper() if upper else written.lower()} kasihan")
    found = {place.name for m in mentions for place in (m.place, *m.others)}
    assert name in found or set(name.split("/")) & {m.place.name for m in mentions}


def test_letters_from_another_city_hardly_ever_name_ambon_by_mistake(shared_admin: Path) -> None:
    """Complaints from Surabaya, every sixth of 8,690: whatever is found is wrong, except an office every city has."""
    file = shared_admin.parent / "complaints" / "surabaya_mediacenter_2022.jsonl.gz"
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()[::6]
    texts = [json.loads(line)["text"] for line in lines]
    wrong = [m for text in texts for m in GAZETTEER.find_in_text(text) if m.place.name != "Balai Kota Ambon"]
    assert len(wrong) <= len(texts) * 0.003
