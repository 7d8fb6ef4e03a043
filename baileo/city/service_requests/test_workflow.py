"""The table of states, and what no row of steps can break."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.notices import _TEXTS
from baileo.city.service_requests.workflow import (
    FOLDED_CLOSED,
    LIVE_STATES,
    TRANSITIONS,
    WITH_AGENCY,
    State,
    allowed_steps,
    edge_of,
    edges_from,
    folded,
    may_go,
    sources_of,
)
from baileo.ground.people.roles import ALL_PERMISSIONS

EVERYTHING = lambda permission: True  # noqa: E731


def test_between_two_states_there_is_at_most_one_step() -> None:
    pairs = [(edge.from_state, edge.to_state) for edge in TRANSITIONS]
    doubles = {pair for pair in pairs if pairs.count(pair) > 1}
    assert doubles == set()


def test_every_state_can_be_left_and_all_but_new_be_reached() -> None:
    assert all(edges_from(state) for state in State)
    reachable = {edge.to_state for edge in TRANSITIONS}
    assert reachable == set(State)  # new: a question asked at once, then answered


def test_the_ordinary_way_leads_from_new_to_closed() -> None:
    way = ["new", "verified", "assigned", "accepted", "in_progress", "resolved", "closed"]
    assert [edge_of(one, other).step for one, other in itertools.pairwise(way)] == [  # type: ignore[union-attr]
        "verify",
        "assign",
        "accept",
        "start",
        "resolve",
        "close",
    ]


def test_every_permission_of_the_table_exists() -> None:
    assert {edge.permission for edge in TRANSITIONS} <= ALL_PERMISSIONS


def test_whatever_the_citizen_is_told_has_a_text() -> None:
    assert {edge.tells for edge in TRANSITIONS if edge.tells} <= set(_TEXTS)


@pytest.mark.parametrize("step", ["ask", "resolve", "reject", "reopen", "return"])
def test_a_reason_is_required_where_somebody_would_ask_why(step: str) -> None:
    assert all(edge.needs_reason and edge.reason_label for edge in TRANSITIONS if edge.step == step)


def test_a_rejection_says_where_to_go() -> None:
    assert all(edge.needs_refer_to for edge in TRANSITIONS if edge.to_state == State.REJECTED)


def test_the_citizen_hears_of_every_step_that_is_about_them() -> None:
    silent = {edge.step for edge in TRANSITIONS if not edge.tells}
    assert silent == {"accept", "return", "resume"}  # inside the agency, and the answer to the citizen's own word


def test_open311_knows_two_states() -> None:
    assert {folded(state) for state in State} == {"open", "closed"}
    assert LIVE_STATES.isdisjoint(FOLDED_CLOSED)
    assert set(State) == LIVE_STATES | FOLDED_CLOSED


def test_a_wait_ends_where_it_began() -> None:
    steps = allowed_steps(EVERYTHING, State.NEEDS_INFORMATION, resume_state=State.ASSIGNED)
    assert [edge.to_state for edge in steps if edge.step == "resume"] == [State.ASSIGNED]


def test_work_cannot_start_without_an_agency() -> None:
    steps = allowed_steps(EVERYTHING, State.REOPENED, has_agency=False)
    assert "start" not in {edge.step for edge in steps}
    assert "start" in {edge.step for edge in allowed_steps(EVERYTHING, State.REOPENED, has_agency=True)}


def test_nobody_without_permission_has_a_step() -> None:
    assert all(allowed_steps(lambda permission: False, state) == () for state in State)


def test_a_refusal_can_say_from_where_a_state_is_reached() -> None:
    assert sources_of(State.CLOSED) == ["resolved"]


@given(st.lists(st.integers(0, 20), max_size=30))
def test_no_row_of_allowed_steps_breaks_the_shape_of_a_request(choices: list[int]) -> None:
    """The same constraints as the table in the database, walked at random without it."""
    state, resume, has_agency, has_original = str(State.NEW), "", False, False
    for choice in choices:
        steps = allowed_steps(EVERYTHING, state, resume_state=resume, has_agency=has_agency)
        assert steps, f"{state} is a dead end"
        edge = steps[choice % len(steps)]
        assert may_go(edge, resume_state=resume, has_agency=has_agency)
        resume = state if edge.to_state == State.NEEDS_INFORMATION else ""
        has_agency = False if edge.step == "return" else has_agency or edge.needs_agency
        state, has_original = edge.to_state, edge.needs_original
        assert state not in WITH_AGENCY or has_agency
        assert (state == State.NEEDS_INFORMATION) == bool(resume)
        assert (state == State.DUPLICATE) == has_original


def test_the_choices_of_the_model_are_the_states_of_the_table() -> None:
    named = {edge.from_state for edge in TRANSITIONS} | {edge.to_state for edge in TRANSITIONS}
    assert named == set(ServiceRequest.State.values)
