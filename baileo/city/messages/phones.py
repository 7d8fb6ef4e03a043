"""Telephone numbers as providers write them, in one form."""

from __future__ import annotations

import phonenumbers

HOME = "ID"  # whose national numbers are meant by a leading zero


def to_e164(phone: str) -> str:
    """The number as E.164, or "" when it is none.

    WhatsApp writes the country code without a plus, people write a leading zero, forms bring blanks and hyphens.

    >>> to_e164("6281200000001"), to_e164("0812-0000-0001"), to_e164("+62 812 0000 0001"), to_e164("lampu")
    ('+6281200000001', '+6281200000001', '+6281200000001', '')
    """
    phone = phone.strip()[:40]
    for candidate in _candidates(phone):
        try:
            number = phonenumbers.parse(candidate, HOME)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ""


def _candidates(phone: str) -> tuple[str, ...]:
    if not any(sign.isdigit() for sign in phone):
        return ()
    if phone.startswith(("+", "0")):
        return (phone,)
    return (f"+{phone}", phone)
