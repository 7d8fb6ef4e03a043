"""In a real browser, under the house's strict content policy: nothing broken, on a desk and on a phone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from shutil import which

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from baileo.ground.people.testing import cast, sign_in
from baileo.web.office.testing import OWN_PAGES, SECTIONS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
Look = Callable[[Page], None]


@pytest.fixture
def chromium(browser_required: bool) -> str:
    path = which("chromium") or which("chromium-browser") or which("google-chrome")
    if path is None and browser_required:
        pytest.fail("No Chromium here, and CI requires it: install the package chromium.")
    return path or pytest.skip("No Chromium on this machine.")


@pytest.fixture
def addresses() -> list[str]:
    """One of each list and form, with a thing in it."""
    rows = [(section, section.make()) for section in SECTIONS]
    return [*OWN_PAGES, *(section.root for section, _ in rows), *(section.edit(row) for section, row in rows)]


def browse(chromium: str, size: tuple[int, int], server: LiveServer, session: str, look: Look) -> list[str]:
    """What the browser complained of while `look` went round, as the signed-in owner of `session`."""
    complaints: list[str] = []
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--disable-gpu", *sandbox])
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, base_url=server.url, locale="id-ID"
        )
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}])
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("response", lambda got: complaints.append(f"{got.status} {got.url}") if got.status >= 400 else None)
        look(page)
        browser.close()
    return complaints


@pytest.fixture
def go_round(chromium: str, live_server: LiveServer) -> Iterator[Callable[[str, Look], list[str]]]:
    """In a thread of its own: Playwright's loop must not be where the tests use the database."""
    session = sign_in(Client(), cast().ana).cookies[settings.SESSION_COOKIE_NAME].value
    with ThreadPoolExecutor(1) as thread:
        yield lambda size, look: thread.submit(browse, chromium, SIZES[size], live_server, session, look).result()


@pytest.mark.parametrize("size", SIZES)
def test_every_page_draws_without_a_complaint_and_fits(
    go_round: Callable[[str, Look], list[str]], addresses: list[str], size: str
) -> None:
    too_wide: list[str] = []

    def look(page: Page) -> None:
        for address in addresses:
            page.goto(address)
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                too_wide.append(address)

    assert go_round(size, look) == []
    assert too_wide == []


def test_menus_filters_and_search_work_under_the_strict_policy(
    go_round: Callable[[str, Look], list[str]], addresses: list[str]
) -> None:
    seen: list[bool] = []

    def look(page: Page) -> None:
        page.goto("/office/services/")
        page.locator("#id_q").fill("tidak ada yang begini")
        page.locator("#listing-results td.title").first.wait_for(state="detached")
        page.locator("#id_q").fill("lampu")
        page.locator("#listing-results td.title").first.wait_for()
        page.locator("header [data-w-dropdown-target=toggle]").locator("visible=true").last.click()
        page.locator(".w-drilldown__toggle").first.click()
        page.goto("/office/holidays/")
        page.locator("td.title [data-w-dropdown-target=toggle]").first.click()
        page.locator("a[href*='/office/holidays/delete/']").first.wait_for()
        page.locator(".sidebar-main-menu button").first.click()
        page.locator("a[href='/office/roles/']").wait_for()
        seen.append(True)

    assert go_round("desk", look) == []
    assert seen == [True]
