"""The web process: lean paths first, Django for the rest."""

from __future__ import annotations

import os
from typing import cast

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baileo.config.settings")
pages = get_asgi_application()  # loads the rooms, which the edge builds on

from baileo.web.api.edge import edge  # noqa: E402
from baileo.web.api.wire import App  # noqa: E402

application = edge(cast("App", pages))
