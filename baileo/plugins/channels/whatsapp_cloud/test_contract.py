"""WhatsApp keeps the promises of every channel."""

from __future__ import annotations

import hashlib
import hmac
from typing import ClassVar

from baileo.city.messages.contract_test import ChannelContract
from baileo.plugins.channels.whatsapp_cloud.adapter import WhatsAppCloud


class TestWhatsAppCloud(ChannelContract):
    channel = WhatsAppCloud
    settings: ClassVar = {"phone_number_id": "100200300400500"}
    secrets: ClassVar = {
        "access_token": "EAAfixture-token-of-nobody",
        "app_secret": "fixture-app-secret",
        "verify_token": "fixture-verify-token",
    }

    def sign(self, body: bytes) -> dict[str, str]:
        key = self.secrets["app_secret"].encode()
        return {"x-hub-signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()}
