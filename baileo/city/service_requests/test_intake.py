"""From messages to requests: once, in any order, whole, and never at another message's expense."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from baileo.city.messages.models import Message
from baileo.city.messages.testing import an_account, body_of, hear, understand_all, words
from baileo.city.messages.testing import arrive as bodies_arrive
from baileo.city.service_requests import selectors, services
from baileo.city.service_requests.models import LooseMessage, RequestMessage, ServiceRequest
from baileo.city.service_requests.services.intake import reader, take_in, writing
from baileo.city.service_requests.services.intake.correcting import words_renew
from baileo.city.service_requests.services.intake.gathering import gather
from baileo.city.service_requests.testing import SPOKEN_AT, a_request, a_service, says, step, take_new_in
from baileo.city.service_requests.workflow import State
from baileo.core.clock import clock
from baileo.core.errors import InvalidInput
from baileo.ground.ledger.models import Cursor, Entry
from baileo.ground.people.testing import cast
from baileo.ground.places.selectors import area_list
from baileo.ground.places.services import starter_load

pytestmark = pytest.mark.django_db
LAMP = "Lampu jalang mati di muka greja Rehoboth, tolong"
RUBBISH = "Sampah menumpuk di TPS Waiheru, mohon diangkut"


def at(minutes: float = 0) -> str:
    return (SPOKEN_AT + timedelta(minutes=minutes)).isoformat()


def only() -> ServiceRequest:
    return ServiceRequest.objects.get()


def outgoing() -> list[str]:
    return list(Message.objects.filter(direction="out").order_by("id").values_list("template", flat=True))


def test_a_report_becomes_a_request_with_a_number_and_a_receipt() -> None:
    a_service()
    message = says(LAMP, sender="oca", name="Oca", phone="+6281234567808", at=at())
    take_new_in()
    request = only()
    assert request.number == "2026-000001"
    assert (request.title, request.description) == (LAMP, LAMP)
    assert (request.state, request.kind, request.channel) == (State.NEW, "complaint", "fake")
    assert (request.reporter_name, request.reporter_phone) == ("Oca", "+6281234567808")
    assert (request.requested_at, request.last_citizen_at) == (SPOKEN_AT, SPOKEN_AT)
    assert request.conversation == message.conversation
    assert request.visibility == "secret"
    assert request.service is None  # the machine guesses, officers decide
    assert outgoing() == ["receipt"]
    assert RequestMessage.objects.get(message=message).is_report
    entry = Entry.objects.get(kind="service_request.created")
    assert (entry.subject, entry.actor) == (request.number, "system:intake")
    assert LAMP.split(maxsplit=1)[0] not in str(entry.data)


def test_a_greeting_waits_for_an_officer() -> None:
    people = cast()
    says("Selamat pagi")
    take_new_in()
    assert not ServiceRequest.objects.exists()
    [loose] = selectors.conversations_without_request(people.cora)
    assert (loose.last_message.text, loose.count) == ("Selamat pagi", 1)


def test_words_then_place_then_photos_are_one_request_with_one_receipt() -> None:
    says(LAMP, at=at(0))
    says("", at=at(1), lon_deg=128.1905, lat_deg=-3.6954)
    for position in range(10):
        says("", at=at(2), group_key="album", files=[{"ref": f"photo-{position}", "type": "image/jpeg"}])
    take_new_in()
    request = only()
    assert (request.lon_deg, request.lat_deg) == (128.1905, -3.6954)
    assert request.links.filter(message__direction="in").count() == 12
    assert outgoing() == ["receipt"]


@pytest.mark.parametrize("together", [True, False])
def test_a_place_sent_first_belongs_to_the_words_that_follow(together: bool) -> None:
    says("", at=at(0), lon_deg=128.1905, lat_deg=-3.6954)
    says(LAMP, at=at(1))
    take_new_in(together=together)
    assert only().lon_deg == 128.1905
    assert not LooseMessage.objects.exists()


def test_a_place_sent_after_the_request_was_made_is_added_to_it() -> None:
    starter_load("81.71")
    says(LAMP, at=at(0))
    take_new_in()
    says("", at=at(1), lon_deg=128.1905, lat_deg=-3.6954, place_text="Gereja Rehoboth")
    take_new_in()
    request = only()
    assert request.lon_deg == 128.1905
    assert request.area_code.startswith("81.71.")
    assert request.area_name
    assert request.landmark_text == "Gereja Rehoboth"
    assert request.unanswered_since is None  # still the first minutes: part of the report


def test_a_village_named_in_the_words_is_found_without_a_point() -> None:
    starter_load("81.71")
    says("Tolong, sampah menumpuk di Waiheru", at=at())
    take_new_in()
    request = only()
    assert (request.area_how, request.lon_deg) == ("text", None)
    assert "Waiheru" in request.area_name


def test_an_officers_place_is_not_overwritten_by_words() -> None:
    starter_load("81.71")
    chosen = area_list(level="village").earliest("code").code
    people = cast()
    says(LAMP, at=at(0))
    take_new_in()
    request = only()
    services.request_edit(
        number=request.number,
        seen_version=request.version,
        actor=people.cora,
        place=services.Place(area_code=chosen),
    )
    says("di Waiheru", at=at(3), lon_deg=128.1905, lat_deg=-3.6954)
    take_new_in()
    assert (only().area_code, only().area_how) == (chosen, "officer")


def test_a_form_always_becomes_a_request_and_its_flags_are_kept() -> None:
    a_service("bridge", name="Jembatan rusak")
    details = {
        "kind": "aspiration",
        "is_anonymous": True,
        "is_confidential": True,
        "service_code": "bridge",
        "accuracy_m": 35,
    }
    says("Ada", at=at(), details=details, lon_deg=128.22, lat_deg=-3.71, place_text="Negeri Soya")
    take_new_in()
    request = only()
    assert (request.kind, request.is_anonymous, request.is_confidential) == ("aspiration", True, True)
    assert request.service is not None
    assert (request.accuracy_m, request.landmark_text) == (35, "Negeri Soya")
    assert Entry.objects.get(kind="service_request.created").data["is_confidential"] is True


def test_an_unknown_service_in_a_form_is_left_to_the_officer() -> None:
    says("Jembatan patah", at=at(), details={"kind": "complaint", "service_code": "no_such"})
    take_new_in()
    assert only().service is None


def test_danger_comes_first() -> None:
    says("Ruma tabakar di Waihaong, tolong capat", at=at())
    take_new_in()
    assert (only().kind, only().priority) == ("emergency", "urgent")


def test_danger_told_later_raises_the_request() -> None:
    says("Got pampat di Batu Merah, tolong", at=at())
    take_new_in()
    assert only().priority == "normal"
    says("air masuk rumah, ada oma saki", at=at(60))
    take_new_in()
    assert only().priority == "urgent"


def test_a_follow_up_is_shown_as_unanswered_until_an_officer_acts() -> None:
    people = cast()
    says(LAMP, at=at(0))
    take_new_in()
    says("Kapan petugas datang?", at=at(120))
    take_new_in()
    request = only()
    assert request.unanswered_since == SPOKEN_AT + timedelta(minutes=120)
    assert selectors.queue_counts(people.cora)["citizen_replied"] == 1
    assert Entry.objects.filter(kind="service_request.message_linked").count() == 1
    assert outgoing() == ["receipt"]


def test_thanks_alone_wake_nobody() -> None:
    says(LAMP, at=at(0))
    take_new_in()
    says("Terima kasih banyak", at=at(120))
    take_new_in()
    assert only().unanswered_since is None
    assert only().last_citizen_at == SPOKEN_AT + timedelta(minutes=120)


def test_the_answer_to_our_question_puts_the_request_back_where_it_was() -> None:
    cast()
    says(LAMP, at=at(0))
    take_new_in()
    request = step(step(only(), State.ASSIGNED), State.NEEDS_INFORMATION)
    says("Di muka toko roti", at=at(60 * 24 * 4))
    take_new_in()
    again = only()
    assert (again.state, again.resume_state, again.version) == (State.ASSIGNED, "", request.version + 1)
    entry = Entry.objects.filter(kind="service_request.state_changed").latest("id")
    assert (entry.actor, entry.data["from"], entry.data["state"]) == ("contact", "needs_information", "assigned")
    assert entry.agencies == ["pupr"]


def test_not_yet_suggests_reopening_and_stops_the_closing() -> None:
    says(LAMP, at=at(0))
    take_new_in()
    with clock.stopped_at(SPOKEN_AT + timedelta(hours=1)):
        for state in (State.ASSIGNED, State.ACCEPTED, State.RESOLVED):
            step(only(), state)
    says("Balong, masi galap", at=at(180))
    take_new_in()
    request = only()
    assert request.state == State.RESOLVED  # an officer reopens
    assert request.unsolved_said_at == SPOKEN_AT + timedelta(minutes=180)
    assert request.unanswered_since is not None


def test_yes_closes_a_resolved_request() -> None:
    says(LAMP, at=at(0))
    take_new_in()
    with clock.stopped_at(SPOKEN_AT + timedelta(hours=1)):
        for state in (State.ASSIGNED, State.ACCEPTED, State.RESOLVED):
            step(only(), state)
    says("Su bae, danke", at=at(180))
    take_new_in()
    assert only().state == State.CLOSED
    assert only().changes.filter(to_state=State.CLOSED).get().actor == "contact"


def test_two_things_of_one_person_on_one_day_are_two_requests() -> None:
    services.catalogue_load()
    says(LAMP, at=at(0))
    take_new_in()
    says(RUBBISH, at=at(90))
    take_new_in()
    assert ServiceRequest.objects.count() == 2


def test_an_answer_to_a_receipt_belongs_to_that_request(monkeypatch: pytest.MonkeyPatch) -> None:
    services.catalogue_load()
    says(LAMP, at=at(0))
    take_new_in()
    first = only()
    says(RUBBISH, at=at(90))
    take_new_in()
    Message.objects.filter(template="receipt", request_link__request=first).update(external_id="wamid.1")
    answer = says("Ada kabar?", at=at(200))
    Message.objects.filter(pk=answer.pk).update(reply_to="wamid.1")
    take_in([answer.pk])
    assert RequestMessage.objects.get(message=answer).request == first


def test_a_message_its_sender_took_back_makes_no_request() -> None:
    message = says(LAMP, at=at(0))
    Message.objects.filter(pk=message.pk).update(deleted_at=SPOKEN_AT)
    take_new_in()
    assert not ServiceRequest.objects.exists()


def test_a_position_that_is_not_on_earth_costs_the_point_and_not_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    message = says(LAMP, at=at(0), lon_deg=128.19, lat_deg=-3.69)
    known, [heard] = gather([message.pk])
    heard.lon_deg = 999.0
    found = writing.place_of(known, [heard], LAMP)
    assert found.lon_deg is None


# --- once, in any order, whole ---


def test_taking_the_same_messages_in_again_changes_nothing() -> None:
    ids = [says(LAMP, at=at(0)).pk, says("di samping kios", at=at(1)).pk, says("Halo", sender="x").pk]
    take_in(ids)
    before = (Entry.objects.count(), list(ServiceRequest.objects.values_list("number", "description", "version")))
    take_in(ids)
    take_in(list(reversed(ids)))
    after = (Entry.objects.count(), list(ServiceRequest.objects.values_list("number", "description", "version")))
    assert after == before
    assert LooseMessage.objects.count() == 1


def talk_of_the_day() -> list[dict[str, Any]]:
    """Four people, fifteen messages, as the provider would send them."""
    said = [
        ("ona", 0, "Selamat pagi"),
        ("ona", 1, LAMP),
        ("ona", 3, "di samping kios ijo"),
        ("ona", 200, RUBBISH),
        ("oca", 5, "Aer PDAM seng jalan su 4 hari di Soya"),
        ("oca", 7, "tolong dong"),
        ("oca", 400, "Kapan petugas datang?"),
        ("beni", 0, "Halo admin"),
        ("beni", 300, "Terima kasih"),
        ("lin", 10, "Pohon tumbang di Karang Panjang tutup jalan"),
        ("lin", 12, "tutup jalan total"),
    ]
    return [words(f"d{n}", text, **{"from": who, "at": at(when)}) for n, (who, when, text) in enumerate(said)]


def requests_told() -> list[tuple[str, str, str]]:
    rows = ServiceRequest.objects.values_list("conversation__contact__external_id", "description", "title")
    return sorted(rows)


@pytest.mark.parametrize("seed", range(6))
def test_shuffled_and_repeated_replays_give_the_same_requests(seed: int) -> None:
    """In the order of the day, then shuffled with repetitions, one by one and together: the same was asked."""
    services.catalogue_load()
    account = an_account()
    luck = random.Random(seed)
    events = talk_of_the_day()
    if seed:
        events = events + luck.choices(events, k=5)
        luck.shuffle(events)
    for event in events:
        hear(account, event)
        if luck.random() < 0.5:
            take_new_in(together=False)
    take_new_in(together=seed % 2 == 0)
    told = requests_told()
    assert [(who, text.splitlines()[0][:12]) for who, text, _ in told] == [
        ("lin", "Pohon tumban"),
        ("oca", "Aer PDAM sen"),
        ("ona", "Lampu jalang"),
        ("ona", "Sampah menum"),
    ]
    assert told[2][1] == f"{LAMP}\ndi samping kios ijo"
    assert all(text == title or text.startswith(title) for _, text, title in told)


@pytest.mark.django_db(transaction=True)
def test_the_reader_remembers_its_place_with_its_effect() -> None:
    hear(an_account(), words("a", LAMP, at=at()), words("b", "Halo", **{"from": "x"}))
    done = services.intake()
    assert (done.created, done.linked, done.left) == (1, 0, 1)
    while services.intake().read:
        pass
    assert services.intake() == services.IntakeDone()
    assert ServiceRequest.objects.count() == 1
    assert Cursor.objects.get(reader=reader.READER).entry_id > 0


@pytest.mark.django_db(transaction=True)
def test_a_crash_in_the_middle_takes_nothing_in_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    hear(an_account(), words("a", LAMP, at=at()))

    class Killed(BaseException):
        pass

    def die(*args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(reader, "loose_store", die)
        with pytest.raises(Killed):
            services.intake()
    assert not ServiceRequest.objects.exists()
    assert not RequestMessage.objects.exists()
    while services.intake().read:
        pass
    assert only().number == "2026-000001"


def test_one_bad_message_holds_nobody_up(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    bad = says("Tolong, lampu jalan mati, ini merusak segalanya", sender="x", at=at())
    says(LAMP, sender="y", at=at())
    real = writing.description_of

    def fragile(thread: Any) -> str:
        if any(heard.message_id == bad.pk for heard in thread.reports):
            raise RuntimeError(f"a bug about {real(thread)}")
        return real(thread)

    monkeypatch.setattr(writing, "description_of", fragile)
    take_new_in()
    assert only().conversation.contact.external_id == "y"  # type: ignore[union-attr]
    assert LooseMessage.objects.get().message == bad
    assert "left for an officer" in caplog.text
    assert "merusak" not in caplog.text


def test_a_chunk_costs_the_same_number_of_queries_whatever_its_size(
    django_assert_max_num_queries: Any, settings: LazySettings
) -> None:
    settings.PLACES_CHECK_EVERY_S = 60
    starter_load("81.71")
    services.catalogue_load()
    account = an_account()
    bodies_arrive(
        account,
        *(body_of(words(f"q{n}", f"{LAMP} {n}", **{"from": f"p{n}", "at": at(n)})) for n in range(60)),
    )
    understand_all()
    ids = list(Message.objects.values_list("id", flat=True))
    with django_assert_max_num_queries(45):
        take_in(ids)
    assert ServiceRequest.objects.count() == 60


def test_numbers_follow_the_citys_year(settings: LazySettings) -> None:
    """At 20.00 UTC on New Year's Eve it is already the new year in Ambon."""
    with clock.stopped_at(datetime(2026, 12, 31, 20, tzinfo=UTC)):
        assert a_request().number == "2027-000001"
    with clock.stopped_at(datetime(2026, 12, 31, 10, tzinfo=UTC)):
        assert a_request().number == "2026-000001"


