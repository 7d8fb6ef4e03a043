"""A real browser for those tests that promise something about a page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from shutil import which

import pytest
from playwright.sync_api import Browser, sync_playwright

ARGUMENTS = [
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser(browser_required: bool) -> Iterator[Browser]:
    """Debian's Chromium. Without it the test is skipped, or fails where CI promised one."""
    path = which("chromium") or which("chromium-browser") or which("google-chrome")
    if path is None:
        if browser_required:
            pytest.fail("No Chromium here, and CI requires it: install the package chromium.")
        pytest.skip("No Chromium on this machine.")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *sandbox])
        yield found
        found.close()
