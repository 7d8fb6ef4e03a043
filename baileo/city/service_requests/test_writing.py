"""What intake writes onto requests that exist, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from baileo.city.messages.models import Message
from baileo.city.service_requests import services
from baileo.city.service_requests.models import RequestMessage, ServiceRequest
from baileo.city.service_requests.services.intake import take_in
from baileo.city.service_requests.services.intake.gathering import SURE_SHARE, gather
from baileo.city.service_requests.services.intake.thinking import Heard
from baileo.city.service_requests.services.intake.writing import COMPARED, LIGHT, description_of
from baileo.city.service_requests.testing import SPOKEN_AT, a_request, a_rule, says, step, take_new_in
from baileo.city.service_requests.workflow import State
from baileo.core.clock import clock
from baileo.ground.ledger.models import Entry
from baileo.ground.people.testing import cast
from baileo.ground.places.services import starter_load

pytestmark = pytest.mark.django_db
LAMP = "Lampu jalang mati di muka greja Rehoboth, tolong"


def at(minutes: float) -> str:
    return (SPOKEN_AT + timedelta(minutes=minutes)).isoformat()


def only() -> ServiceRequest:
    return ServiceRequest.objects.get()


def reported() -> ServiceRequest:
    says(LAMP, at=at(0))
    take_new_in()
    return only()


# --- gathering ---


def test_a_message_is_read_with_everything_that_came_along() -> None:
    starter_load("81.71")
    services.catalogue_load()
    message = says(
        "Lampu jalan mati total", at=at(0), lon_deg=128.19, lat_deg=-3.69, place_text="Pasar", files=[{"ref": "x"}]
    )
    known, [heard] = gather([message.pk])
    assert (heard.text, heard.lon_deg, heard.place_text, heard.has_files) == (
        "Lampu jalan mati total",
        128.19,
        "Pasar",
        True,
    )
    assert heard.verdict.is_report
    assert heard.topic == "roads"
    assert known.threads[message.conversation_id] == []
    assert known.area_labels


def test_an_unsure_topic_is_no_topic() -> None:
    services.catalogue_load()
    known, _ = gather([])
    assert known.topic_of("halo semua") == ""
    assert known.topic_of("lampu jalan mati") == "roads"
    assert 0 < SURE_SHARE < 1


def test_messages_are_heard_in_the_order_they_were_said() -> None:
    late = says("dua", at=at(5))
    early = says("satu", at=at(1))
    _, heard = gather([late.pk, early.pk])
    assert [one.text for one in heard] == ["satu", "dua"]


def test_what_has_a_request_is_not_gathered_again() -> None:
    reported()
    _, heard = gather(list(Message.objects.values_list("pk", flat=True)))
    assert heard == []


def test_requests_that_ended_long_ago_are_not_gathered() -> None:
    request = reported()
    with clock.stopped_at(SPOKEN_AT):
        step(request, State.REJECTED)
    message = says("Halo lagi", at=at(60))
    with clock.stopped_at(SPOKEN_AT + timedelta(days=13)):
        assert len(gather([message.pk])[0].threads[message.conversation_id]) == 1
    with clock.stopped_at(SPOKEN_AT + timedelta(days=15)):
        assert gather([message.pk])[0].threads[message.conversation_id] == []


def test_another_persons_requests_are_not_gathered() -> None:
    reported()
    message = says("Halo", sender="lin", at=at(1))
    assert gather([message.pk])[0].threads[message.conversation_id] == []


# --- additions ---


def test_an_ordinary_follow_up_touches_only_what_it_changes(django_assert_max_num_queries: Any) -> None:
    request = reported()
    before = {field.attname: getattr(request, field.attname) for field in request._meta.concrete_fields}
    message = says("Kapan petugas datang?", at=at(90))
    with django_assert_max_num_queries(27):
        take_in([message.pk])
    after = only()
    changed = {name for name, value in before.items() if getattr(after, name) != value}
    assert changed == {"last_citizen_at", "unanswered_since", "updated_at"} == set(LIGHT)
    assert RequestMessage.objects.get(message=message).is_report is False


def test_many_follow_ups_of_many_people_cost_few_queries(
    django_assert_max_num_queries: Any, settings: LazySettings
) -> None:
    settings.PLACES_CHECK_EVERY_S = 60
    for n in range(15):
        says(f"{LAMP} {n}", sender=f"p{n}", at=at(0))
    take_new_in()
    ids = [says("Kapan petugas datang?", sender=f"p{n}", at=at(90)).pk for n in range(15)]
    with django_assert_max_num_queries(27):
        take_in(ids)
    assert ServiceRequest.objects.filter(unanswered_since__isnull=False).count() == 15


def test_one_entry_tells_of_all_that_came_together() -> None:
    request = reported()
    before = Entry.objects.latest("id").pk
    for n in range(4):
        says("", at=at(1 + n / 10), files=[{"ref": f"photo-{n}"}])
    take_new_in()
    [entry] = Entry.objects.filter(id__gt=before, kind="service_request.message_linked")
    assert (entry.subject, entry.data["count"]) == (request.number, 4)


def test_the_first_unanswered_word_counts_and_not_the_last() -> None:
    reported()
    for minutes in (90, 200, 400):
        says("Kapan petugas datang?", at=at(minutes))
        take_new_in()
    assert only().unanswered_since == SPOKEN_AT + timedelta(minutes=90)
    assert only().last_citizen_at == SPOKEN_AT + timedelta(minutes=400)


def test_words_of_the_first_minutes_are_not_news_unless_somebody_acted() -> None:
    request = reported()
    says("di samping kios", at=at(2))
    take_new_in()
    assert only().unanswered_since is None
    step(request, State.VERIFIED)
    says("lorong sebelah kiri", at=at(4))
    take_new_in()
    assert only().unanswered_since == SPOKEN_AT + timedelta(minutes=4)


def test_an_officers_title_stays_while_the_words_grow() -> None:
    request = reported()
    services.request_edit(number=request.number, seen_version=1, actor=cast().cora, title="Lampu gereja")
    says("di samping kios", at=at(2))
    take_new_in()
    assert only().title == "Lampu gereja"
    assert only().description == f"{LAMP}\ndi samping kios"


def test_later_words_do_not_change_what_was_reported() -> None:
    reported()
    says("Tiangnya juga miring sekarang", at=at(300))
    take_new_in()
    assert only().description == LAMP


def test_a_second_point_of_the_first_minutes_corrects_the_first() -> None:
    reported()
    for minutes, lat in ((1, -3.60), (2, -3.65)):
        says("", at=at(minutes), lon_deg=128.2, lat_deg=lat)
        take_new_in()
    assert only().lat_deg == -3.65


def test_a_place_without_coordinates_is_kept_as_words() -> None:
    reported()
    says("", at=at(1), place_text="depan gereja Silo")
    take_new_in()
    assert only().landmark_text == "depan gereja Silo"


def test_danger_in_a_closed_request_changes_nothing() -> None:
    request = reported()
    step(request, State.REJECTED)
    says("terima kasih, ada parang", at=at(60))
    take_new_in()
    assert ServiceRequest.objects.get(pk=request.pk).priority == "normal"


def test_the_version_rises_only_when_the_state_does() -> None:
    request = reported()
    says("Kapan petugas datang?", at=at(90))
    take_new_in()
    assert only().version == 1
    step(request, State.NEEDS_INFORMATION)
    says("Di muka toko roti", at=at(200))
    take_new_in()
    assert only().version == 3


def test_an_earlier_beginning_moves_the_promises() -> None:
    a_rule("verify_by", amount=10, unit="hours")
    says("Lampu jalan mati total, tolong", at=at(8))
    take_new_in()
    assert only().verify_by == SPOKEN_AT + timedelta(minutes=8, hours=10)
    says(LAMP, at=at(0))
    take_new_in()
    assert only().requested_at == SPOKEN_AT
    assert only().verify_by == SPOKEN_AT + timedelta(hours=10)


def test_thanks_after_the_answer_put_the_closing_off() -> None:
    a_rule("close_by", start_event="resolved", amount=2, unit="calendar_days")
    request = reported()
    with clock.stopped_at(SPOKEN_AT + timedelta(hours=1)):
        for state in (State.ASSIGNED, State.ACCEPTED, State.RESOLVED):
            request = step(request, state)
    assert only().close_by == SPOKEN_AT + timedelta(days=2, hours=1)
    says("Terima kasih", at=at(600))
    take_new_in()
    assert only().close_by == SPOKEN_AT + timedelta(days=2, minutes=600)
    assert only().unsolved_said_at is None


def test_yes_and_not_yet_in_one_breath_is_not_yet() -> None:
    request = reported()
    with clock.stopped_at(SPOKEN_AT + timedelta(hours=1)):
        for state in (State.ASSIGNED, State.ACCEPTED, State.RESOLVED):
            request = step(request, state)
    says("Sudah", at=at(100))
    says("eh belum, masih gelap", at=at(101))
    take_new_in()
    assert only().state == State.RESOLVED
    assert only().unsolved_said_at is not None


def test_every_column_that_news_can_change_is_compared() -> None:
    columns = {field.attname for field in ServiceRequest._meta.concrete_fields}
    assert set(COMPARED) <= columns
    assert set(LIGHT) <= set(COMPARED)
    assert "version" in COMPARED


# --- words ---


@pytest.mark.parametrize(
    ("over", "line"),
    [({"has_files": True}, "Foto tanpa kata-kata"), ({"lon_deg": 1.0, "lat_deg": 1.0}, "Lokasi tanpa kata-kata")],
)
def test_a_request_without_words_has_a_line_all_the_same(over: dict[str, Any], line: str) -> None:
    message = says("x", at=at(0))
    _, [heard] = gather([message.pk])
    wordless = Heard(1, 1, heard.at, "", heard.verdict, **over)
    thread = type("Thread", (), {"reports": [wordless]})()
    assert description_of(thread) == line


def test_a_form_with_a_photo_only_becomes_a_request() -> None:
    says("", at=at(0), details={"kind": "complaint"}, files=[{"ref": "x"}])
    take_new_in()
    assert only().description == "Foto tanpa kata-kata"


def test_very_long_words_are_cut_to_what_a_request_holds() -> None:
    says(f"{LAMP} " + "sangat gelap " * 900, at=at(0))
    take_new_in()
    assert len(only().description) <= 8000
    assert len(only().title) <= 140


def test_marks_that_hide_words_do_not_reach_the_desk() -> None:
    says("Lampu\u202e jalan\u200b mati, tolong\x07", at=at(0))
    take_new_in()
    assert only().description == "Lampu jalan mati, tolong"


def test_a_request_made_by_an_officer_is_talked_in_like_any_other(settings: LazySettings) -> None:
    people = cast()
    message = says("Pak, soal got kemarin", at=at(0))
    take_new_in()
    request = services.message_make_request(message_id=message.pk, actor=people.cora)
    says("Kapan datang?", at=at(90))
    take_new_in()
    request.refresh_from_db()
    assert request.links.filter(message__direction="in").count() == 2
    assert request.unanswered_since == SPOKEN_AT + timedelta(minutes=90)


def test_a_desk_request_without_conversation_is_never_talked_in() -> None:
    typed_in = a_request()
    says("Kapan datang?", at=at(90))
    take_new_in()
    assert typed_in.links.count() == 0
