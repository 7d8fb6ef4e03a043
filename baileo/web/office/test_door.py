"""Who comes in, and that none of Wagtail's own pages is there to go round our services."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from wagtail.admin import urls as wagtail_urls

from baileo.ground.people.testing import Cast, sign_in
from baileo.web.office.door import FRAME, OURS
from baileo.web.office.testing import OWN_PAGES, SECTIONS, entries_since, every_page, last_entry_id

pytestmark = pytest.mark.django_db
GUESSES = {"int": "1", "uuid": "00000000-0000-0000-0000-000000000001", "slug": "x", "str": "x", "path": "x"}
TURNED_AWAY = ("cora", "tara", "opi", "odi", "supi", "lea", "edi", "nobody")


def _routes(patterns: list[Any], prefix: str = "", namespace: str = "") -> Iterator[tuple[str, str]]:
    """(name with its namespace, address without its parameters) of everything Wagtail mounts."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = ":".join(part for part in (namespace, pattern.namespace) if part)
            yield from _routes(pattern.url_patterns, route, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}:{pattern.name}" if namespace else str(pattern.name), route


def _guess(route: str) -> str:
    filled = re.sub(r"<(\w+):\w+>", lambda found: GUESSES[found[1]], route)
    return re.sub(r"\^|\$|\.\*|\\", "", re.sub(r"\(\?P<\w+>[^)]*\)", "1", filled))


WAGTAILS = sorted(
    {
        _guess(route)
        for name, route in _routes(wagtail_urls.urlpatterns)
        if not name.startswith(OURS) and name not in FRAME
    }
)


def test_wagtail_mounts_plenty_that_is_not_ours() -> None:
    assert len(WAGTAILS) > 100
    assert {"users/", "groups/", "pages/", "reports/locked/", "login/"} <= set(WAGTAILS)


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_page_of_wagtails_own_exists_even_for_an_administrator(ana: Client, method: str) -> None:
    before = last_entry_id()
    answers = {address: getattr(ana, method)(f"/office/{address}").status_code for address in WAGTAILS}
    assert {address: status for address, status in answers.items() if status not in {404, 405}} == {}
    assert entries_since(before) == []


def test_nor_for_a_stranger(client: Client) -> None:
    answers = {address: client.get(f"/office/{address}").status_code for address in WAGTAILS}
    assert {address: status for address, status in answers.items() if status != 404} == {}


def test_a_stranger_is_led_to_the_sign_in_page(client: Client) -> None:
    for address in (page for section in SECTIONS for page in every_page(section, section.make())):
        for answer in (client.get(address), client.post(address, {})):
            assert answer.status_code == 302
            assert answer["Location"].startswith(f"{reverse('account_login')}?next=/office/")


@pytest.mark.parametrize("who", TURNED_AWAY)
def test_everybody_without_the_office_is_refused_with_403(people: Cast, who: str) -> None:
    rows = {section: section.make() for section in SECTIONS}
    forms = {section: section.new() for section in SECTIONS}
    client = sign_in(Client(), getattr(people, who))
    before = last_entry_id()
    for section, row in rows.items():
        for address in every_page(section, row):
            assert client.get(address).status_code == 403, address
            assert client.post(address, forms[section]).status_code == 403, address
    assert entries_since(before) == []


@pytest.mark.parametrize("who", TURNED_AWAY)
def test_the_offices_own_pages_refuse_them_too(people: Cast, who: str) -> None:
    client = sign_in(Client(), getattr(people, who))
    for address in OWN_PAGES:
        assert client.get(address).status_code == 403
    for address in ("/office/channel-accounts/1/check/", "/office/rejected/1/again/"):
        assert client.post(address).status_code == 403


def test_a_wall_screen_is_led_back_to_the_wall(people: Cast) -> None:
    client = sign_in(Client(), people.wall)
    assert client.get("/office/")["Location"] == "/wall/"
    assert client.post("/office/staff/new/", {}).status_code == 403


def test_the_menu_shows_our_things_and_nothing_of_wagtails(ana: Client) -> None:
    page = ana.get("/office/").content.decode()
    menu = page[page.index("wagtail-sidebar-props") :]
    for section in SECTIONS:
        assert f"/office/{section.name}/" in menu
    for foreign in ("/office/pages/", "/office/users/", "/office/images/", "/office/reports/", "SearchModule"):
        assert foreign not in menu


def test_sign_out_ends_the_session_and_needs_a_post(ana: Client) -> None:
    assert ana.get("/office/logout/").status_code == 405
    assert ana.post("/office/logout/")["Location"] == reverse("account_login")
    assert ana.get("/office/").status_code == 302


def test_the_page_is_served_under_the_houses_strict_policy(ana: Client) -> None:
    policy = ana.get("/office/staff/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
