import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.core.errors import SettingsRefused
from baileo.core.sealed import SealBroken, seal, unseal

KEY = "a secret key for tests only"
OTHER = "another secret key for tests"
TOKEN = {"token": "123:abc"}

json_values = st.dictionaries(
    st.text(), st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.lists(st.text()))
)


@given(json_values)
def test_what_was_sealed_comes_back_unchanged(values: dict[str, object]) -> None:
    assert unseal(KEY, seal(KEY, values)) == values


def test_the_plain_text_does_not_shine_through() -> None:
    sealed = seal(KEY, TOKEN)
    assert "abc" not in sealed
    assert sealed != seal(KEY, TOKEN)  # equal secrets do not look equal
    assert sealed.isascii()


@pytest.mark.parametrize("sealed", ["", "nonsense", "ä", seal(OTHER, TOKEN)])
def test_a_foreign_or_damaged_seal_says_what_to_do(sealed: str) -> None:
    with pytest.raises(SealBroken, match="enter the secret again"):
        unseal(KEY, sealed)


def test_a_changed_sign_breaks_the_seal() -> None:
    sealed = seal(KEY, TOKEN)
    middle = len(sealed) // 2
    other = "A" if sealed[middle] != "A" else "B"
    with pytest.raises(SealBroken):
        unseal(KEY, sealed[:middle] + other + sealed[middle + 1 :])


def test_while_a_key_is_replaced_the_old_one_still_opens() -> None:
    sealed = seal(OTHER, TOKEN)
    assert unseal(KEY, sealed, older_keys=[OTHER]) == TOKEN


def test_a_short_key_is_refused_without_showing_it() -> None:
    with pytest.raises(SettingsRefused) as caught:
        seal("hunter2", TOKEN)
    assert "hunter2" not in str(caught.value)
