"""What somebody sees who may look: words instead of codes, everything of a thing, in either language."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime
from pathlib import Path

import polib
import pytest
from django.core.exceptions import ValidationError
from django.forms import CharField, Form
from django.test import Client
from django.utils import translation

from baileo.city.messages.models import CannedReply
from baileo.core.errors import InvalidInput, NotFound
from baileo.ground.people.models import Agency
from baileo.ground.people.testing import Cast, an_agency
from baileo.ground.places.models import Landmark
from baileo.web.office.fields import DayInput, agencies_for, known_values
from baileo.web.office.people import AGENCY_KINDS, MembershipViewSet
from baileo.web.office.testing import SECTIONS, Section, a_role, a_rule, a_telegram_account, section_of
from baileo.web.office.through_services import in_words, say
from baileo.web.office.wagtail_words import IN_SCRIPTS, ON_PAGES

each_section = pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
CATALOGUE = Path(__file__).parent / "locale" / "id" / "LC_MESSAGES" / "django.po"
SHOWN_TO_AUDITORS = {
    "staff": "budi@ambon.example",
    "roles": "Coordinator",
    "agencies": "DISHUB",
    "areas": "Molukken",
    "landmarks": "Mardika",
    "service-groups": "Jalan dan lampu",
    "services": "lampu jalan, galap",
    "deadline-rules": "Perwali 12/2020",
    "holidays": "25 December 2026",
    "channel-accounts": "Telegram Uji",
    "canned-replies": "Terima kasih, laporan diterima.",
}


class _TwoFields(Form):
    name = CharField(required=False)
    kind = CharField(required=False)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "yes"),
        (False, "no"),
        (None, "–"),
        ("", "–"),
        ([], "–"),
        (["satu", "dua"], "satu, dua"),
        (0, "0"),
        (2026, "2026"),
        (347_288, "347,288"),
        (128.18, "128.18"),
        ("Pasar", "Pasar"),
        (date(2026, 8, 17), "17 August 2026"),
    ],
)
def test_values_are_shown_as_people_read_them(value: object, words: str) -> None:
    with translation.override("en"):
        assert in_words(value) == words


def test_an_instant_is_shown_on_the_citys_clock() -> None:
    assert in_words(datetime(2026, 11, 23, 5, 5, tzinfo=UTC)).endswith("14.05 WIT")


def test_thousands_have_dots_in_indonesian() -> None:
    with translation.override("id"):
        assert in_words(347_288) == "347.288"


@pytest.mark.parametrize(
    ("refused", "at"),
    [
        (InvalidInput("Nama dipakai."), {"__all__": ["Nama dipakai."]}),
        (NotFound("Tidak ada."), {"__all__": ["Tidak ada."]}),
        (ValidationError("Salah."), {"__all__": ["Salah."]}),
        (ValidationError({"name": ["Salah."]}), {"name": ["Salah."]}),
        (
            ValidationError({"hidden": ["Salah."], "kind": ["Tidak ada."]}),
            {"__all__": ["Salah."], "kind": ["Tidak ada."]},
        ),
        (ValidationError({"__all__": ["Dua-duanya."]}), {"__all__": ["Dua-duanya."]}),
    ],
)
def test_a_services_refusal_stands_at_the_field_it_names(
    refused: InvalidInput | ValidationError, at: dict[str, list[str]]
) -> None:
    form = _TwoFields({"name": "x", "kind": "y"})
    assert form.is_valid()
    say(form, refused)
    assert {name: list(errors) for name, errors in form.errors.items()} == at


@pytest.mark.django_db
@each_section
def test_an_auditor_reads_all_of_a_thing(audi: Client, section: Section) -> None:
    row = section.make()
    page = html.unescape(audi.get(section.inspect(row), headers={"accept-language": "en"}).content.decode())
    assert SHOWN_TO_AUDITORS[section.name] in page
    assert "<form" not in page[page.index('id="main"') :]


@pytest.mark.django_db
@each_section
def test_a_list_leads_auditors_to_reading_and_administrators_to_the_form(
    audi: Client, ana: Client, section: Section
) -> None:
    row = section.make()
    seen_by_audi, seen_by_ana = (client.get(section.root).content.decode() for client in (audi, ana))
    assert section.inspect(row) in seen_by_audi
    assert not {section.edit(row), section.delete(row), f"{section.root}new/"} & set(_links(seen_by_audi))
    assert section.edit(row) in seen_by_ana
    assert section.inspect(row) not in seen_by_ana


def _links(page: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', page)


@pytest.mark.django_db
@each_section
def test_each_form_is_headed_by_the_name_of_its_thing(ana: Client, section: Section) -> None:
    row = section.make()
    with translation.override("id"):
        answer = ana.get(section.edit(row))
    assert answer.context["page_subtitle"] not in {"", None}
    assert str(row.pk) != answer.context["page_subtitle"]


@pytest.mark.django_db
def test_a_role_is_called_by_person_role_and_agency(people: Cast) -> None:
    with translation.override("en"):
        assert MembershipViewSet.title(a_role()) == "Rina, Coordinator"
        officer = people.opi.memberships.get()
        assert MembershipViewSet.title(officer) == "Opi, Agency officer, PUPR"


@pytest.mark.django_db
@each_section
def test_the_english_office_speaks_no_indonesian(ana: Client, section: Section) -> None:
    """Only what came from our catalogue can be asked: names in the tables are the city's own."""
    row = section.make()
    page = html.unescape(ana.get(section.edit(row), headers={"accept-language": "en"}).content.decode())
    sentences = [entry.msgstr for entry in polib.pofile(str(CATALOGUE)) if len(entry.msgstr) > 25]
    assert [sentence for sentence in sentences if sentence in page] == []