def test_an_officer_makes_a_request_of_what_intake_left() -> None:
    people = cast()
    message = says("Beta pung ruma deka situ", sender="oca", name="Oca")
    take_new_in()
    request = services.message_make_request(message_id=message.pk, actor=people.tara, kind="information")
    assert (request.description, request.kind, request.reporter_name) == (
        "Beta pung ruma deka situ",
        "information",
        "Oca",
    )
    assert not LooseMessage.objects.exists()
    assert selectors.conversations_without_request(people.tara) == []
    with pytest.raises(InvalidInput, match=request.number):
        services.message_make_request(message_id=message.pk, actor=people.tara)


def test_an_officer_moves_a_message_to_the_request_it_is_about() -> None:
    people = cast()
    message = says("Yang kemarin itu", sender="oca")
    take_new_in()
    request = a_request()
    services.message_link(message_id=message.pk, number=request.number, actor=people.cora)
    assert RequestMessage.objects.get(message=message).request == request
    assert not LooseMessage.objects.exists()
    other = a_request()
    services.message_link(message_id=message.pk, number=other.number, actor=people.cora)
    assert RequestMessage.objects.get(message=message).request == other


def test_what_was_joined_in_the_first_minutes_can_be_taken_apart() -> None:
    people = cast()
    says(LAMP, at=at(0))
    second = says(RUBBISH, at=at(2))
    take_new_in()
    assert ServiceRequest.objects.count() == 1
    split = services.message_make_request(message_id=second.pk, actor=people.cora)
    assert split.description == RUBBISH
    assert RequestMessage.objects.get(message=second).request == split


