"""What browser journeys share: signing in, and pages that must not complain."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize

from tests.journeys.conftest import City

DESK = {"width": 1366, "height": 768}
WALL = {"width": 1920, "height": 1080}
PHONE = {"width": 390, "height": 844}
NARROW_PX = 500
# what a browser itself prints when a page tells a visitor "no", or when the server is away
EXPECTED = ("Failed to load resource", "net::ERR_", "GPU stall", "GL Driver")


@dataclass
class Complaints:
    """Every error of the console and of scripts, policy violations included. Asserted empty at the end of a journey."""

    said: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in EXPECTED):
            self.said.append(message.text)


def visit(
    browser: Browser, city: City, to: str, complaints: Complaints, *, who: str = "", size: dict[str, int] | None = None
) -> Page:
    """A new browser of its own at the address `to`; signed in as `who` when given."""
    wanted = size or DESK
    is_phone = wanted["width"] < NARROW_PX
    context = browser.new_context(
        viewport=ViewportSize(width=wanted["width"], height=wanted["height"]),
        has_touch=is_phone,
        is_mobile=is_phone,
        locale="id-ID",
    )
    page = context.new_page()
    complaints.listen(page)
    page.goto(f"{city.house.url}{to}")
    if who:
        page.locator("input[name=login]").fill(who)
        page.locator("input[name=password]").fill(city.password)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(f"**{to}**")
    return page
