"""The office's own pages: what needs somebody now, and the ledger."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from baileo.city.messages.testing import an_account, fake_channels
from baileo.ground.ledger.models import Entry
from baileo.ground.people.testing import Cast
from baileo.web.api.health import Check
from baileo.web.office import home
from baileo.web.office.testing import a_telegram_account, section_of

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "checks", lambda: [Check("processes", "web", "ok", "Runs.")])


def test_the_first_page_says_which_check_fails_and_what_to_do(ana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Check("processes", "worker", "fail", "Has not run for 5 minutes.", "Start it again.")
    monkeypatch.setattr(home, "checks", lambda: [broken])
    page = ana.get("/office/", headers=ENGLISH).content.decode()
    assert "Has not run for 5 minutes." in page
    assert "Start it again." in page


def test_it_says_when_nothing_waits(ana: Client, all_is_well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "needs_mfa", lambda user: False)
    assert "Everything works." in ana.get("/office/", headers=ENGLISH).content.decode()


def test_it_reminds_of_the_second_step_at_sign_in(ana: Client, audi: Client, all_is_well: None) -> None:
    for client in (ana, audi):
        page = client.get("/office/", headers=ENGLISH).content.decode()
        assert "no second step" in page
        assert "Everything works." not in page


def test_it_shows_every_account_with_its_last_words(ana: Client, all_is_well: None) -> None:
    a_telegram_account()
    with fake_channels():
        an_account("fake", "uji")
        page = ana.get("/office/", headers=ENGLISH).content.decode()
    assert "Telegram Uji" in page
    assert "nothing has come in yet" in page


def test_an_empty_city_is_told_where_to_begin(ana: Client, all_is_well: None) -> None:
    assert "No channel account yet" in ana.get("/office/", headers=ENGLISH).content.decode()


def test_the_ledger_names_people_and_leads_on(ana: Client, people: Cast) -> None:
    holidays = section_of("holidays")
    ana.post(holidays.add(), holidays.new())
    row = ana.get("/office/ledger/").context["rows"][0]
    assert (row["who"], row["kind"], row["subject"]) == ("Ana", "holiday.saved", "holiday:2026-08-17")
    assert dict(row["data"])["changed"] == "on,name"


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("kind", "holiday.saved", 1),
        ("kind", "holiday", 0),
        ("subject", "holiday:2026-08-17", 1),
        ("actor", "user:0", 0),
    ],
)
def test_the_ledger_can_be_filtered(ana: Client, name: str, value: str, found: int) -> None:
    holidays = section_of("holidays")
    ana.post(holidays.add(), holidays.new())
    rows = ana.get("/office/ledger/", {name: value}).context["rows"]
    assert len(rows) == found


def test_the_ledger_comes_in_pages_without_losing_an_entry(ana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baileo.web.office.ledger.ON_A_PAGE", 2)
    replies = section_of("canned-replies")
    for n in range(3):
        ana.post(replies.add(), {**replies.new(), "title": f"Salam {n}"})
    first = ana.get("/office/ledger/?kind=canned_reply.saved").context
    second = ana.get(f"/office/ledger/?{first['older']}").context
    shown = [row["subject"] for page in (first, second) for row in page["rows"]]
    kept = Entry.objects.filter(kind="canned_reply.saved").order_by("-pk").values_list("subject", flat=True)
    assert shown == list(kept)
    assert second["older"] == ""


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "'; drop table"])
def test_nonsense_in_the_address_does_no_harm(ana: Client, before: str) -> None:
    for page in ("ledger", "rejected"):
        assert ana.get(f"/office/{page}/", {"before": before}).status_code == 200


@pytest.mark.parametrize("section", ["staff", "roles", "services", "areas", "landmarks"])
def test_a_list_costs_the_same_queries_however_long(
    ana: Client, section: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    section_of(section).make()
    with django_assert_max_num_queries(25):
        ana.get(f"/office/{section}/")


def test_words_for_scripts_come_from_our_catalogue(ana: Client) -> None:
    answer = ana.get("/office/jsi18n/")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "Toggle sidebar" in answer.content.decode()
