"""Telegram keeps the promises of every channel."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from baileo.city.messages.channel import OutboundMessage
from baileo.city.messages.contract_test import ChannelContract
from baileo.plugins.channels.telegram.adapter import Telegram


class TestTelegram(ChannelContract):
    channel = Telegram
    settings: ClassVar = {"mode": "polling"}
    secrets: ClassVar = {
        "bot_token": "123456789:AAfixture-token-of-nobody",
        "webhook_secret": "fixture-telegram-secret",
    }
    signs_body = False  # a constant secret, not a signature
    outgoing = OutboundMessage(
        client_id=UUID("0192f0c0-7000-7000-8000-000000000001"), address="700000001", text="Laporan diterima"
    )

    def sign(self, body: bytes) -> dict[str, str]:
        return {"x-telegram-bot-api-secret-token": self.secrets["webhook_secret"]}
