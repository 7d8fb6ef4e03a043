from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "baileo.ground.ledger"
    label = "ledger"
