"""Journeys run the product as its operator does: `baileo up` in a folder of its own, with simulated providers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from baileo.demo.house import House
from baileo.demo.providers.whatsapp import VERIFY_TOKEN, WhatsAppSimulator

OFFICER_PASSWORD = "petugas-meja-kota"
STAFF = """
from baileo.city.messages.services import account_save
from baileo.ground.people.models import User
from baileo.ground.people.services import membership_give, user_save
for name, role in (("cora", "coordinator"), ("dinding", "wall")):
    user = user_save(user=User(username=name, full_name=name.title()), actor="system:journey", password={password!r})
    membership_give(user=user, role=role, actor="system:journey")
account_save(account=None, channel="whatsapp_cloud", slug="kota", name="WhatsApp", is_enabled=True,
    settings={{"phone_number_id": {phone!r}, "api_base": {api!r}}},
    secrets={{"access_token": {token!r}, "app_secret": {secret!r}, "verify_token": {verify!r}}}, actor="system:journey")
print("ready")
"""


@dataclass
class City:
    """A running house, its WhatsApp, and the password of its staff."""

    house: House
    whatsapp: WhatsAppSimulator
    password: str = OFFICER_PASSWORD


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with WhatsAppSimulator() as whatsapp:
        environment = {"BAILEO_NET_ALLOW": whatsapp.host_port, "BAILEO_ADMIN_PASSWORD": "sandi-pertama-kota"}
        with House(tmp_path / "data", environment=environment) as house:
            house.django(
                STAFF.format(
                    password=OFFICER_PASSWORD,
                    phone=whatsapp.phone_number_id,
                    api=whatsapp.base_url,
                    token=whatsapp.access_token,
                    secret=whatsapp.app_secret,
                    verify=VERIFY_TOKEN,
                )
            )
            whatsapp.deliver_to(f"{house.url}/hooks/whatsapp_cloud/kota")
            yield City(house, whatsapp)
