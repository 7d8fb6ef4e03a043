"""What the citizen hears: at once, on the same channel, and never in a way that breaks the city's own work."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import translation

from baileo.city.messages.models import ContactIdentity, Conversation, Message
from baileo.city.messages.testing import Provider
from baileo.city.messages.workflow import AUTOMATIC_AN_HOUR
from baileo.city.service_requests import notices
from baileo.city.service_requests.models import RequestMessage, StateChange
from baileo.city.service_requests.testing import a_request, a_talk, step
from baileo.city.service_requests.workflow import State
from baileo.core.clock import clock, now

pytestmark = pytest.mark.django_db
CATALOGUE = Path(__file__).parent / "locale" / "id" / "LC_MESSAGES" / "django.po"


def told(conversation: Conversation) -> list[Message]:
    return list(conversation.messages.filter(direction=Message.Direction.OUT).order_by("id"))


def test_the_receipt_carries_number_code_and_address_at_once() -> None:
    talk = a_talk()
    request = a_request(conversation_id=talk.pk)
    [receipt] = told(talk)
    assert receipt.template == "receipt"
    assert request.number in receipt.text
    assert request.track_code in receipt.text
    assert f"{settings.BAILEO.public_url}/lacak/{request.number}/" in receipt.text
    assert receipt.delivery == Message.Delivery.QUEUED
    assert RequestMessage.objects.get(message=receipt).request == request


def test_the_code_never_stands_in_an_address() -> None:
    request = a_request()
    assert request.track_code not in notices.track_url(request)


def test_each_public_step_is_told_and_silent_ones_are_not() -> None:
    talk = a_talk()
    a_request(State.CLOSED, conversation_id=talk.pk)
    assert [message.template for message in told(talk)] == ["receipt", "verified", "assigned", "resolved", "closed"]


def test_the_question_the_answer_and_the_way_out_are_told_in_the_officers_words() -> None:
    for state, key in ((State.NEEDS_INFORMATION, "needs_information"), (State.REJECTED, "rejected")):
        talk = a_talk(f"about-{state}")
        request = step(a_request(conversation_id=talk.pk), state)
        last = told(talk)[-1]
        assert last.template == key
        assert "Sudah diperiksa di tempat" in last.text
        assert request.number in last.text
        assert ("PLN Ambon, 123" in last.text) == (state == State.REJECTED)


def test_the_trail_says_that_the_person_was_told() -> None:
    request = a_request(State.VERIFIED, conversation_id=a_talk().pk)
    assert [change.told for change in request.changes.all()] == ["queued", "queued"]


def test_without_a_channel_back_the_step_is_taken_and_the_trail_says_so() -> None:
    request = a_request(State.VERIFIED)
    assert {change.told for change in request.changes.all()} == {StateChange.Told.NO_CONVERSATION}


def test_a_closed_window_stops_the_message_and_not_the_work() -> None:
    talk = a_talk("oca", "windowed", at=now().isoformat())
    request = a_request(conversation_id=talk.pk)
    assert len(told(talk)) == 1
    Conversation.objects.filter(pk=talk.pk).update(reply_until=now())
    moved = step(request, State.VERIFIED)
    assert moved.state == State.VERIFIED
    assert moved.changes.last().told == StateChange.Told.WINDOW_CLOSED  # type: ignore[union-attr]
    assert len(told(talk)) == 1


def test_one_person_gets_a_limited_number_of_automatic_texts_an_hour() -> None:
    talk = a_talk()
    requests = [a_request(conversation_id=talk.pk) for _ in range(AUTOMATIC_AN_HOUR + 2)]
    assert len(told(talk)) == AUTOMATIC_AN_HOUR
    assert requests[-1].changes.get().told == StateChange.Told.CAPPED
    with clock.stopped_at(now()):
        clock.tick(hours=1.1)
        assert a_request(conversation_id=talk.pk).changes.get().told == StateChange.Told.QUEUED


def test_an_erased_contact_is_left_in_peace() -> None:
    talk = a_talk()
    request = a_request(conversation_id=talk.pk)
    ContactIdentity.objects.filter(pk=talk.contact_id).update(erased_at=now())
    assert step(request, State.VERIFIED).changes.last().told == StateChange.Told.NO_CONVERSATION  # type: ignore[union-attr]


def test_reporters_of_the_same_thing_hear_the_answer_too() -> None:
    first_talk, second_talk = a_talk("ona"), a_talk("oca")
    first = a_request(State.ACCEPTED, conversation_id=first_talk.pk)
    second = a_request(conversation_id=second_talk.pk)
    step(second, State.DUPLICATE, original=first.number)
    step(first, State.RESOLVED, reason="Lampu sudah diganti")
    last = told(second_talk)[-1]
    assert last.template == "original_resolved"
    assert "Lampu sudah diganti" in last.text
    assert second.number in last.text
    assert first.number not in last.text  # whose report was first is nobody's business


def test_assigning_within_the_agency_is_no_news_to_the_citizen() -> None:
    talk = a_talk()
    request = a_request(State.ASSIGNED, conversation_id=talk.pk)
    count = len(told(talk))
    step(request, State.ASSIGNED)
    assert len(told(talk)) == count


def test_danger_is_answered_with_the_emergency_number_first() -> None:
    talk = a_talk()
    a_request(conversation_id=talk.pk, kind="emergency", description="Rumah terbakar")
    assert "112" in told(talk)[0].text.splitlines()[0]


def test_a_text_longer_than_the_channel_carries_ends_with_the_address() -> None:
    talk = a_talk("oca", "windowed", at=now().isoformat())  # 100 characters
    request = a_request(conversation_id=talk.pk)
    step(request, State.NEEDS_INFORMATION, reason="Rumah yang mana? " * 20)
    last = told(talk)[-1]
    assert len(last.text) <= 100
    assert last.text.endswith(f"/lacak/{request.number}/")


def test_the_message_is_queued_in_the_transaction_of_the_step(provider: Provider) -> None:
    a_request(conversation_id=a_talk().pk)
    assert provider.sent == []  # nothing leaves before the commit; the worker sends


def test_a_person_who_speaks_english_is_told_in_english() -> None:
    talk = a_talk()
    ContactIdentity.objects.filter(pk=talk.contact_id).update(language="en-GB")
    a_request(conversation_id=talk.pk)
    assert "Thank you, we have received your message." in told(talk)[0].text


# --- the Indonesian of it ---


def indonesian() -> dict[str, str]:
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUE)) if not entry.obsolete}


def test_every_sentence_to_the_citizen_is_there_in_indonesian() -> None:
    catalogue = indonesian()
    source = Path(notices.__file__).read_text(encoding="utf-8")
    with translation.override("en"):
        sentences = re.findall(r'_\(\s*"((?:[^"\\]|\\.)*)"', source)
    assert len(sentences) > 15
    missing = [sentence for sentence in sentences if not catalogue.get(sentence.replace("\\n", "\n"), "")]
    assert [one for one in missing if not any(key.startswith(one) and catalogue[key] for key in catalogue)] == []


@pytest.mark.parametrize(
    ("state", "spoken"),
    [
        ("New", "Baru"),
        ("Verified", "Terverifikasi"),
        ("Assigned", "Ditugaskan"),
        ("Accepted", "Diterima"),
        ("In progress", "Dikerjakan"),
        ("Needs information", "Butuh keterangan"),
        ("Resolved", "Selesai"),
        ("Closed", "Ditutup"),
        ("Rejected", "Ditolak"),
        ("Duplicate", "Sama dengan laporan lain"),
        ("Reopened", "Dibuka lagi"),
    ],
)
def test_the_states_have_the_names_people_use(state: str, spoken: str) -> None:
    entries = [entry for entry in polib.pofile(str(CATALOGUE)) if entry.msgctxt == "state of a request"]
    assert {entry.msgid: entry.msgstr for entry in entries}[state] == spoken


def test_placeholders_survive_the_translation() -> None:
    for msgid, msgstr in indonesian().items():
        if msgstr:
            assert sorted(re.findall(r"%\(\w+\)[sd]", msgid)) == sorted(re.findall(r"%\(\w+\)[sd]", msgstr)), msgid
