"""Fixtures for every test; the database and the closed network come from `baileo.config.testing`."""

from __future__ import annotations

import pytest

from baileo.config.testing import browser_required as is_browser_required


@pytest.fixture(scope="session")
def browser_required() -> bool:
    """True in CI: a browser test that finds no browser fails instead of being skipped."""
    return is_browser_required()