# --- changed words ---


def test_words_changed_at_the_provider_change_the_request(settings: LazySettings) -> None:
    message = says(LAMP, at=at(0))
    says("di samping kios", at=at(1))
    take_new_in()
    Message.objects.filter(pk=message.pk).update(text="Lampu jalan padam di muka gereja")
    assert words_renew([message.pk]) == 1
    request = only()
    assert request.description == "Lampu jalan padam di muka gereja\ndi samping kios"
    assert request.title.startswith("Lampu jalan padam")
    entry = Entry.objects.latest("id")
    assert (entry.kind, entry.actor, entry.data["fields"]) == ("service_request.edited", "contact", "description")
    assert words_renew([message.pk]) == 0  # nothing new, nothing written


def test_changed_words_leave_an_officers_title_and_a_finished_request_alone() -> None:
    people = cast()
    message = says(LAMP, at=at(0))
    take_new_in()
    request = services.request_edit(number=only().number, seen_version=1, actor=people.cora, title="Lampu gereja")
    Message.objects.filter(pk=message.pk).update(text="Lampu jalan padam")
    assert words_renew([message.pk]) == 1
    assert only().title == "Lampu gereja"
    step(request, State.REJECTED)
    Message.objects.filter(pk=message.pk).update(text="Sesuatu yang lain")
    assert words_renew([message.pk]) == 0
    assert only().description == "Lampu jalan padam"


def test_words_taken_away_do_not_empty_the_request() -> None:
    message = says(LAMP, at=at(0))
    take_new_in()
    Message.objects.filter(pk=message.pk).update(text=" ")
    assert words_renew([message.pk]) == 0
    assert only().description == LAMP


@pytest.mark.django_db(transaction=True)
def test_an_edit_at_the_provider_reaches_the_request_through_the_ledger() -> None:
    account = an_account()
    hear(account, words("a", LAMP, at=at()))
    while services.intake().read:
        pass
    hear(account, {"event": "edited", "id": "a", "text": "Lampu jalan padam total", "at": at(5)})
    while services.intake().read:
        pass
    assert only().description == "Lampu jalan padam total"
