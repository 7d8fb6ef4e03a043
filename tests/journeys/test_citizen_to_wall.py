"""One report's whole way, in a real browser: citizen, officer, citizen again, and the wall that counts it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.conftest import City

pytestmark = [pytest.mark.browser, pytest.mark.journey]

CITIZEN = "6281200000011"
WORDS = "Beta mo lapor, lampu jalang di Batu Merah su mati tiga hari, katong seng bisa lewat malam"
ANSWER = "Terima kasih, petugas Perkim datang malam ini memeriksa lampunya."


def sign_in(context: BrowserContext, city: City, name: str, to: str) -> Page:
    page = context.new_page()
    page.goto(f"{city.house.url}{to}")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(city.password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(f"**{to}**")
    return page


def test_a_report_goes_from_the_citizens_phone_to_the_wall_and_back(city: City, browser: Browser) -> None:
    desk = sign_in(browser.new_context(viewport={"width": 1366, "height": 768}), city, "cora", "/desk/")
    wall = sign_in(browser.new_context(viewport={"width": 1920, "height": 1080}), city, "dinding", "/wall/")
    expect(wall.locator("[data-waiting]")).to_have_text("0")

    city.whatsapp.citizen_sends(CITIZEN, WORDS, name="Nona Salamena")

    row = desk.locator("article.row", has_text="lampu jalang di Batu Merah")
    expect(row).to_be_visible(timeout=15_000)
    expect(wall.locator("[data-waiting]")).to_have_text("1", timeout=15_000)
    receipt = city.whatsapp.wait_for(CITIZEN, "20", timeout_s=15)[0].text
    number, code = re.search(r"(\d{4}-\d{6})", receipt), re.search(r"\b([A-HJ-KM-NP-Z2-9]{8})\b", receipt)
    assert number is not None, f"the receipt names the number: {receipt}"
    assert code is not None, f"the receipt names the code: {receipt}"

    row.locator("a.t").click()
    expect(desk.locator("#rh .num")).to_have_text(number[1])
    desk.locator("#rh [data-sheet=sheet-assign]").first.click()
    desk.locator("#sheet-assign select[name=agency_code]").select_option("perkim")
    desk.locator("#sheet-assign footer .main").click()
    expect(desk.locator("#rh .facts")).to_contain_text("Perkim")
    desk.locator("#reply-text").fill(ANSWER)
    desk.locator("[data-pane=reply] .main").click()
    expect(desk.locator("#thread")).to_contain_text(ANSWER)

    told = city.whatsapp.wait_for(CITIZEN, ANSWER, timeout_s=15)
    assert told, "the answer reached the citizen's phone"
    expect(desk.locator("#thread .msg.out").last).to_contain_text(
        re.compile("sampai|dibaca|delivered|read"), timeout=15_000
    )

    phone = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    phone.goto(f"{city.house.url}/lacak/")
    phone.locator("input[name=number]").fill(number[1])
    phone.locator("input[name=code]").fill(code[1])
    phone.locator("button.send").click()
    expect(phone.locator("main")).to_contain_text(number[1])
    expect(phone.locator("main")).to_contain_text(ANSWER)
    expect(phone.locator("main")).not_to_contain_text("Salamena")
    expect(phone.locator("main")).not_to_contain_text(CITIZEN[-6:])
    assert len(city.whatsapp.inbox(CITIZEN)) == len({bubble.text for bubble in city.whatsapp.inbox(CITIZEN)})


def test_the_web_form_gives_a_number_and_the_tracking_page_opens(city: City, browser: Browser) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    phone.goto(city.house.url)
    phone.locator("#id_text").fill("Pohon miring di atas kabel dekat SD Karang Panjang, takut roboh ke rumah")
    phone.locator("#id_place_text").fill("Karang Panjang, depan SD")
    phone.locator("button.send").click()
    expect(phone.locator(".done-number")).to_have_text(re.compile(r"\d{4}-\d{6}"), timeout=20_000)
    phone.get_by_role("link", name=re.compile("Ikuti|Follow")).first.click()
    expect(phone.locator("main.track .n")).to_contain_text(re.compile(r"\d{4}-\d{6}"))


def test_the_wall_says_in_full_that_it_is_cut_off(city: City, browser: Browser) -> None:
    wall = sign_in(browser.new_context(viewport={"width": 1920, "height": 1080}), city, "dinding", "/wall/")
    expect(wall.locator("[data-waiting]")).to_be_visible()
    city.house.stop()
    expect(wall.locator(".plate h2")).to_be_visible(timeout=45_000)
    expect(wall.locator(".plate h2")).to_have_text(re.compile("KONEKSI TERPUTUS"))
    expect(wall.locator("[data-waiting]")).to_be_hidden()
