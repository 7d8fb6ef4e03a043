"""The pretend town's machines: simulated providers, the city's accounts at them, and the web form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings

from baileo.city.messages.models import ChannelAccount
from baileo.city.messages.services import account_save, attachments_store_upload, payload_store
from baileo.core.clock import now
from baileo.core.errors import BaileoError
from baileo.core.ids import uuid7
from baileo.demo.people import Person, Spot
from baileo.demo.providers.front import Front
from baileo.demo.providers.phones import Phones
from baileo.demo.providers.telegram import TOKEN, TelegramSimulator
from baileo.demo.providers.whatsapp import ACCESS_TOKEN, APP_SECRET, PHONE_NUMBER_ID, VERIFY_TOKEN, WhatsAppSimulator

ACTOR = "system:demo"
SLUG = "demo"
WEB_SLUG = "web"  # the site's own account has this name too
WEBHOOK_SECRET = "demo-webhook-secret-of-nobody"  # noqa: S105  # opens nothing but this demo


class DemoRefused(BaileoError):
    """The pretend city must not move in with a real one."""

    code = "demo-refused"
    http_status = 409


@dataclass
class Town:
    """Both simulators behind one port of this machine."""

    front: Front
    telegram: TelegramSimulator
    whatsapp: WhatsAppSimulator

    def __enter__(self) -> Self:
        self.front.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.front.stop()

    def send(
        self,
        person: Person,
        text: str,
        *,
        photos: Sequence[bytes] = (),
        spot: Spot | None = None,
        at: datetime | None = None,
    ) -> str:
        """One report over the person's channel: words and photos, then the place. Returns the provider's message id."""
        if person.channel == "web":
            return web_submit(text, photos=photos, spot=spot, at=at or now())
        where = (spot.lon_deg, spot.lat_deg) if spot else None
        if person.channel == "telegram":
            return self._by_telegram(person, text, photos, where)
        first = self.whatsapp.citizen_sends(
            person.contact, text, name=person.name, username=person.username, photo=photos[0] if photos else None
        )
        for photo in photos[1:]:
            self.whatsapp.citizen_sends(person.contact, photo=photo)
        if where:
            self.whatsapp.citizen_sends(person.contact, location=where)
        return first

    def _by_telegram(
        self, person: Person, text: str, photos: Sequence[bytes], where: tuple[float, float] | None
    ) -> str:
        name, username = person.name, person.username
        if len(photos) > 1:
            first = self.telegram.citizen_sends_album(person.contact, photos, text, name=name, username=username)[0]
        else:
            photo = photos[0] if photos else None
            first = self.telegram.citizen_sends(person.contact, text, photo=photo, name=name, username=username)
        if where:
            self.telegram.citizen_sends(person.contact, location=where)
        return str(first)

    def introduce(self, people: Sequence[Person]) -> None:
        """Whoever wrote before this start is still known by name."""
        for person in people:
            if person.channel == "whatsapp":
                self.whatsapp.person(person.contact, name=person.name, username=person.username)
            elif person.channel == "telegram":
                self.telegram.introduce(int(person.contact), person.name, person.username)

    def phone_of(self, person: Person) -> Phones:
        """Where this person's screen is kept."""
        return (self.telegram if person.channel == "telegram" else self.whatsapp).phones

    def last_word(self, person: Person) -> str:
        """The city's last message on this person's phone, if nothing came after it; "" otherwise."""
        talk = self.phone_of(person).transcript(person.contact) if person.contact else []
        return talk[-1].text if talk and talk[-1].who == "city" else ""

    def connect_whatsapp(self) -> bool:
        """Meta's handshake with our own webhook; False while the site does not answer yet."""
        try:
            return self.whatsapp.deliver_to(f"{site_address()}/hooks/whatsapp_cloud/{SLUG}", VERIFY_TOKEN)
        except BaileoError:
            return False


def make_town(port: int = 0, **whatsapp: Any) -> Town:
    """Not started yet. `whatsapp` goes to its simulator."""
    telegram = TelegramSimulator(port=None, knows_everybody=True)
    whatsapp_simulator = WhatsAppSimulator(port=None, knows_everybody=True, **whatsapp)
    return Town(Front(port, telegram=telegram, whatsapp=whatsapp_simulator), telegram, whatsapp_simulator)


def site_address() -> str:
    """Where this machine reaches its own site: a public name may not lead back here."""
    public = urlsplit(settings.BAILEO.public_url)
    return f"http://127.0.0.1:{public.port or 80}" if public.scheme == "http" else settings.BAILEO.public_url


def accounts_ensure(front: Front) -> None:
    """The city's accounts, pointing at the simulators of this run: their port changes from start to start."""
    base = front.base_url
    _account_ensure(
        "telegram",
        SLUG,
        "Telegram (DEMO)",
        {"api_base": f"{base}/telegram", "mode": "polling"},
        {"bot_token": TOKEN, "webhook_secret": WEBHOOK_SECRET},
    )
    _account_ensure(
        "whatsapp_cloud",
        SLUG,
        "WhatsApp (DEMO)",
        {"api_base": f"{base}/whatsapp", "phone_number_id": PHONE_NUMBER_ID},
        {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN},
    )
    web_account()


def web_account() -> ChannelAccount:
    found = ChannelAccount.objects.filter(channel="web_form").order_by("pk").first()
    return found or _account_ensure("web_form", WEB_SLUG, "Web (DEMO)", {}, {})


def demo_account(channel: str) -> ChannelAccount:
    return ChannelAccount.objects.get(channel=channel, slug=SLUG)


def _account_ensure(
    channel: str, slug: str, name: str, wanted: dict[str, str], secrets: dict[str, str]
) -> ChannelAccount:
    account = ChannelAccount.objects.filter(channel=channel, slug=slug).first()
    if account is not None and account.settings == wanted:
        return account
    return account_save(
        account=account,
        channel=channel,
        slug=slug,
        name=name,
        is_enabled=True,
        settings=wanted,
        secrets=secrets,
        actor=ACTOR,
    )


def web_submit(text: str, *, photos: Sequence[bytes] = (), spot: Spot | None = None, at: datetime) -> str:
    """What the site's form would store. Returns the submission id."""
    submission = str(uuid7())
    body = {
        "client_submission_id": submission,
        "submitted_at": at.isoformat(),
        "text": text,
        "locale": "id",
        "location": {"lat": spot.lat_deg, "lng": spot.lon_deg, "accuracy_m": 25, "source": "gps"} if spot else None,
        "attachments": [_upload(photo) for photo in photos],
        "consent": {"privacy_notice_version": "demo", "accepted_at": at.isoformat()},
    }
    payload_store(web_account(), [(submission, json.dumps(body).encode(), {})])
    return submission


def _upload(photo: bytes) -> dict[str, Any]:
    kept = attachments_store_upload(photo, name="foto.jpg")
    return {"upload_id": kept.token, "sha256": kept.sha256, "content_type": kept.media_type, "bytes": kept.size_bytes}
