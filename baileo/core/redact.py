"""Finding and covering what identifies a person: phones, e-mails, NIK and KK numbers, plates.

Two uses with different needs. Text that may be shown is searched thoroughly (`redact_text`); log
lines are searched fast and rather too much than too little (`RedactingFilter`). Names cannot be
found by rule; whoever knows that a field is a name covers it with `mask_name`.
"""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumberMatcher, PhoneNumberType

DOTS = "•••••"  # always five: the number of hidden signs is nobody's business either
Kind = Literal["phone", "email", "nik", "kk", "plate"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One personal datum in a text: `text[start:end]`."""

    start: int
    end: int
    kind: Kind


_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
# 16 digits, in one piece or in groups: NIK and KK share the shape (region, date, count).
_SIXTEEN = re.compile(r"(?<!\d)\d(?:[ .-]?\d){15}(?!\d)")
_KK_BEFORE = re.compile(r"(?i)(\bkk\b|kartu\s+keluarga)[^\d]{0,20}$")
# A short local number is only a phone number when somebody calls it one.
_CALLED_PHONE = re.compile(
    r"(?i)\b(?:telp|tlp|telpon|telepon|tel|hp|wa|whatsapp|phone|fax)\b\D{0,4}(\d(?:[ .-]?\d){4,14})"
)
# Area signs of Indonesian vehicle plates (Regulation of the police 7/2021, annex); "DE" is Maluku.
_PLATE_AREAS = (
    "AA|AB|AD|AE|AG|A|BA|BB|BD|BE|BG|BH|BK|BL|BM|BN|BP|B|DA|DB|DC|DD|DE|DG|DH|DK|DL|DM|DN|DP|DR|"
    "DS|DT|DW|D|EA|EB|ED|E|F|G|H|KB|KH|KT|KU|K|L|M|N|PA|PB|PG|PS|PT|P|R|S|T|W|Z"
)
_NOT_A_PLATE = r"(?!(?:RT|RW|KM|NO|DI|DAN|KE|JL|WIT|M|CM|KG)\b)"
_PLATE = re.compile(rf"\b(?:{_PLATE_AREAS})[ .-]?\d{{1,4}}[ .-]?{_NOT_A_PLATE}[A-Z]{{1,3}}\b")
_SMALL_PLATE = re.compile(rf"(?i)\b(?:{_PLATE_AREAS})[ .-]?\d{{3,4}}[ .-]?{_NOT_A_PLATE}[A-Z]{{2,3}}\b")
_PERSONAL_LINES = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
        PhoneNumberType.PERSONAL_NUMBER,
    }
)


def find_personal_data(text: str, region: str = "ID") -> list[Finding]:
    """Every datum found, in order, not overlapping. `region` reads numbers without country code.

    >>> [f.kind for f in find_personal_data("WA 0812-3456-7890 atau ana@contoh.id, DE 1234 AB")]
    ['phone', 'email', 'plate']
    """
    kept: list[Finding] = []
    # The more certain kind comes first and wins where two overlap.
    for finding in (
        *_emails(text),
        *_sixteen_digits(text),
        *_phones(text, region),
        *_plates(text),
    ):
        if not any(finding.start < other.end and other.start < finding.end for other in kept):
            kept.append(finding)
    return sorted(kept)


def redact_text(text: str, region: str = "ID") -> str:
    """The text with every found datum covered.

    >>> redact_text("Hubungi 081234567808")
    'Hubungi +62812•••••08'
    """
    parts, at = [], 0
    for finding in find_personal_data(text, region):
        parts += [
            text[at : finding.start],
            _MASKS[finding.kind](text[finding.start : finding.end]),
        ]
        at = finding.end
    return "".join([*parts, text[at:]])


def _emails(text: str) -> Iterator[Finding]:
    for found in _EMAIL.finditer(text):
        yield Finding(found.start(), found.end(), "email")


def _sixteen_digits(text: str) -> Iterator[Finding]:
    for found in _SIXTEEN.finditer(text):
        before = text[max(0, found.start() - 40) : found.start()]
        yield Finding(found.start(), found.end(), "kk" if _KK_BEFORE.search(before) else "nik")


def _phones(text: str, region: str) -> Iterator[Finding]:
    if sum(char.isdigit() for char in text) < 5:
        return
    for match in PhoneNumberMatcher(text, region):
        if phonenumbers.number_type(match.number) in _PERSONAL_LINES:
            yield Finding(match.start, match.end, "phone")
    for found in _CALLED_PHONE.finditer(text):
        yield Finding(found.start(1), found.end(1), "phone")


def _plates(text: str) -> Iterator[Finding]:
    for pattern in (_PLATE, _SMALL_PLATE):
        for found in pattern.finditer(text):
            yield Finding(found.start(), found.end(), "plate")


def mask_phone(phone: str, region: str = "ID") -> str:
    """Country and operator, and the last two digits: enough to recognise one's own number.

    >>> mask_phone("0812 3456 7808"), mask_phone("12")
    ('+62812•••••08', '•••••')
    """
    try:
        number = phonenumbers.parse(phone, region)
        phone = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        pass
    digits = sum(char.isdigit() for char in phone)
    if digits < 10:
        return DOTS + phone[-2:] if digits > 4 else DOTS
    return phone[:6] + DOTS + phone[-2:]


def mask_email(email: str) -> str:
    """First letters only.

    >>> mask_email("ana.patty@contoh.go.id")
    'a•••@c•••.id'
    """
    name, _, host = email.rpartition("@")
    return f"{name[:1]}•••@{host[:1]}•••.{host.rpartition('.')[2]}" if name and host else DOTS


def mask_name(name: str) -> str:
    """The first letter of each word.

    >>> mask_name("Octovianus Patty")
    'O••• P•••'
    """
    return " ".join(f"{word[0]}•••" for word in name.split())


def mask_nik(number: str) -> str:
    """The regency of issue stays; everything that leads to a person goes.

    >>> mask_nik("8171021203990001")
    '8171•••••'
    """
    digits = "".join(char for char in number if char.isdigit())
    return digits[:4] + DOTS if len(digits) == 16 else DOTS


def mask_plate(plate: str) -> str:
    """The area sign stays.

    >>> mask_plate("DE 1234 AB")
    'DE •••••'
    """
    area = re.match(r"[A-Za-z]{0,2}", plate)
    return f"{area[0].upper() if area else ''} {DOTS}".strip()


_MASKS: dict[Kind, Callable[[str], str]] = {
    "phone": mask_phone,
    "email": mask_email,
    "nik": mask_nik,
    "kk": mask_nik,
    "plate": mask_plate,
}

# --- log lines: plain patterns only, each line passes here ---

_SECRETS = (
    (re.compile(r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}"), "[bot token]"),
    (
        re.compile(
            r"(?i)(\b(?:proxy-)?authorization['\"]?\s*[:=,]\s*(?:b?['\"])?(?:(?:bearer|basic|token)\s+)?)"
            r"[^\s'\"]+"
        ),
        r"\1[secret]",
    ),
    (re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]{8,}"), r"\1[secret]"),
    (re.compile(r"\bEAA[A-Za-z0-9]{20,}"), "[access token]"),
    (
        re.compile(
            r"(?i)\b((?:[\w.-]*token|[\w.-]*secret|password|passwd|api[_-]?key|otp)['\"]?\s*[=:]\s*"
            r"['\"]?)[^\s'\"&,;}]+"
        ),
        r"\1[secret]",
    ),
    (_EMAIL, "[e-mail]"),
    (_SIXTEEN, "[16 digits]"),
    (
        re.compile(r"(?<![\w.])(?:\+\d{1,3}|\b62|\b0)[ -]?8(?:[ .-]?\d){7,12}(?!\w)"),
        "[phone]",
    ),
    (re.compile(r"(?<!\w)\+\d{8,15}(?!\w)"), "[phone]"),
)


def redact_log(line: str) -> str:
    """A log line without phones, e-mails, 16-digit numbers, tokens and passwords.

    >>> redact_log("POST /bot123456789:AAEhBP0av28AAEhBP0av28AAEhBP0av28/sendMessage")
    'POST /bot[bot token]/sendMessage'
    """
    for pattern, cover in _SECRETS:
        line = pattern.sub(cover, line)
    return line


class RedactingFilter(logging.Filter):
    """Put it on every handler; it covers the message, the traceback and the stack. A formatter
    that writes `exc_info` itself instead of `exc_text` would go around it.
    """

    _formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (
            TypeError,
            ValueError,
        ):  # wrong arguments; logging itself would print them raw
            message = f"{record.msg} [arguments do not fit]"
        record.msg, record.args = redact_log(message), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact_log(record.exc_text)
        if record.stack_info:
            record.stack_info = redact_log(record.stack_info)
        return True
