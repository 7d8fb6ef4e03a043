"""Settings of the processes that show no page: worker and watch. The same, without what only pages need.

The back office's frame (Wagtail) costs 24 MB in every process that loads it, on machines where memory is scarce.
"""

from __future__ import annotations

from baileo.config.settings import *  # noqa: F403
from baileo.config.settings import INSTALLED_APPS as EVERYTHING
from baileo.config.settings import MIDDLEWARE as ALL_MIDDLEWARE

PAGES_ONLY = ("wagtail", "modelcluster", "taggit", "baileo.web.office")

INSTALLED_APPS = [app for app in EVERYTHING if not app.startswith(PAGES_ONLY)]
MIDDLEWARE = [part for part in ALL_MIDDLEWARE if not part.startswith(PAGES_ONLY)]
