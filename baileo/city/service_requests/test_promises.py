"""How a promise stands at a moment, and how the trail reads. No database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.messages.models import Message
from baileo.city.service_requests.models import Note, Proof, ServiceRequest, StateChange
from baileo.city.service_requests.selectors.promises import LABELS, SOON, Promise, promise_of, promises_of
from baileo.city.service_requests.selectors.timeline import TOLD_BY_LEDGER, TimelineItem, timeline_of
from baileo.city.service_requests.testing import SPOKEN_AT
from baileo.city.service_requests.workflow import State
from baileo.ground.ledger.models import Entry
from baileo.ground.people.models import Agency, User

T = SPOKEN_AT


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def a_row(**over: Any) -> ServiceRequest:
    return ServiceRequest(**{"number": "2026-000001", "requested_at": T, "state": State.NEW, **over})


def first(at: datetime, **over: Any) -> Promise:
    return promises_of(a_row(**{"verify_by": T + hours(10), **over}), at)[0]


@pytest.mark.parametrize(
    ("after_h", "state", "kept", "share"),
    [
        (0, "running", None, 0.0),
        (5, "running", None, 0.5),
        (7.99, "running", None, 0.799),
        (8, "soon", None, 0.8),
        (10, "soon", None, 1.0),
        (10.01, "overdue", False, 1.0),
        (500, "overdue", False, 1.0),
    ],
)
def test_a_promise_runs_nears_and_passes(after_h: float, state: str, kept: bool | None, share: float) -> None:
    promise = first(T + hours(after_h))
    assert (promise.state, promise.kept, promise.share_used) == (state, kept, share)


@pytest.mark.parametrize(("met_h", "state", "kept"), [(1, "kept", True), (10, "kept", True), (10.5, "missed", False)])
def test_what_was_done_was_done_in_time_or_late(met_h: float, state: str, kept: bool) -> None:
    promise = first(T + hours(100), verified_at=T + hours(met_h))
    assert (promise.state, promise.kept, promise.met_at) == (state, kept, T + hours(met_h))
    assert promise.share_used == min(met_h / 10, 1.0)


def test_what_has_no_date_has_not_started() -> None:
    promise = promises_of(a_row(), T)[1]
    assert (promise.name, promise.state, promise.kept, promise.by) == ("respond_by", "not_started", None, None)


def test_what_was_done_without_a_promise_is_kept() -> None:
    assert promises_of(a_row(verified_at=T), T)[0].state == "kept"


def test_while_we_wait_for_the_reporter_the_clock_stands() -> None:
    promise = first(T + hours(50), state=State.NEEDS_INFORMATION)
    assert (promise.state, promise.kept) == ("paused", None)


@pytest.mark.parametrize("state", [State.REJECTED, State.DUPLICATE])
def test_what_fell_away_in_time_broke_no_promise(state: str) -> None:
    row = a_row(state=state, closed_at=T + hours(2), resolve_by=T + hours(100))
    assert promises_of(row, T + hours(500))[2].state == "kept"


def test_an_answer_is_counted_from_the_day_somebody_had_it() -> None:
    row = a_row(assigned_at=T + hours(100), respond_by=T + hours(110))
    assert promises_of(row, T + hours(105))[1].share_used == 0.5


def test_a_reopened_request_is_counted_from_its_reopening() -> None:
    row = a_row(reopened_at=T + hours(100), resolve_by=T + hours(110))
    assert promises_of(row, T + hours(105))[2].share_used == 0.5


def test_the_next_promise_is_the_one_that_ends_first() -> None:
    row = a_row(verify_by=T + hours(10), resolve_by=T + hours(5))
    following = promise_of(row, T)
    assert following is not None
    assert following.name == "resolve_by"
    row.resolved_at = row.verified_at = T
    assert promise_of(row, T) is None


def test_promises_come_in_the_order_in_which_they_are_owed_and_have_names() -> None:
    promises = promises_of(a_row(), T)
    assert [promise.name for promise in promises] == list(LABELS) == ["verify_by", "respond_by", "resolve_by"]
    assert all(promise.label for promise in promises)


@given(
    start=st.floats(0, 1000),
    length=st.floats(0.1, 1000),
    now=st.floats(0, 3000),
    met=st.none() | st.floats(0, 3000),
    state=st.sampled_from(State.values),
)
def test_a_promise_always_says_one_thing(
    start: float, length: float, now: float, met: float | None, state: str
) -> None:
    row = a_row(
        state=state,
        requested_at=T + hours(start),
        verify_by=T + hours(start + length),
        verified_at=None if met is None else T + hours(met),
        closed_at=T + hours(start),
    )
    promise = promises_of(row, T + hours(now))[0]
    assert 0 <= promise.share_used <= 1
    assert promise.kept == {"kept": True, "missed": False, "overdue": False}.get(promise.state)
    assert (promise.state == "soon") <= (promise.share_used >= SOON)
    assert (promise.met_at is not None) == (promise.state in {"kept", "missed"})


# --- the trail as people read it ---


def names(actor: str) -> str:
    return {"user:1": "Ibu Lin", "contact": "Pelapor"}.get(actor, "otomatis")


def read(**rows: Any) -> list[TimelineItem]:
    empty: dict[str, Any] = {"changes": [], "notes": [], "proofs": [], "messages": [], "entries": []}
    return timeline_of(**{**empty, **rows}, names=names)


def a_change(to_state: str = "verified", **over: Any) -> StateChange:
    values = {"from_state": "new", "to_state": to_state, "actor": "user:1", "at": T, "told": "queued"}
    return StateChange(**{**values, **over})


def an_entry(kind: str, **data: Any) -> Entry:
    return Entry(kind=f"service_request.{kind}", subject="2026-000001", actor="user:1", at=T, data=data)


def test_the_trail_is_told_in_the_order_of_events() -> None:
    person = User(full_name="Pak Ongen")
    items = read(
        changes=[a_change(at=T + hours(3)), a_change("assigned", at=T)],
        notes=[Note(text="Kata Negeri: perlu alat", author=person, at=T + hours(1))],
        messages=[Message(direction="in", happened_at=T + hours(2), text="rahasia")],
    )
    assert [item.kind for item in items] == ["state", "note", "message_in", "state"]
    assert "rahasia" not in str(items)  # the words stand in the conversation, not in the trail


def test_a_step_says_what_who_and_to_whom() -> None:
    [item] = read(changes=[a_change("assigned", agency=Agency(short_name="PUPR", name="Dinas PUPR"), reason="Got")])
    assert item.text.endswith("PUPR, Ibu Lin")
    assert (item.detail["to"], item.detail["reason"]) == ("assigned", "Got")


def test_the_first_step_is_the_arrival() -> None:
    [item] = read(changes=[a_change("new", from_state="", actor="system:intake")])
    assert item.actor == "otomatis"
    assert item.text


@pytest.mark.parametrize("told", ["window_closed", "capped"])
def test_that_the_person_was_not_told_is_said_aloud(told: str) -> None:
    [item] = read(changes=[a_change(told=told)])
    assert str(StateChange.Told(told).label) in item.text


@pytest.mark.parametrize("told", ["", "queued", "no_conversation"])
def test_that_the_person_was_told_is_not_repeated_on_every_line(told: str) -> None:
    [item] = read(changes=[a_change(told=told)])
    assert item.text.count(",") == 1


def test_a_message_that_did_not_arrive_is_marked() -> None:
    person = User(full_name="Pak Ongen")
    fine, failed = read(
        messages=[
            Message(direction="out", author=person, happened_at=T, delivery="sent"),
            Message(direction="out", author=person, happened_at=T + hours(1), delivery="failed"),
        ]
    )
    assert fine.text != failed.text
    assert failed.detail["delivery"] == "failed"
    assert "Pak Ongen" in fine.text


def test_a_proof_shows_its_stage_and_caption() -> None:
    proof = Proof(stage="after", caption="Got terbuka", author=User(full_name="Pak Ongen"), at=T, sha256="a" * 64)
    [item] = read(proofs=[proof])
    assert "Got terbuka" in item.text
    assert item.detail["sha256"] == "a" * 64


@pytest.mark.parametrize("kind", [kind.removeprefix("service_request.") for kind in TOLD_BY_LEDGER])
def test_other_changes_come_from_the_ledger(kind: str) -> None:
    [item] = read(entries=[an_entry(kind)])
    assert item.kind == "entry"
    assert item.text.endswith("Ibu Lin")


@pytest.mark.parametrize("kind", ["state_changed", "assigned", "created", "noted", "replied", "proof_attached"])
def test_what_the_trail_has_in_better_words_is_not_told_twice(kind: str) -> None:
    assert read(entries=[an_entry(kind)]) == []


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        (an_entry("became_overdue", promise="verify_by"), str(LABELS["verify_by"])),
        (an_entry("prioritised", priority="urgent"), str(ServiceRequest.Priority.URGENT.label)),
        (an_entry("visibility_changed", visibility="public"), str(ServiceRequest.Visibility.PUBLIC.label)),
    ],
    ids=["promise", "priority", "visibility"],
)
def test_the_small_value_that_matters_is_said(entry: Entry, word: str) -> None:
    [item] = read(entries=[entry])
    assert word in item.text


def test_not_yet_is_said_in_words() -> None:
    plain, unsolved = (
        read(entries=[an_entry("message_linked")]),
        read(entries=[an_entry("message_linked", unsolved=True)]),
    )
    assert len(unsolved[0].text) > len(plain[0].text)


def test_values_nobody_foresaw_do_not_break_the_trail() -> None:
    odd = [an_entry("became_overdue"), an_entry("prioritised", priority="mega"), an_entry("visibility_changed")]
    assert len(read(entries=odd)) == 3
