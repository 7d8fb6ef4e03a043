"""The desk while the city talks to it: what officers see change, and what never changes under their hands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from baileo.core.clock import now
from baileo.demo.providers.pictures import picture
from tests.journeys.browsing import PHONE, WALL, Complaints, visit
from tests.journeys.conftest import City

pytestmark = [pytest.mark.browser, pytest.mark.journey]
SOON = 20_000  # a busy machine; the page itself needs a blink
MORE_STAFF = """
from baileo.ground.people.models import Agency, User
from baileo.ground.people.services import membership_give, user_save
for name, role, agency in (("lin", "coordinator", ""), ("opi", "agency_officer", "pupr")):
    user = user_save(user=User(username=name, full_name="Ibu Lin" if name == "lin" else "Pak Opi"),
        actor="system:journey", password={password!r})
    membership_give(user=user, role=role, agency=Agency.objects.filter(code=agency).first(), actor="system:journey")
"""


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    heard = Complaints()
    yield heard
    assert heard.said == [], "the console stays silent"


def report(city: City, phone: str, words: str) -> None:
    city.whatsapp.citizen_sends(phone, words, name=f"Warga {phone[-2:]}")


def open_row(page: Page, words: str) -> None:
    page.locator("article.row", has_text=words).locator("a.t").click()
    expect(page.locator("#rh h2")).to_contain_text(words)


def test_what_comes_in_appears_waits_and_never_moves_what_is_read(
    city: City, browser: Browser, complaints: Complaints
) -> None:
    desk = visit(browser, city, "/desk/", complaints, who="cora")
    wall = visit(browser, city, "/wall/", complaints, who="dinding", size=WALL)
    expect(desk.locator("[data-empty]")).to_be_visible()

    report(city, "6281200000011", "Lampu jalan mati di Batu Merah su tiga malam, gelap sekali")
    expect(desk.locator("article.row", has_text="Batu Merah")).to_be_visible(timeout=SOON)

    desk.locator("article.row").first.hover()
    report(city, "6281200000012", "Sampah di TPS Waiheru su tumpah ka jalang, bobou skali")
    expect(desk.locator("[data-fresh]")).to_be_visible(timeout=SOON)
    expect(desk.locator("[data-fresh]")).to_contain_text("1 laporan baru")
    expect(desk.locator("article.row", has_text="Waiheru")).to_have_count(0)
    desk.keyboard.press(".")
    expect(desk.locator("article.row", has_text="Waiheru")).to_be_visible()
    expect(desk.locator("[data-fresh]")).to_be_hidden()

    desk.keyboard.press("j")
    desk.keyboard.press("x")
    desk.keyboard.press("j")
    desk.keyboard.press("x")
    expect(desk.locator("[data-picked]")).to_have_text("2")
    desk.keyboard.press("a")
    desk.locator("#bulk-sheet select").select_option("dlhp")
    desk.locator("#bulk-sheet footer .main").click()
    expect(desk.locator("#toasts")).to_contain_text("2 laporan ditugaskan")
    expect(desk.locator("article.row.gone")).to_have_count(2, timeout=SOON)
    expect(wall.locator("[data-waiting]")).to_have_text("2", timeout=SOON)
    expect(wall.locator("[data-cards]")).not_to_contain_text("bobou")


def test_two_officers_at_one_request_see_each_other_and_lose_nothing(
    city: City, browser: Browser, complaints: Complaints
) -> None:
    city.house.django(MORE_STAFF.format(password=city.password))
    report(city, "6281200000021", "Got tasumbat di Kebun Cengkeh, aer nae ka jalang, su maso ruma")
    report(city, "6281200000022", "Pohon miring di atas kabel di Karang Panjang, takut roboh ke rumah")
    cora = visit(browser, city, "/desk/?queue=open", complaints, who="cora")
    lin = visit(browser, city, "/desk/?queue=open", complaints, who="lin")
    expect(cora.locator("article.row")).to_have_count(2, timeout=SOON)
    expect(lin.locator("article.row")).to_have_count(2, timeout=SOON)
    open_row(cora, "Got tasumbat")
    open_row(lin, "Got tasumbat")

    cora.keyboard.press("r")
    cora.keyboard.type("vtxjk? Petugas datang")
    expect(cora.locator("#reply-text")).to_have_value("vtxjk? Petugas datang")
    assert cora.locator("dialog[open]").count() == 0, "letters are letters while one writes"
    expect(lin.locator("[data-presence]")).to_have_text(re.compile("Cora .*mengetik"), timeout=SOON)

    report(city, "6281200000021", "Tolong cepat, ada oma saki di ruma")
    expect(cora.locator("#thread")).to_contain_text("oma saki", timeout=SOON)
    expect(cora.locator("#reply-text")).to_be_focused()
    open_row(cora, "Pohon miring")
    expect(cora.locator("#reply-text")).to_have_value("")
    open_row(cora, "Got tasumbat")
    expect(cora.locator("#reply-text")).to_have_value("vtxjk? Petugas datang")

    for page, agency in ((lin, "dlhp"), (cora, "pupr")):
        page.locator("#rh h2").click()
        page.keyboard.press("t")
        page.locator("#sheet-assign select").select_option(agency)
    cora.locator("#sheet-assign textarea").fill("Bawa pompa")
    lin.locator("#sheet-assign footer .main").click()
    expect(lin.locator("#rh .facts")).to_contain_text("DLHP", timeout=SOON)
    cora.locator("#sheet-assign footer .main").click()
    expect(cora.locator("#sheet-assign [data-refused]")).to_be_visible(timeout=SOON)
    expect(cora.locator("#sheet-assign textarea")).to_have_value("Bawa pompa")
    cora.keyboard.press("Escape")
    expect(cora.locator("#rh .facts")).to_contain_text("DLHP", timeout=SOON)


def test_after_a_restart_desk_and_wall_go_on_by_themselves(
    city: City, browser: Browser, complaints: Complaints
) -> None:
    report(city, "6281200000031", "Jalan berlubang di depan pasar Mardika, dua motor jatuh")
    desk = visit(browser, city, "/desk/", complaints, who="cora")
    wall = visit(browser, city, "/wall/", complaints, who="dinding", size=WALL)
    expect(wall.locator("[data-waiting]")).to_have_text("1", timeout=SOON)
    expect(desk.locator("article.row")).to_have_count(1, timeout=SOON)
    open_row(desk, "Jalan berlubang")
    desk.locator("#reply-text").fill("Belum terkirim")

    city.house.stop()
    city.house.start()
    report(city, "6281200000032", "Air PDAM seng jalan su 4 hari di Soya lorong atas")

    expect(desk.locator("[data-fresh]")).to_be_visible(timeout=45_000)
    desk.locator("[data-fresh]").click()
    expect(desk.locator("article.row", has_text="PDAM")).to_be_visible()
    expect(desk.locator("#reply-text")).to_have_value("Belum terkirim")
    expect(wall.locator("[data-waiting]")).to_have_text("2", timeout=45_000)
    expect(wall.locator("[data-cards] > li")).to_have_count(2)


def test_an_agencys_officer_works_and_answers_from_a_phone(
    city: City, browser: Browser, complaints: Complaints, tmp_path: Path
) -> None:
    city.house.django(MORE_STAFF.format(password=city.password))
    report(city, "6281200000041", "Talud di belakang SD Soya retak, tanah turun ke jalan")
    cora = visit(browser, city, "/desk/", complaints, who="cora")
    expect(cora.locator("article.row")).to_have_count(1, timeout=SOON)
    open_row(cora, "Talud")
    cora.keyboard.press("t")
    cora.locator("#sheet-assign select").select_option("pupr")
    cora.locator("#sheet-assign footer .main").click()
    expect(cora.locator("#rh .facts")).to_contain_text("PUPR", timeout=SOON)

    phone = visit(browser, city, "/desk/?queue=open", complaints, who="opi", size=PHONE)
    open_row(phone, "Talud")
    for step in ("Terima", "Mulai"):
        big = phone.locator("#acts-bar .btn.main", has_text=step)
        box = big.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= PHONE["height"], "under the thumb without scrolling"
        big.click()
    photo = tmp_path / "sesudah.jpg"
    photo.write_bytes(picture("landslide", taken_at=now()))
    phone.locator("#side .proof input[type=file]").set_input_files(photo)
    expect(phone.locator("#side .proof img")).to_have_count(1, timeout=SOON)
    phone.locator("#acts-bar .btn.main", has_text="Selesai").click()
    phone.locator("#sheet-resolve textarea").fill("Talud su diperbaiki, tanah diangkat.")
    phone.locator("#sheet-resolve footer .main").click()
    assert city.whatsapp.wait_for("6281200000041", "Talud su diperbaiki", timeout_s=20)
