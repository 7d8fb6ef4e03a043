from __future__ import annotations

import json
from typing import Any

import pytest
from django.apps import apps

from baileo.city.messages import files, services
from baileo.city.messages.erase import contact_erase, contact_export
from baileo.city.messages.models import (
    Attachment,
    ContactIdentity,
    Conversation,
    InboundPayload,
    Message,
)
from baileo.city.messages.test_attachments import a_photo
from baileo.city.messages.testing import Provider, an_account, arrive, body_of, hear, understand_all, words
from baileo.core.errors import NotFound
from baileo.ground.ledger.models import Entry

pytestmark = pytest.mark.django_db
ONA = {"from": "6281200000001", "name": "Ona Salamena", "username": "ona.s", "phone": "6281200000001"}
CLUES = ["Salamena", "ona.s", "81200000001", "rahasia", "Batu Merah"]


@pytest.fixture
def ona(provider: Provider) -> ContactIdentity:
    """Somebody with a history: words, an edit, a picture, an answer, a delivery status."""
    provider.files["foto"] = a_photo("purple")
    account = an_account()
    hear(account, words("wamid.1", "rahasia satu", place_text="Batu Merah", lon_deg=128.2, lat_deg=-3.7,
                        files=[{"ref": "foto"}], details={"note": "rahasia"}, **ONA))  # fmt: skip
    hear(account, {"event": "edited", "id": "wamid.1", "text": "rahasia dua"})
    conversation = Conversation.objects.get()
    services.message_queue(conversation_id=conversation.pk, text="Jawaban rahasia", actor="user:1")
    services.outbox_send()
    services.attachments_fetch()
    out = Message.objects.get(direction="out")
    hear(account, {"event": "status", "id": out.external_id, "state": "read", "words": "to 6281200000001"})
    return ContactIdentity.objects.get()


def everything() -> str:
    """All that this room's tables hold, as text."""
    models = apps.get_app_config("city_messages").get_models()
    return str([list(model._default_manager.values()) for model in models])


def test_nothing_of_the_person_is_left_in_any_table(ona: ContactIdentity) -> None:
    assert all(clue in everything() for clue in CLUES)
    contact_erase(ona.pk, actor="user:1")
    assert not [clue for clue in CLUES if clue in everything()]
    assert "wamid.1" not in everything()


def test_that_something_was_said_and_when_stays_for_the_figures(ona: ContactIdentity) -> None:
    before = set(Message.objects.values_list("direction", "happened_at"))
    erased = contact_erase(ona.pk, actor="user:1")
    assert (erased.messages, erased.payloads, erased.files) == (2, 3, 1)
    assert set(Message.objects.values_list("direction", "happened_at")) == before


def test_the_ledger_says_who_erased_whom_without_saying_who_it_was(ona: ContactIdentity) -> None:
    contact_erase(ona.pk, actor="user:7")
    entry = Entry.objects.get(kind="contact.erased")
    assert (entry.subject, entry.actor) == (f"contact:{ona.pk}", "user:7")
    assert not [clue for clue in CLUES if clue in json.dumps(entry.data)]


def test_the_picture_is_gone_from_the_disk(ona: ContactIdentity) -> None:
    sha256 = Attachment.objects.get().sha256
    assert files.store().exists(sha256)
    contact_erase(ona.pk, actor="user:1")
    assert not files.store().exists(sha256)


def test_the_same_picture_of_somebody_else_stays(ona: ContactIdentity) -> None:
    hear(an_account(slug="other"), words("m9", files=[{"ref": "foto"}], **{"from": "budi"}))
    services.attachments_fetch()
    contact_erase(ona.pk, actor="user:1")
    [kept] = Attachment.objects.filter(state="stored")
    assert files.store().exists(kept.sha256)


def test_the_others_keep_every_word(ona: ContactIdentity) -> None:
    account = ona.conversation_set.get().account
    hear(account, words("m9", "air mati", **{"from": "budi", "name": "Budi"}))
    contact_erase(ona.pk, actor="user:1")
    message = Message.objects.get(external_id="m9")
    assert message.text == "air mati"
    assert message.payload is not None
    assert b"air mati" in bytes(message.payload.body)


def test_what_was_waiting_to_be_sent_is_not_sent(ona: ContactIdentity, provider: Provider) -> None:
    services.message_queue(conversation_id=ona.conversation_set.get().pk, text="lagi", actor="user:1")
    sent = len(provider.sent)
    contact_erase(ona.pk, actor="user:1")
    assert services.outbox_send() == 0
    assert len(provider.sent) == sent


def test_what_has_not_been_understood_yet_is_not_emptied(ona: ContactIdentity) -> None:
    arrive(ona.conversation_set.get().account, body_of(words("m5", "lampu mati", **ONA)))
    contact_erase(ona.pk, actor="user:1")
    understand_all()
    assert Message.objects.get(external_id="m5").text == "lampu mati"


def test_somebody_who_writes_again_is_somebody_new(ona: ContactIdentity) -> None:
    contact_erase(ona.pk, actor="user:1")
    hear(an_account(slug="again"), words("m6", "halo lagi", **ONA))
    assert ContactIdentity.objects.count() == 2
    assert ContactIdentity.objects.latest("pk").phone == "+6281200000001"


def test_erasing_twice_does_no_harm(ona: ContactIdentity) -> None:
    contact_erase(ona.pk, actor="user:1")
    first = ContactIdentity.objects.get().erased_at
    contact_erase(ona.pk, actor="user:1")
    assert ContactIdentity.objects.get().erased_at == first


def test_a_repetition_of_what_was_erased_is_still_recognised_by_its_place(ona: ContactIdentity) -> None:
    count = InboundPayload.objects.count()
    contact_erase(ona.pk, actor="user:1")
    assert InboundPayload.objects.count() == count
    assert all(key.startswith("erased:") for key in InboundPayload.objects.values_list("event_key", flat=True))


def test_a_person_can_see_all_we_hold_of_them(ona: ContactIdentity) -> None:
    export = contact_export(ona.pk)
    text = json.dumps(export, ensure_ascii=False)
    assert all(clue in text for clue in CLUES)
    [conversation] = export["conversations"]
    incoming, answer = conversation["messages"]
    assert incoming["earlier_texts"] == ["rahasia satu"]
    assert incoming["files"][0]["media_type"] == "image/jpeg"
    assert (answer["direction"], answer["text"], answer["delivery"]) == ("out", "Jawaban rahasia", "read")


def test_a_person_sees_nothing_of_others(ona: ContactIdentity) -> None:
    hear(ona.conversation_set.get().account, words("m9", "punya budi", **{"from": "budi"}))
    assert "punya budi" not in json.dumps(contact_export(ona.pk))


@pytest.mark.parametrize("ask", [contact_export, lambda pk: contact_erase(pk, actor="user:1")])
def test_somebody_unknown_is_not_found(ask: Any) -> None:
    with pytest.raises(NotFound):
        ask(0)
