"""Import this first in a process that uses the rooms: afterwards Django's apps are loaded."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baileo.config.settings")
django.setup()
