import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.ground.places.spelling import key_of, words_of


@pytest.mark.parametrize(
    "written",
    ["Batu Merah", "batumerah", "BATU-MERAH", "bt merah", "bt. mrh", "Batoe Merah", "  batu  merah ", "Batu Merrah"],
)
def test_one_place_has_one_key_however_it_is_written(written: str) -> None:
    assert key_of(words_of(written)) == "batumerah"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kebun Cengkeh", "kbn cengkeh"),
        ("Kebun Cengkeh", "Kebon Tjengkeh"),
        ("Passo", "paso"),
        ("Waiheru", "Wae Heru"),
        ("Air Salobar", "Aer Salobar"),
        ("Hunuth/Durian Patah", "hunut durian patah".replace("hunut", "hunuth")),
        ("Rumah Tiga", "rmh tiga"),
        ("Kudamati", "Kuda Mati"),
        ("Masjid Al-Fatah", "mesjid alfatah"),
    ],
)
def test_common_ways_of_writing_meet(one: str, other: str) -> None:
    assert key_of(words_of(one)) == key_of(words_of(other))


@pytest.mark.parametrize(
    ("one", "other"), [("Batu Meja", "Batu Merah"), ("Soya", "Saya"), ("ACC", "AC"), ("Ema", "Emma x")]
)
def test_different_places_stay_different(one: str, other: str) -> None:
    assert key_of(words_of(one)) != key_of(words_of(other))


@given(st.text())
def test_any_text_has_a_key_without_blanks_and_capitals(text: str) -> None:
    key = key_of(words_of(text))
    assert key == key.casefold()
    assert not any(char.isspace() for char in key)
