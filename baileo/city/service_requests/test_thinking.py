"""Where a message belongs. Pure: no database, one made-up conversation after the other."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.services.intake.thinking import (
    Heard,
    Thread,
    first_words,
    is_solved,
    is_unsolved,
    joins,
    place,
    words_of,
)
from baileo.city.service_requests.understanding import looks_like_report
from baileo.city.service_requests.workflow import State

T0 = datetime(2026, 11, 20, 1, 15, tzinfo=UTC)
LAMP = "Tolong, lampu jalan mati di depan pasar Mardika"
RUBBISH = "Mohon sampah menumpuk di TPS Waiheru segera diangkut"
_ids = itertools.count(1)


def heard(text: str = LAMP, minutes: float = 0, topic: str = "", **over: Any) -> Heard:
    things = lambda tokens: [word for word in tokens if word in {"lampu", "sampah", "jalan"}]  # noqa: E731
    return Heard(
        message_id=next(_ids),
        conversation_id=1,
        at=T0 + timedelta(minutes=minutes),
        text=text,
        verdict=looks_like_report(text, things),
        topic=topic,
        **over,
    )


def thread(state: str = State.NEW, minutes: float = 0, topic: str = "roads", **over: Any) -> Thread:
    at = T0 + timedelta(minutes=minutes)
    request = ServiceRequest(pk=next(_ids), number="2026-000123", state=state)
    return Thread(began_at=at, last_at=at, request=request, state=state, topic=topic, **over)


def test_a_report_opens_a_request() -> None:
    threads: list[Thread] = []
    assert place(heard(), threads) == "created"
    assert words_of(threads[0]) == LAMP


@pytest.mark.parametrize("text", ["Selamat pagi", "Terima kasih banyak", "Ok", "Met malam bapa", "Assalamualaikum"])
def test_small_talk_is_left_for_an_officer(text: str) -> None:
    assert place(heard(text), []) == "left"


@pytest.mark.parametrize(
    "details", [{"type": "reaction", "emoji": "👍"}, {"command": "/start"}, {"type": "sticker"}], ids=str
)
def test_what_says_nothing_bothers_nobody(details: dict[str, str]) -> None:
    text = "/start" if "command" in details else ""
    assert place(heard(text, details=details), []) == "skipped"


def test_bubbles_photos_and_the_place_of_the_first_minutes_are_one_request() -> None:
    threads: list[Thread] = []
    assert place(heard(), threads) == "created"
    assert place(heard("di samping kios ijo", 1), threads) == "linked"
    assert place(heard("", 2, has_files=True), threads) == "linked"
    assert place(heard("", 3, lon_deg=128.18, lat_deg=-3.69), threads) == "linked"
    assert place(heard(RUBBISH, 5, "waste"), threads) == "linked"  # an officer can split it
    assert len(threads) == 1
    assert words_of(threads[0]).splitlines()[:2] == [LAMP, "di samping kios ijo"]


def test_a_greeting_belongs_to_the_request_and_is_not_its_words() -> None:
    threads: list[Thread] = []
    place(heard(), threads)
    assert place(heard("terima kasih", 1), threads) == "linked"
    assert words_of(threads[0]) == LAMP


def test_the_same_thing_again_later_belongs_to_the_open_request() -> None:
    threads = [thread(State.ASSIGNED)]
    assert place(heard("Lampu jalan di pasar masih mati, tolong", 60 * 24, "roads"), threads) == "linked"


def test_a_clear_report_about_something_else_opens_another_request() -> None:
    threads = [thread(State.ASSIGNED)]
    assert place(heard(RUBBISH, 60, "waste"), threads) == "created"
    assert len(threads) == 2


def test_what_is_unclear_stays_with_the_open_request() -> None:
    threads = [thread(State.ASSIGNED)]
    assert place(heard("Kapan datang?", 60), threads) == "linked"
    assert place(heard("Su gelap skali", 61), threads) == "linked"


def test_while_we_wait_for_an_answer_everything_is_the_answer() -> None:
    threads = [thread(State.NEEDS_INFORMATION)]
    assert place(heard(RUBBISH, 600, "waste"), threads) == "linked"


@pytest.mark.parametrize("state", [State.CLOSED, State.REJECTED, State.DUPLICATE])
def test_thanks_join_what_ended_and_a_report_never_does(state: str) -> None:
    ended = thread(state, ended_at=T0 + timedelta(hours=1))
    assert place(heard("terima kasih", 120), [ended]) == "linked"
    threads = [ended]
    assert place(heard(LAMP, 180, "roads"), threads) == "created"


def test_after_two_weeks_what_ended_is_over() -> None:
    ended = thread(State.RESOLVED, ended_at=T0)
    assert place(heard("terima kasih", 60 * 24 * 15), [ended]) == "left"


def test_an_answer_to_one_of_our_messages_belongs_to_its_request() -> None:
    old, new = thread(State.CLOSED, ended_at=T0), thread(State.NEW, 60)
    answer = heard("Belum", 600, answers=old.key)
    assert place(answer, [new, old]) == "linked"
    assert old.news == [answer]


@pytest.mark.parametrize("text", ["soal 2026-000123", "2026 - 000123 bagaimana?", "Nomor 2026-000123."])
def test_a_number_of_this_conversation_is_understood(text: str) -> None:
    threads = [thread(State.CLOSED, ended_at=T0)]
    assert place(heard(text, 60 * 24 * 30), threads) == "linked"


def test_somebody_elses_number_leads_nowhere() -> None:
    assert place(heard("soal 2026-000999", 10), []) == "left"


def test_a_form_is_a_request_of_its_own() -> None:
    threads = [thread(State.NEW)]
    form = {"kind": "complaint"}
    assert place(heard("Ada", 3, details=form), threads) == "created"
    assert len(threads) == 2


def test_the_same_form_sent_twice_is_one_request() -> None:
    threads: list[Thread] = []
    form = {"kind": "complaint"}
    assert place(heard(LAMP, 0, details=form), threads) == "created"
    assert place(heard(LAMP.upper(), 2, details=form), threads) == "linked"
    assert place(heard(LAMP, 60, details=form), threads) == "created"


def test_a_form_that_continues_is_a_word_in_its_request() -> None:
    threads = [thread(State.ASSIGNED)]
    assert place(heard(RUBBISH, 60, details={"continues": "x", "submitted_at": "y"}), threads) == "linked"


def test_earlier_words_that_come_late_move_the_beginning() -> None:
    threads: list[Thread] = []
    place(heard("Lampu jalan padam lagi, tolong", 8), threads)
    assert place(heard(LAMP, 0), threads) == "linked"
    assert threads[0].began_at == T0
    assert words_of(threads[0]).startswith(LAMP)


def test_the_title_is_made_of_the_first_words_that_say_something() -> None:
    one = Thread(began_at=T0, last_at=T0, reports=[heard("Pak", -1), heard(LAMP, 0), heard("tambahan", 1)])
    assert first_words(one) == LAMP


def test_words_left_alone_join_the_request_that_begins_near_them() -> None:
    began = thread(minutes=5)
    assert joins(heard("di Karang Panjang", 0), began)
    assert joins(heard("ada orang?", 90), began)
    assert not joins(heard("di Karang Panjang", -6), began)
    assert not joins(heard(RUBBISH, 4, "waste"), began)


@pytest.mark.parametrize(
    ("text", "unsolved", "solved"),
    [
        ("Belum", True, False),
        ("Balong, masi galap", True, False),
        ("BLM", True, False),
        ("Lampu mati lagi di depan pasar, tolong", True, False),
        ("Sudah", False, True),
        ("Ya, su bae. Danke", False, True),
        ("Terima kasih", False, False),
        ("sudah tapi belum semua", True, False),
    ],
)
def test_a_resolved_request_hears_yes_and_not_yet(text: str, unsolved: bool, solved: bool) -> None:
    resolved = thread(State.RESOLVED, ended_at=T0)
    answer = heard(text, 30)
    assert (is_unsolved(answer, resolved), is_solved(answer, resolved)) == (unsolved, solved)


def test_only_a_word_after_the_answer_counts_as_one() -> None:
    resolved = thread(State.RESOLVED, ended_at=T0)
    assert not is_unsolved(heard("Belum", -5), resolved)
    assert not is_unsolved(heard("Belum", 5), thread(State.ASSIGNED))


TEXTS = st.sampled_from([LAMP, RUBBISH, "Selamat pagi", "terima kasih", "di samping kios", "", "Belum"])
TALKS = st.lists(st.tuples(TEXTS, st.integers(0, 9), st.booleans()), min_size=1, max_size=8)


@given(TALKS)
def test_every_message_goes_to_exactly_one_place(talk: list[tuple[str, int, bool]]) -> None:
    threads: list[Thread] = []
    messages = [heard(text, minutes, has_files=files) for text, minutes, files in talk]
    outcomes = [place(message, threads) for message in messages]
    linked = [one.message_id for thread_ in threads for one in thread_.news]
    assert len(linked) == len(set(linked)) == sum(outcome in {"created", "linked"} for outcome in outcomes)


@given(TALKS, st.randoms(use_true_random=False))
def test_a_burst_gives_the_same_requests_in_whatever_order_it_arrives(talk: list[Any], luck: Any) -> None:
    """Ten minutes of one person: one request if there is a report in it, with the same words."""

    def told(messages: list[Heard]) -> list[str]:
        threads: list[Thread] = []
        loose: list[Heard] = []
        for message in messages:
            outcome = place(message, threads)
            if outcome == "left":
                loose.append(message)
            if outcome == "created":
                for one in [one for one in loose if joins(one, threads[-1])]:
                    threads[-1].add(one)
                    loose.remove(one)
        return sorted(words_of(thread_) for thread_ in threads)

    messages = [heard(text, minutes, has_files=files) for text, minutes, files in talk]
    in_order = sorted(messages, key=lambda one: (one.at, one.message_id))
    shuffled = list(messages)
    luck.shuffle(shuffled)
    assert told(shuffled) == told(in_order)
