"""Kemendagri area codes: "81" province, "81.71" regency or city, "81.71.02" district, "81.71.02.2003" village."""

import re
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from baileo.core.errors import InvalidInput


class Level(models.TextChoices):  # the four levels of the code, closed by law
    PROVINCE = "province", _("province")
    REGENCY = "regency", _("regency or city")
    DISTRICT = "district", _("district")
    VILLAGE = "village", _("village")


CODE_PATTERNS: Final[dict[Level, str]] = {
    Level.PROVINCE: r"^[0-9]{2}$",
    Level.REGENCY: r"^[0-9]{2}\.[0-9]{2}$",
    Level.DISTRICT: r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}$",
    Level.VILLAGE: r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}$",
}
_BY_DIGITS: Final = {2: Level.PROVINCE, 4: Level.REGENCY, 6: Level.DISTRICT, 10: Level.VILLAGE}
_CUTS: Final = ((0, 2), (2, 4), (4, 6), (6, 10))


def parse_code(written: object) -> str:
    """The code with its dots, from "81.71.02.2003", "8171022003" or 8171022003. Raises `InvalidInput`.

    >>> parse_code("8171022003")
    '81.71.02.2003'
    """
    text = str(written).strip()
    digits = text.replace(".", "")
    if not (re.fullmatch(r"[0-9]+(\.[0-9]+)*", text) and len(digits) in _BY_DIGITS):
        raise InvalidInput(f"{text[:20]!r} is not a Kemendagri area code. It looks like 81.71.02.2003.")
    code = ".".join(digits[start:end] for start, end in _CUTS if start < len(digits))
    if "." in text and text != code:
        raise InvalidInput(f"{text[:20]!r} is not a Kemendagri area code; its dots are in the wrong places.")
    return code


def level_of(code: str) -> Level:
    """
    >>> str(level_of("81.71"))
    'regency'
    """
    return _BY_DIGITS[len(code.replace(".", ""))]


def parent_code(code: str) -> str:
    """The code one level up; "" for a province.

    >>> parent_code("81.71.02"), parent_code("81")
    ('81.71', '')
    """
    return code.rpartition(".")[0]


def ancestor_codes(code: str) -> list[str]:
    """All codes above, from the province down.

    >>> ancestor_codes("81.71.02.2003")
    ['81', '81.71', '81.71.02']
    """
    parts = code.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def is_within(code: str, outer: str) -> bool:
    """Whether `code` is `outer` itself or below it; everything is within "".

    >>> is_within("81.71.02", "81.71"), is_within("81.7", "81.71"), is_within("81.710", "81.71")
    (True, False, False)
    """
    return not outer or code == outer or code.startswith(f"{outer}.")


def kind_of(code: str) -> str:
    """What an area is called when nobody said: the code tells a kelurahan (1xxx) from a desa (2xxx) and a city
    (7x) from a regency. Whether a desa is a negeri it does not tell.
    """
    match level_of(code):
        case Level.PROVINCE:
            return "provinsi"
        case Level.REGENCY:
            return "kota" if code[3] == "7" else "kabupaten"
        case Level.DISTRICT:
            return "kecamatan"
        case Level.VILLAGE:
            return "kelurahan" if code[9] == "1" else "desa"
