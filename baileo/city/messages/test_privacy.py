"""No word and no number of a citizen leaves the tables made for them: not by the ledger, not by the log."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from baileo.city.messages import services
from baileo.city.messages.channel import Accepted
from baileo.city.messages.erase import contact_erase
from baileo.city.messages.models import ContactIdentity, Conversation, Message
from baileo.city.messages.testing import Provider, an_account, arrive, hear, understand_all, words
from baileo.core.errors import DeliveryFailed, NetworkFailed
from baileo.ground.ledger.models import Entry

pytestmark = pytest.mark.django_db
MARKS = ["Salamena", "ona.s", "81200000001", "RAHASIA", "Batu Merah", "ktp-ona"]
ONA = {
    "from": "6281200000001", "name": "Ona Salamena", "username": "ona.s", "phone": "6281200000001",
    "place_text": "Batu Merah", "text": "RAHASIA",
}  # fmt: skip


def told() -> str:
    return json.dumps(list(Entry.objects.values_list("kind", "subject", "actor", "data")))


def marks_in(text: str) -> list[str]:
    return [mark for mark in MARKS if mark in text]


def live(provider: Provider) -> None:
    """Everything that can happen to a message, good and bad, with personal words in every field."""
    account = an_account()
    provider.break_on = b"explode"
    hear(account, words("w1", files=[{"ref": "ktp-ona"}], details={"note": "RAHASIA"}, **ONA))
    hear(account, {"event": "edited", "id": "w1", "text": "RAHASIA dua"}, {"event": "deleted", "id": "w1"})
    hear(account, words("explode", **ONA))
    arrive(account, b"RAHASIA 6281200000001")
    hear(account, {"event": "status", "id": "RAHASIA", "state": "failed", "words": "81200000001"})
    understand_all()
    conversation = Conversation.objects.get()
    for answer in (
        Provider().answer,
        _fail(DeliveryFailed("to 6281200000001", permanent=True, provider_code="403", provider_words="RAHASIA")),
        _fail(NetworkFailed("RAHASIA", maybe_sent=True)),
        _fail(KeyError("RAHASIA 6281200000001")),
        _fail(DeliveryFailed("RAHASIA", permanent=False)),  # the last one: nothing overtakes it
    ):
        provider.answer = answer
        services.message_queue(conversation_id=conversation.pk, text="RAHASIA", actor="user:1")
        services.outbox_send()
    provider.files["ktp-ona"] = KeyError("RAHASIA")
    services.attachments_fetch()
    for message in Message.objects.filter(is_unconfirmed=True):
        services.message_retry(message.pk, actor="user:1")
    contact_erase(ContactIdentity.objects.get().pk, actor="user:1")


def _fail(error: Exception) -> Any:
    def answer(message: Any) -> Accepted:
        raise error

    return answer


def test_the_ledger_holds_no_word_of_anybody(provider: Provider) -> None:
    live(provider)
    assert Entry.objects.count() > 15
    assert marks_in(told()) == []


def test_the_log_holds_no_word_of_anybody(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="baileo"):
        live(provider)
    assert len(caplog.records) >= 3
    assert marks_in(caplog.text) == []
