import logging
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from baileo.core.redact import (
    Finding,
    RedactingFilter,
    find_personal_data,
    mask_email,
    mask_name,
    mask_nik,
    mask_phone,
    mask_plate,
    redact_log,
    redact_text,
)

BOT_TOKEN = "123456789:AAEhBP0av28-AAEhBP0av28_AAEhBP0av28"


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("hubungi 081234567890 ya", "phone", "081234567890"),
        ("wa +62 812-3456-7890.", "phone", "+62 812-3456-7890"),
        ("62812 3456 7890", "phone", "62812 3456 7890"),
        ("kantor (0911) 312345", "phone", "(0911) 312345"),
        ("telp 312345 pak", "phone", "312345"),
        ("HP: 0812 345", "phone", "0812 345"),
        ("email ana.patty@contoh.go.id", "email", "ana.patty@contoh.go.id"),
        ("NIK 8171021203990001", "nik", "8171021203990001"),
        ("nik 8171 0212 0399 0001", "nik", "8171 0212 0399 0001"),
        ("No KK 8171021203990001", "kk", "8171021203990001"),
        ("kartu keluarga nomor 8171021203990001", "kk", "8171021203990001"),
        ("mobil DE 1234 AB lari", "plate", "DE 1234 AB"),
        ("motor de1234ab lari", "plate", "de1234ab"),
        ("truk B 9 XY", "plate", "B 9 XY"),
    ],
)
def test_personal_data_is_found_where_people_write_it(text: str, kind: str, found: str) -> None:
    findings = find_personal_data(text)
    assert [(f.kind, text[f.start : f.end]) for f in findings] == [(kind, found)]


@pytest.mark.parametrize(
    "text",
    [
        "Lampu mati di RT 003 RW 02 sejak 3 hari",
        "laporan 2026-000123 belum dijawab",
        "tanggal 12-03-2026 jam 14.05 WIT",
        "harga 1.500.000 rupiah",
        "telepon 112 atau 119 tidak diangkat",
        "blok D 5 di samping KM 7 no 12",
        "kode wilayah 81.71.02.2003",
        "-3.69521, 128.18114",
        "hujan 120 mm, 5 rumah",
        "",
    ],
)
def test_ordinary_reports_are_left_alone(text: str) -> None:
    assert find_personal_data(text) == []
    assert redact_text(text) == text


def test_all_kinds_in_one_text_are_covered_in_place() -> None:
    text = "Saya 081234567808, ana@contoh.id, NIK 8171021203990001, plat DE 1234 AB. Lampu mati."
    assert redact_text(text) == ("Saya +62812•••••08, a•••@c•••.id, NIK 8171•••••, plat DE •••••. Lampu mati.")


@given(st.text(max_size=200))
def test_findings_are_inside_the_text_in_order_and_apart(text: str) -> None:
    ends = 0
    for finding in find_personal_data(text):
        assert ends <= finding.start < finding.end <= len(text)
        ends = finding.end


@given(
    st.sampled_from(["0812", "+62813", "62852", "0811 ", "0821-"]),
    st.integers(10_000_000, 99_999_999),
    st.sampled_from(["lapor {} segera", "WA:{}", "{}", "({})", "hp {}, rumah banjir"]),
)
def test_no_mobile_number_survives_redaction(operator: str, rest: int, sentence: str) -> None:
    assert str(rest) not in redact_text(sentence.format(f"{operator}{rest}"))


@given(st.from_regex(r"[1-9][0-9]{15}", fullmatch=True))
def test_no_identity_number_survives_redaction(number: str) -> None:
    assert number not in redact_text(f"nik saya {number} tolong")
    assert number not in redact_log(f"nik={number}")


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("081234567808", "+62812•••••08"),
        ("+62 812 3456 7808", "+62812•••••08"),
        ("+1 650 253 0000", "+16502•••••00"),
        ("312345", "•••••45"),
        ("12", "•••••"),
        ("", "•••••"),
        ("bukan nomor", "•••••"),
    ],
)
def test_a_masked_phone_is_recognised_only_by_its_owner(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


def test_other_masks_keep_just_enough() -> None:
    assert mask_email("ana@contoh.id") == "a•••@c•••.id"
    assert mask_email("bukan") == "•••••"
    assert mask_name(" Octovianus  Patty ") == "O••• P•••"
    assert mask_name("") == ""
    assert mask_nik("8171 0212 0399 0001") == "8171•••••"
    assert mask_nik("817") == "•••••"
    assert mask_plate("de 1234 ab") == "DE •••••"


def test_findings_sort_by_position() -> None:
    assert min(Finding(5, 9, "email"), Finding(0, 3, "phone")).start == 0


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        (f"POST /bot{BOT_TOKEN}/sendMessage", "POST /bot[bot token]/sendMessage"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer [secret]"),
        ("{'authorization': 'Basic dXNlcjpwYXNz'}", "{'authorization': 'Basic [secret]'}"),
        ("Bearer EAAJZCabcdefghijklmnopqrst", "Bearer [secret]"),
        ("?hub.verify_token=rahasia&x=1", "?hub.verify_token=[secret]&x=1"),
        ('{"password": "hunter2", "a": 1}', '{"password": "[secret]", "a": 1}'),
        ("from 6281234567890 text", "from [phone] text"),
        ("from +6281234567890: hi", "from [phone]: hi"),
        ("mail ana@contoh.id bounced", "mail [e-mail] bounced"),
    ],
)
def test_log_lines_lose_their_secrets(line: str, safe: str) -> None:
    assert redact_log(line) == safe


