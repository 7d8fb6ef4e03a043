"""The starter data and the words for people: complete, consistent, in both languages."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import polib
import pytest
from django.utils import translation

from baileo.city.messages.models import Message
from baileo.city.service_requests import notices
from baileo.city.service_requests.models import DeadlineRule, ServiceRequest, StateChange
from baileo.city.service_requests.notices import _TEXTS, _fitting
from baileo.city.service_requests.selectors import QUEUES
from baileo.city.service_requests.selectors.promises import LABELS
from baileo.city.service_requests.services.starting import DECREED_TO, YEARS, _read, holidays_of
from baileo.city.service_requests.testing import a_request, a_talk
from baileo.city.service_requests.understanding.lexicon import lexicon, tokens_of
from baileo.city.service_requests.workflow import TRANSITIONS, State
from baileo.ground.people.models import Agency
from baileo.ground.people.testing import an_agency

ROOM = Path(__file__).parent
PO = polib.pofile(str(ROOM / "locale" / "id" / "LC_MESSAGES" / "django.po"))
GROUPS = _read("catalogue.toml")["group"]
SERVICES = [service for group in GROUPS for service in group["service"]]
CONFIRMED = {  # agencies named by a published source
    "diskominfo", "dlhp", "satpolpp", "dishub", "perkim", "damkar", "bpbd", "dinkes", "pupr", "perikanan", "perindag",
    "koperasi", "perpustakaan", "dispora", "disnaker", "disparbud", "inspektorat", "setwan", "kesbangpol",
}  # fmt: skip

# --- the catalogue ---


def test_codes_are_unique_english_words() -> None:
    codes = [service["code"] for service in SERVICES] + [group["code"] for group in GROUPS]
    assert [code for code, count in Counter(codes).items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)


def test_there_are_ten_groups_and_a_service_for_what_people_write_about() -> None:
    assert len(GROUPS) == 10
    assert 40 <= len(SERVICES) <= 60
    assert all(group["service"] for group in GROUPS)


@pytest.mark.parametrize("entry", [*GROUPS, *SERVICES], ids=lambda entry: str(entry["code"]))
def test_everything_has_a_name_in_both_languages(entry: dict[str, Any]) -> None:
    assert entry["name"]
    assert entry["name_en"]
    assert entry["name"] != entry["name_en"]
    assert len(entry["name"]) <= 80


def test_only_confirmed_agencies_are_named() -> None:
    assert {service["agency"] for service in SERVICES if "agency" in service} <= CONFIRMED


@pytest.mark.parametrize("code", ["power_outage", "water_supply", "civil_registry", "education", "social_aid"])
def test_what_is_others_duty_or_unconfirmed_has_no_agency(code: str) -> None:
    [service] = [service for service in SERVICES if service["code"] == code]
    assert "agency" not in service


def test_danger_is_marked_where_people_are_in_danger() -> None:
    urgent = {service["code"] for service in SERVICES if service.get("urgent")}
    assert urgent == {"landslide", "fire", "rescue", "dangerous_cable", "medical_emergency"}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: str(service["code"]))
def test_words_are_written_as_they_are_compared_and_none_twice(service: dict[str, Any]) -> None:
    words = service["words"]
    assert len(words) >= 3
    assert all(word == word.lower().strip() and word.isascii() for word in words)
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    "standing",
    ["jalan", "lampu jalan", "sampah", "got", "pdam", "banjir", "longsor", "pohon", "parkir", "ktp", "pasar"],
)
def test_the_commonest_things_are_in_it(standing: str) -> None:
    assert any(standing in service["words"] for service in SERVICES)


# --- the lexicon ---


def test_lists_do_not_contradict_each_other() -> None:
    lists = lexicon()
    for one, other in (
        ("asking", "elsewhere"),
        ("trouble", "elsewhere"),
        ("danger", "not_danger"),
        ("yes", "unsolved"),
    ):
        both = {phrase for phrase in lists[one]._phrases if phrase in lists[other]}
        assert both == set(), (one, other)


def test_a_greeting_is_made_of_small_talk() -> None:
    for text in ("Selamat pagi bapak ibu admin", "Terima kasih banyak, Tuhan memberkati", "ok siap kak"):
        assert all(token in lexicon()["chatter"] for token in tokens_of(text)), text


# --- promises and holidays ---


@pytest.mark.django_db
def test_every_starter_promise_is_valid_and_names_its_source() -> None:
    for entry in _read("deadlines.toml")["rule"]:
        rule = DeadlineRule(**entry)
        rule.full_clean(exclude=["service"])
        assert len(rule.source) > 20
        assert rule.kind in ("", *ServiceRequest.Kind.values)


def test_every_kind_has_a_day_by_which_it_is_solved() -> None:
    rules = _read("deadlines.toml")["rule"]
    solved = {rule.get("kind", "") for rule in rules if rule["target"] == "resolve_by"}
    assert set(ServiceRequest.Kind.values) <= solved


@pytest.mark.parametrize("year", YEARS)
def test_each_year_has_its_holidays(year: int) -> None:
    found = holidays_of(year)
    fixed = {date(year, 1, 1), date(year, 5, 1), date(year, 6, 1), date(year, 8, 17), date(year, 12, 25)}
    assert fixed <= set(found)
    assert 15 <= len(found) <= 35
    assert any("Idul Fitri" in name for name in found.values())


def test_joint_leave_is_known_for_the_years_in_which_it_was_decreed() -> None:
    for year in YEARS:
        leave = [day for day, name in holidays_of(year).items() if "Cuti Bersama" in name]
        assert bool(leave) == (year <= DECREED_TO), year


# --- words for people ---


def test_no_word_is_left_without_its_indonesian() -> None:
    assert [entry.msgid for entry in PO.untranslated_entries()] == []
    assert [entry.msgid for entry in PO.fuzzy_entries()] == []


def translated() -> dict[tuple[str, str], str]:
    return {(entry.msgctxt or "", entry.msgid): entry.msgstr for entry in PO}


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param([("", str(choice.label)) for choice in ServiceRequest.Kind], id="kinds"),
        pytest.param([("", str(choice.label)) for choice in ServiceRequest.Priority], id="priorities"),
        pytest.param([("", str(choice.label)) for choice in ServiceRequest.Visibility], id="visibilities"),
        pytest.param([("", str(choice.label)) for choice in StateChange.Told], id="told"),
        pytest.param([("", str(choice.label)) for choice in DeadlineRule.Unit], id="units"),
    ],
)
def test_every_choice_has_a_label(labels: list[tuple[str, str]]) -> None:
    assert all(label for _, label in labels)


def test_every_button_state_queue_and_promise_is_translated() -> None:
    with translation.override("en"):
        wanted = {("button on a request", str(edge.label)) for edge in TRANSITIONS}
        wanted |= {("state of a request", str(State(state).label)) for state in State.values}
        wanted |= {("", str(edge.reason_label)) for edge in TRANSITIONS if edge.reason_label}
        wanted |= {("", str(label)) for _, label in QUEUES}
        wanted |= {("", str(label)) for label in LABELS.values()}
    assert wanted - set(translated()) == set()


def test_the_words_are_those_people_use() -> None:
    told = " ".join(translated().values()).lower()
    for stiff in ("dengan hormat", "disposisi", "ditindaklanjuti sesuai ketentuan", "bersama ini", "tiket", "status: "):
        assert stiff not in told, stiff


def test_sentences_to_the_citizen_are_short() -> None:
    for (context, msgid), msgstr in translated().items():
        if not context and msgid.startswith(("Your report", "Thank you", "What you told")):
            assert len(msgstr) < 160, msgid


# --- each automatic text, in each language ---


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("key", sorted(_TEXTS))
def test_each_text_is_whole_and_names_the_number(key: str, language: str) -> None:
    request = a_request()
    request.agency = Agency(name="Dinas PUPR", short_name="PUPR")
    change = StateChange(reason="Sudah diperbaiki", refer_to="PLN 123")
    with translation.override(language):
        text = _TEXTS[key](request, change)
    assert request.number in text
    assert "%(" not in text
    assert "  " not in text
    assert text == text.strip()
    assert len(text) < 700


@pytest.mark.parametrize("most", [1, 40, 90, 160, 320, 5000])
def test_a_text_is_cut_to_what_the_channel_carries(most: int) -> None:
    request = ServiceRequest(number="2026-000123", track_code="K7QM2XWD")
    text = _fitting("Kata petugas. " * 60, most, request)
    assert len(text) <= most
    if most == 5000:
        assert text == "Kata petugas. " * 60
    if 90 <= most < 800:
        assert text.endswith(f"/lacak/{request.number}/")


def test_a_short_text_is_left_as_it_is() -> None:
    assert _fitting("Halo", 100, ServiceRequest(number="2026-000123")) == "Halo"


@pytest.mark.django_db
def test_the_agency_is_called_by_its_full_name_to_citizens() -> None:
    an_agency("pupr", name="Dinas Pekerjaan Umum", short_name="PUPR")
    talk = a_talk()
    a_request("assigned", conversation_id=talk.pk)
    last = Message.objects.filter(template="assigned").get()
    assert "Dinas Pekerjaan Umum" in last.text


@pytest.mark.django_db
def test_telling_many_at_once_asks_the_database_as_often_as_telling_one(django_assert_max_num_queries: Any) -> None:
    requests = [a_request() for _ in range(12)]
    for n, request in enumerate(requests):
        request.conversation_id = a_talk(f"p{n}").pk
    with django_assert_max_num_queries(16):
        assert set(notices.tell_all(requests, "verified")) == {"queued"}
    assert Message.objects.filter(template="verified").count() == 12
