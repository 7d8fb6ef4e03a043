"""One key for the many ways of writing a place: "Batumerah", "BT MERAH" and "Batoe Merah" are the same."""

import re
from typing import Final

from baileo.core.text import fold

# Short forms seen in messages, and Ambonese words for the Indonesian ones.
_LONG_FORMS: Final = {
    "bt": "batu",
    "btu": "batu",
    "kbn": "kebun",
    "kbun": "kebun",
    "kebon": "kebun",
    "kabong": "kebun",
    "krg": "karang",
    "krng": "karang",
    "pnjg": "panjang",
    "pnjang": "panjang",
    "mrh": "merah",
    "rmh": "rumah",
    "tlk": "teluk",
    "gn": "gunung",
    "gng": "gunung",
    "gunong": "gunung",
    "aer": "air",
    "wae": "wai",  # river: Wae Heru, Wai Heru, Waiheru
    "psr": "pasar",
    "psar": "pasar",
    "lap": "lapangan",
    "lpngn": "lapangan",
    "plbhn": "pelabuhan",
    "plabuhan": "pelabuhan",
    "ferry": "feri",
    "fery": "feri",
    "mesjid": "masjid",
    "msjd": "masjid",
    "grj": "gereja",
    "univ": "universitas",
    "jmbtn": "jembatan",
    "jmbatan": "jembatan",
    "trminal": "terminal",
    "bandar": "bandara",
    "kcl": "kecil",
    "bsr": "besar",
    "sel": "selatan",
    "jl": "jalan",
    "jln": "jalan",
    "kec": "kecamatan",
    "kel": "kelurahan",
    "ds": "desa",
    "ngr": "negeri",
    "negri": "negeri",
}
_OLD_SPELLING: Final = (("oe", "u"), ("dj", "j"), ("tj", "c"))  # before 1972, still on signs
_TWICE: Final = re.compile(r"(.)\1+")


def words_of(text: str) -> list[str]:
    """The words, folded and in their long form.

    >>> words_of("Kbn. Cengkeh, BT-Merah")
    ['kebun', 'cengkeh', 'batu', 'merah']
    """
    return [_LONG_FORMS.get(word, word) for word in fold(text).split()]


def key_of(words: list[str]) -> str:
    """Words as one run of letters: no blanks, old spelling made new, doubled letters once.

    >>> key_of(words_of("Batoe Merah")) == key_of(words_of("batumerah"))
    True
    >>> key_of(words_of("Passo"))
    'paso'
    """
    run = "".join(words)
    for old, new in _OLD_SPELLING:
        run = run.replace(old, new)
    return _TWICE.sub(r"\1", run) if len(run) > 3 else run  # "ACC" is a mall, "AC" is not
