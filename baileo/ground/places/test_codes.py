import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.core.errors import InvalidInput
from baileo.ground.places.codes import Level, ancestor_codes, is_within, kind_of, level_of, parent_code, parse_code

codes = st.from_regex(r"[1-9][0-9](\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?", fullmatch=True)


@given(codes)
def test_a_code_is_read_with_and_without_dots(code: str) -> None:
    assert parse_code(code) == parse_code(code.replace(".", "")) == parse_code(int(code.replace(".", ""))) == code


@pytest.mark.parametrize(
    "written", ["", "8", "817", "81.7.1", "8171.02", "81.71.02.20031", "81-71", "Ambon", "８１", None]
)
def test_anything_else_is_refused_with_an_example(written: object) -> None:
    with pytest.raises(InvalidInput, match=r"81\.71\.02\.2003|dots"):
        parse_code(written)


@given(codes)
def test_a_code_lies_within_all_codes_above_it(code: str) -> None:
    assert all(is_within(code, above) for above in ancestor_codes(code))
    assert is_within(code, code)
    assert parent_code(code) == (ancestor_codes(code) or [""])[-1]


def test_similar_digits_are_not_the_same_area() -> None:
    assert not is_within("81.71", "81.7")
    assert not is_within("81", "81.71")


@pytest.mark.parametrize(
    ("code", "level", "kind"),
    [
        ("81", Level.PROVINCE, "provinsi"),
        ("81.71", Level.REGENCY, "kota"),
        ("81.01", Level.REGENCY, "kabupaten"),
        ("81.71.02", Level.DISTRICT, "kecamatan"),
        ("81.71.02.1010", Level.VILLAGE, "kelurahan"),
        ("81.71.02.2003", Level.VILLAGE, "desa"),
    ],
)
def test_the_code_tells_level_and_kind(code: str, level: Level, kind: str) -> None:
    assert (level_of(code), kind_of(code)) == (level, kind)
