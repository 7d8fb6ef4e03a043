"""Pages that people with a screen reader, a keyboard or weak eyes can use: axe finds nothing serious."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browsing import PHONE, WALL, Complaints, visit
from tests.journeys.conftest import City

pytestmark = [pytest.mark.browser, pytest.mark.journey]


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    heard = Complaints()
    yield heard
    assert heard.said == [], "the console stays silent"


def grave(page: Page) -> list[str]:
    """What axe calls serious or critical, with the element it means. Axe comes in by the debugger, past the policy."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]


def test_axe_finds_nothing_serious_where_citizens_and_officers_look(
    city: City, browser: Browser, complaints: Complaints
) -> None:
    site = visit(browser, city, "/", complaints, size=PHONE)
    assert grave(site) == []
    site.locator("#id_text").fill("Lampu jalan mati di Batu Merah su tiga malam, gelap sekali")
    site.locator("button.send").click()
    expect(site.locator(".done-number")).to_be_visible(timeout=20_000)
    assert grave(site) == []
    site.locator(".btn-row a.main").click()
    expect(site.locator("main.track")).to_be_visible()
    assert grave(site) == []
    site.goto(f"{city.house.url}/lacak/")
    assert grave(site) == []

    desk = visit(browser, city, "/desk/", complaints, who="cora")
    assert grave(desk) == []
    desk.locator("article.row a.t").first.click()
    expect(desk.locator("#thread")).to_be_visible()
    assert grave(desk) == []
    desk.keyboard.press("t")
    expect(desk.locator("#sheet-assign")).to_be_visible()
    assert grave(desk) == []

    wall = visit(browser, city, "/wall/", complaints, who="dinding", size=WALL)
    expect(wall.locator("[data-waiting]")).to_have_text("1")
    assert grave(wall) == []
