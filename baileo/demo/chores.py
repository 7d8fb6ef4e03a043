"""What worker and watch do, done now and in this thread: for the ten days, when neither runs, and for tests."""

from __future__ import annotations

from baileo.city.messages.registry import channel_for
from baileo.city.messages.services import attachments_fetch, outbox_send, payload_store, payloads_understand
from baileo.city.service_requests.services import intake
from baileo.demo.town import Town, demo_account


def hear(town: Town) -> None:
    """Take in what people said: understood, made into requests, photos fetched."""
    fetch_telegram()
    take_whatsapp(town)
    while intake().read:
        pass
    while attachments_fetch():
        pass


def answer(town: Town) -> None:
    """Send what waits; WhatsApp's receipts come back the same way as words."""
    while outbox_send():
        pass
    take_whatsapp(town)


def fetch_telegram() -> None:
    """One round of long polling, without the waiting."""
    account = demo_account("telegram")
    channel = channel_for(account)
    polled = channel.poll(account.poll_cursor, 0)
    payload_store(account, [(channel.event_key(body), body, {}) for body in polled.bodies], cursor=polled.cursor)


def take_whatsapp(town: Town) -> None:
    """What WhatsApp would have posted to a webhook, and everything else that waits to be understood."""
    account = demo_account("whatsapp_cloud")
    channel = channel_for(account)
    payload_store(account, [(channel.event_key(body), body, {}) for body in town.whatsapp.take_bodies()])
    while payloads_understand():
        pass
