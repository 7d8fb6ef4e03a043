"""What the database itself refuses, whatever the code above it does."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DataError, IntegrityError, transaction

from baileo.city.messages.apps import MessagesConfig
from baileo.city.messages.models import (
    Attachment,
    ContactAlias,
    ContactIdentity,
    Conversation,
    InboundPayload,
    Message,
)
from baileo.city.messages.testing import SPOKEN_AT, a_conversation, an_account
from baileo.core.ids import uuid7
from baileo.ground.people.roles import ALL_PERMISSIONS

ROOM = Path(__file__).parent


def a_message(**over: Any) -> Message:
    conversation = over.pop("conversation", None) or a_conversation()
    values = {
        "conversation": conversation, "account": conversation.account, "direction": "in", "happened_at": SPOKEN_AT,
    }  # fmt: skip
    with transaction.atomic():
        return Message.objects.create(**{**values, **over})


@pytest.mark.django_db
class TestTheDatabaseRefuses:
    @pytest.mark.parametrize(("lon_deg", "lat_deg"), [(181, 0), (0, 91), (128, None), (None, -3)])
    def test_a_place_that_is_not_on_earth(self, lon_deg: float | None, lat_deg: float | None) -> None:
        with pytest.raises(IntegrityError, match="message_on_earth"):
            a_message(lon_deg=lon_deg, lat_deg=lat_deg)

    @pytest.mark.parametrize(("direction", "delivery"), [("in", "sent"), ("out", "")])
    def test_a_delivery_state_of_what_was_never_sent_and_none_of_what_was(self, direction: str, delivery: str) -> None:
        with pytest.raises(IntegrityError, match="only_outgoing_is_delivered"):
            a_message(direction=direction, delivery=delivery)

    def test_the_same_message_of_one_account_twice(self) -> None:
        first = a_message(external_id="x")
        with pytest.raises(IntegrityError, match="message_once"):
            a_message(external_id="x", conversation=first.conversation)

    def test_but_not_two_messages_without_an_id_yet(self) -> None:
        conversation = a_conversation()
        for _ in range(2):
            a_message(conversation=conversation, direction="out", delivery="queued", client_id=uuid7())

    def test_one_id_of_ours_twice(self) -> None:
        client_id = uuid7()
        first = a_message(direction="out", delivery="queued", client_id=client_id)
        with pytest.raises(IntegrityError):
            a_message(conversation=first.conversation, direction="out", delivery="queued", client_id=client_id)

    def test_one_delivery_of_a_provider_twice(self) -> None:
        account = an_account()
        values = {"account": account, "event_key": "k", "body": b"", "received_at": SPOKEN_AT}
        InboundPayload.objects.create(**values)
        with pytest.raises(IntegrityError, match="payload_once"), transaction.atomic():
            InboundPayload.objects.create(**values)

    def test_one_person_twice_under_the_same_id(self) -> None:
        contact = ContactIdentity.objects.create(channel="fake", scope="bot", external_id="ona")
        ContactAlias.objects.create(contact=contact, channel="fake", scope="bot", external_id="ona")
        with pytest.raises(IntegrityError, match="contact_identity_once"), transaction.atomic():
            ContactIdentity.objects.create(channel="fake", scope="bot", external_id="ona")
        with pytest.raises(IntegrityError, match="contact_alias_once"), transaction.atomic():
            ContactAlias.objects.create(contact=contact, channel="fake", scope="bot", external_id="ona")

    def test_two_conversations_with_one_contact_on_one_account(self) -> None:
        conversation = a_conversation()
        with pytest.raises(IntegrityError, match="conversation_once"), transaction.atomic():
            Conversation.objects.create(account=conversation.account, contact=conversation.contact)

    def test_two_files_in_one_place_of_a_message(self) -> None:
        message = a_message()
        Attachment.objects.create(message=message, provider_ref="a")
        with pytest.raises(IntegrityError, match="attachment_once"), transaction.atomic():
            Attachment.objects.create(message=message, provider_ref="b")

    def test_text_with_a_nul_in_it(self) -> None:
        with pytest.raises((DataError, ValueError)):
            a_message(text="a\x00b")


def test_no_row_shows_a_persons_words_when_it_is_printed() -> None:
    secret = "rahasia"
    rows = [
        Message(pk=1, text=secret, external_id=secret),
        ContactIdentity(pk=1, display_name=secret, external_id=secret),
        Conversation(pk=1, address=secret),
        InboundPayload(pk=1, body=secret.encode(), event_key=secret),
        Attachment(pk=1, claimed_name=secret, provider_ref=secret),
        ContactAlias(pk=1, external_id=secret),
    ]
    assert not [row for row in rows if secret in f"{row} {row!r}"]


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", "city_messages", check=True, dry_run=True, verbosity=0)


class TestTheLedgersKinds:
    def used(self) -> set[str]:
        """Every kind of this room that its code writes."""
        found = set()
        for path in ROOM.rglob("*.py"):
            if not path.name.startswith("test"):
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                    if isinstance(node, ast.Constant) and node.value in MessagesConfig.ledger_kinds:
                        found.add(node.value)
        return found

    def test_every_declared_kind_is_used(self) -> None:
        assert self.used() == set(MessagesConfig.ledger_kinds)

    def test_every_kind_is_shown_by_a_permission_that_exists(self) -> None:
        assert set(MessagesConfig.ledger_kinds.values()) <= ALL_PERMISSIONS