def test_every_word_of_the_office_is_translated() -> None:
    entries = polib.pofile(str(CATALOGUE))
    assert [entry.msgid for entry in entries if not entry.translated() or entry.fuzzy] == []
    known = {entry.msgid for entry in entries}
    assert {str(word) for word in (*IN_SCRIPTS, *ON_PAGES[:-1])} <= known


def test_a_translation_keeps_the_marks_of_its_sentence() -> None:
    """`tools.translations check` looks at placeholders; these are the tags and figures people would copy."""
    kept = re.compile(r"<[^>]+>|`[^`]+`|-?\d+\.\d+")
    for entry in polib.pofile(str(CATALOGUE)):
        said = entry.msgstr or entry.msgstr_plural[0]
        assert set(kept.findall(said)) == set(kept.findall(entry.msgid)), entry.msgid


@pytest.mark.django_db
def test_open_choices_offer_the_usual_ones_and_what_is_in_use() -> None:
    an_agency("uji", kind="perusahaan daerah")
    values = [value for value, _label in known_values(Agency.objects.all(), "kind", AGENCY_KINDS)]
    assert values[: len(AGENCY_KINDS)] == [value for value, _label in AGENCY_KINDS]
    assert values[len(AGENCY_KINDS) :] == ["perusahaan daerah"]


@pytest.mark.django_db
def test_a_kind_nobody_foresaw_survives_its_form(ana: Client) -> None:
    landmarks = section_of("landmarks")
    row = landmarks.make()
    Landmark.objects.filter(pk=row.pk).update(kind="menara")
    ana.post(landmarks.edit(row), {**landmarks.change(row), "kind": "menara"})
    assert Landmark.objects.get(pk=row.pk).kind == "menara"


@pytest.mark.django_db
def test_agencies_offered_are_those_that_work_and_the_one_chosen(people: Cast) -> None:
    Agency.objects.filter(pk=people.dlhp.pk).update(is_active=False)
    assert people.dlhp not in agencies_for(None)
    assert people.dlhp in agencies_for(people.dlhp.pk)
    assert people.pupr in agencies_for(None)


def test_a_day_field_speaks_iso_in_every_language() -> None:
    for language in ("id", "en"):
        with translation.override(language):
            drawn = DayInput().render("on", date(2026, 8, 17))
            assert 'type="date"' in drawn
            assert 'value="2026-08-17"' in drawn


@pytest.mark.django_db
def test_the_list_of_accounts_says_channel_state_and_last_words(ana: Client) -> None:
    account = a_telegram_account()
    page = ana.get("/office/channel-accounts/", headers={"accept-language": "en"}).content.decode()
    assert "Telegram" in page
    assert "works" in page
    type(account).objects.filter(pk=account.pk).update(is_enabled=False)
    assert "switched off" in ana.get("/office/channel-accounts/", headers={"accept-language": "en"}).content.decode()
    type(account).objects.filter(pk=account.pk).update(is_enabled=True, trouble="Kunci ditolak")
    assert "Kunci ditolak" in ana.get("/office/channel-accounts/").content.decode()


@pytest.mark.django_db
def test_the_list_of_rules_reads_as_promises(ana: Client) -> None:
    a_rule()
    page = ana.get("/office/deadline-rules/", headers={"accept-language": "en"}).content.decode()
    assert "3 working days after it is received" in page
    assert "all requests" in page
    assert "from 1 January 2020" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "found"), [("q=jalan", 1), ("q=tidak+ada", 0), ("is_active=true", 1), ("is_active=false", 0)]
)
def test_a_list_can_be_searched_and_filtered(ana: Client, query: str, found: int) -> None:
    section_of("services").make()
    page = ana.get(f"/office/services/results/?{query}").content.decode()
    assert page.count("Lampu jalan mati") >= found
    assert ("Lampu jalan mati" in page) is bool(found)


@pytest.mark.django_db
def test_canned_replies_keep_their_line_breaks(ana: Client) -> None:
    replies = section_of("canned-replies")
    ana.post(replies.add(), {**replies.new(), "text": "Selamat pagi.\r\nLaporan {nomor} kami terima."})
    assert CannedReply.objects.get(title="Salam").text.splitlines() == ["Selamat pagi.", "Laporan {nomor} kami terima."]