@pytest.mark.parametrize(
    "line",
    [
        "request 2026-000123 assigned to lighting",
        "took 0.812 s, 12345678 rows",
        "2026-03-01T12:00:00.123456+00:00 started",
        "entry 1234567-42, uuid 018f6d2e-8a3b-7c11-9d2f-0123456789ab",
        "10.0.0.1:54321 - GET /healthz 200",
    ],
)
def test_ordinary_log_lines_stay_readable(line: str) -> None:
    assert redact_log(line) == line


def log_record(message: str, *args: object, failed: bool = False) -> logging.LogRecord:
    error = sys.exc_info() if failed else None
    return logging.LogRecord("baileo", logging.INFO, __file__, 1, message, args, error)


def test_the_filter_covers_arguments_too() -> None:
    record = log_record("could not reach %s", "081234567890")
    assert RedactingFilter().filter(record)
    assert record.getMessage() == "could not reach [phone]"


def test_the_filter_covers_tracebacks() -> None:
    try:
        raise ValueError(f"https://api.telegram.org/bot{BOT_TOKEN}/getFile")
    except ValueError:
        record = log_record("failed", failed=True)
    RedactingFilter().filter(record)
    written = logging.Formatter().format(record)
    assert BOT_TOKEN not in written
    assert "[bot token]" in written


def test_the_filter_covers_stacks() -> None:
    record = log_record("here")
    record.stack_info = "token=abcdef"
    RedactingFilter().filter(record)
    assert record.stack_info == "token=[secret]"


def test_a_log_call_with_wrong_arguments_is_still_written() -> None:
    record = log_record("one %s two %s", "081234567890")
    assert RedactingFilter().filter(record)
    assert "081234567890" not in record.getMessage()
    assert "arguments do not fit" in record.getMessage()


users = st.from_regex(r"[a-z][a-z0-9._]{2,12}", fullmatch=True)
hosts = st.from_regex(r"[a-z]{3,10}\.(id|com|go\.id)", fullmatch=True)


@given(users, hosts, st.sampled_from(["kirim ke {} ya", "{}", "<{}>", "e-mail:{};", "mailto:{}"]))
def test_no_e_mail_address_survives_redaction(user: str, host: str, sentence: str) -> None:
    text = sentence.format(f"{user}@{host}")
    assert f"{user}@{host}" not in redact_text(text)
    assert f"{user}@{host}" not in redact_log(text)


@given(st.sampled_from(["DE", "B", "DD", "L"]), st.integers(1, 9999), st.from_regex(r"[A-Z]{2,3}", fullmatch=True))
def test_no_plate_survives_redaction(area: str, number: int, letters: str) -> None:
    assume(letters not in {"RT", "RW", "KM", "NO", "DI", "KE", "JL", "CM", "KG", "DAN", "WIT"})
    for plate in (f"{area} {number} {letters}", f"{area}{number}{letters}", f"{area}-{number}-{letters}"):
        assert plate not in redact_text(f"mobil {plate} lari")


@given(st.lists(st.sampled_from(["081234567808", "ana@contoh.id", "8171021203990001", "DE 1234 AB", "lampu mati,"])))
def test_what_is_covered_is_not_found_again(words: list[str]) -> None:
    covered = redact_text(" dan ".join(words))
    assert find_personal_data(covered) == []
    assert redact_text(covered) == covered


@given(st.text(max_size=300))
def test_a_log_line_covered_twice_is_covered_once(line: str) -> None:
    assert redact_log(redact_log(line)) == redact_log(line)


def test_the_rest_of_the_text_is_left_as_it_was() -> None:
    text = "Selamat pagi 🙏\nair mati di RT 003.\nHP 081234567808\nTerima kasih"
    assert redact_text(text) == "Selamat pagi 🙏\nair mati di RT 003.\nHP +62812•••••08\nTerima kasih"


def test_a_filter_on_a_handler_covers_what_any_library_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(RedactingFilter())
    try:
        logging.getLogger("some.library").warning("POST %s", f"https://api.telegram.org/bot{BOT_TOKEN}/sendMessage")
    finally:
        caplog.handler.filters.clear()
    assert BOT_TOKEN not in caplog.text
    assert "[bot token]" in caplog.text
