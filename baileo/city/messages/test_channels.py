"""The channels that come with Baileo, from raw fixture bodies to rows: the ways to use the fixtures, one by one."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any

import pytest

from baileo.city.messages import services
from baileo.city.messages.models import ChannelAccount, ContactAlias, InboundPayload, Message
from baileo.city.messages.registry import FOLDER, channel_class, channel_for
from baileo.city.messages.replay import payload_bytes
from baileo.city.messages.testing import SPOKEN_AT, an_account, understand_all
from baileo.core.clock import clock

pytestmark = pytest.mark.django_db
SETTINGS: dict[str, dict[str, Any]] = {
    "telegram": {"mode": "polling"},
    "whatsapp_cloud": {"phone_number_id": "100200300400500"},
    "web_form": {},
}
CHANNELS = sorted(SETTINGS)


def fixtures(channel: str) -> list[bytes]:
    files = sorted((FOLDER / channel / "fixtures" / "in").glob("*.json"))
    return [payload_bytes(file) for file in files if not file.name.endswith(".expected.json") and payload_bytes(file)]


def bring(account: ChannelAccount, bodies: list[bytes]) -> None:
    channel = channel_for(account)
    services.payload_store(account, [(channel.event_key(body), body, {}) for body in bodies])
    understand_all()


def settle(stopped: Any) -> None:
    """Let everything that waits for something come round until it is decided."""
    for _ in range(16):
        stopped.tick(minutes=5)
        understand_all()


def rows(account: ChannelAccount) -> list[Any]:
    found = Message.objects.filter(account=account).order_by("external_id")
    files = {one.pk: list(one.attachments.order_by("position").values_list("provider_ref", flat=True)) for one in found}
    return [
        (
            message.external_id, message.text, message.happened_at, message.edited_at, message.deleted_at,
            message.lon_deg, message.group_key, files[message.pk],
        )
        for message in found
    ]  # fmt: skip


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_fixture_is_stored_ignored_or_rejected_and_nothing_is_left_undecided(channel: str) -> None:
    with clock.stopped_at(SPOKEN_AT) as stopped:
        bring(account := an_account(channel, "main", settings=SETTINGS[channel]), fixtures(channel))
        settle(stopped)
    payloads = InboundPayload.objects.filter(account=account)
    assert payloads.count() == len({payload.event_key for payload in payloads})
    assert set(payloads.values_list("state", flat=True)) <= {"understood", "ignored", "rejected"}
    assert not payloads.filter(reason__startswith="parser failed").exists()
    assert all(payload.reason for payload in payloads if payload.state != "understood")
    assert Message.objects.filter(account=account).exists()


@pytest.mark.parametrize("channel", CHANNELS)
def test_everything_again_after_an_eight_hour_gap_changes_nothing(channel: str) -> None:
    bodies = fixtures(channel)
    with clock.stopped_at(SPOKEN_AT) as stopped:
        account = an_account(channel, "main", settings=SETTINGS[channel])
        bring(account, bodies)
        settle(stopped)
        before = rows(account)
        stopped.tick(hours=8)
        bring(account, bodies)
        settle(stopped)
    assert rows(account) == before


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_after_a_gap_ends_in_the_same_rows_as_in_order(channel: str, seed: int) -> None:
    bodies = fixtures(channel)
    shuffled = [*bodies, *bodies]
    random.Random(seed).shuffle(shuffled)
    with clock.stopped_at(SPOKEN_AT + timedelta(hours=8)) as stopped:
        in_order = an_account(channel, "order", settings=SETTINGS[channel])
        for body in bodies:
            bring(in_order, [body])
        in_disorder = an_account(channel, "disorder", settings=SETTINGS[channel])
        for body in shuffled:
            bring(in_disorder, [body])
        settle(stopped)
    assert rows(in_order) == rows(in_disorder)


class TestWhatsApp:
    def test_answers_are_free_for_a_day_after_the_last_word(self) -> None:
        assert channel_class("whatsapp_cloud").reply_window == timedelta(hours=24)
        bring(account := an_account("whatsapp_cloud", "main", settings=SETTINGS["whatsapp_cloud"]), _text("m1"))
        message = Message.objects.get(account=account)
        assert message.conversation.reply_until == message.happened_at + timedelta(hours=24)

    def test_somebody_who_hides_the_phone_later_stays_one_contact(self) -> None:
        account = an_account("whatsapp_cloud", "main", settings=SETTINGS["whatsapp_cloud"])
        bring(account, _text("m1"))
        bring(account, _text("m2", has_phone=False))
        [conversation] = {message.conversation for message in Message.objects.all()}
        assert conversation.contact.phone == "+6281200000001"
        assert conversation.address
        assert ContactAlias.objects.filter(contact=conversation.contact).count() == 2

    def test_what_came_for_another_number_is_set_aside_with_the_reason(self) -> None:
        bring(account := an_account("whatsapp_cloud", "main", settings={"phone_number_id": "999"}), _text("m1"))
        payload = InboundPayload.objects.get(account=account)
        assert (payload.state, bool(payload.reason)) == ("ignored", True)


def _text(message_id: str, *, has_phone: bool = True) -> list[bytes]:
    """The plug-in's text fixture as another message, with or without the phone number."""
    tree = json.loads(payload_bytes(FOLDER / "whatsapp_cloud" / "fixtures" / "in" / "message-text.json"))
    value = tree["entry"][0]["changes"][0]["value"]
    value["messages"][0]["id"] = f"wamid.{message_id}"
    if not has_phone:
        del value["messages"][0]["from"], value["contacts"][0]["wa_id"]
    return [json.dumps(tree).encode()]
