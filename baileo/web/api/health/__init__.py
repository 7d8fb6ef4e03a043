"""Is everything well? For `/healthz`, `baileo doctor` and the screens."""

from __future__ import annotations

from baileo.web.api.health.check import Check
from baileo.web.api.health.examination import checks, checks_recent
from baileo.web.api.health.report import report

__all__ = ["Check", "checks", "checks_recent", "report"]
