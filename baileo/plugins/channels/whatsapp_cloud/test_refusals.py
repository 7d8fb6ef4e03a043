"""Who is to blame for each of Meta's codes, and what waiting helps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baileo.city.messages.channel import AccountTrouble
from baileo.core.errors import DeliveryFailed, NetworkFailed
from baileo.plugins.channels.whatsapp_cloud.refusals import (
    OF_THE_ACCOUNT,
    TOO_FAST_S,
    WORTH_RETRYING,
    failure,
)


def refused(code: int, status: int = 400) -> DeliveryFailed:
    found = failure(status, {"error": {"code": code, "message": "Words of Meta"}}, "ambon")
    assert isinstance(found, DeliveryFailed)
    return found


def test_no_code_stands_in_two_tables() -> None:
    assert not OF_THE_ACCOUNT & set(TOO_FAST_S)
    assert not OF_THE_ACCOUNT & WORTH_RETRYING
    assert not set(TOO_FAST_S) & WORTH_RETRYING


@pytest.mark.parametrize("code", sorted(OF_THE_ACCOUNT - set(range(201, 300))))
def test_the_account_s_codes_blame_no_message(code: int) -> None:
    assert isinstance(refused(code), AccountTrouble)


@pytest.mark.parametrize("code", sorted(TOO_FAST_S))
def test_too_fast_is_a_matter_of_waiting(code: int) -> None:
    found = refused(code)
    assert (found.permanent, found.retry_after_s) == (False, TOO_FAST_S[code])


@pytest.mark.parametrize("code", sorted(WORTH_RETRYING))
def test_an_outage_is_tried_again_at_our_own_pace(code: int) -> None:
    found = refused(code)
    assert (found.permanent, found.retry_after_s) == (False, None)


@given(st.integers(400, 503).filter(lambda status: status not in (401, 429, 504)), st.integers(0, 200_000))
def test_every_refusal_keeps_code_and_words_and_says_whether_waiting_helps(status: int, code: int) -> None:
    found = refused(code, status)
    assert (found.provider_code, found.provider_words) == (str(code), "Words of Meta")
    known = code in OF_THE_ACCOUNT or code in TOO_FAST_S or code in WORTH_RETRYING
    assert found.permanent is (not known and status < 500)


@given(st.integers(0, 200_000))
def test_401_always_blames_the_account(code: int) -> None:
    assert isinstance(refused(code, 401), AccountTrouble)


@given(st.dictionaries(st.text(max_size=5), st.none() | st.text(max_size=5) | st.integers(), max_size=3))
def test_a_gateway_s_silence_leaves_the_doubt_whatever_it_says(answer: dict[str, object]) -> None:
    found = failure(504, answer, "ambon")
    assert isinstance(found, NetworkFailed)
    assert found.maybe_sent


@given(st.sampled_from([400, 403, 404, 429, 500, 502, 503]), st.recursive(
    st.none() | st.text(max_size=5) | st.integers(), lambda inner: st.dictionaries(
        st.sampled_from(["error", "code", "title", "error_data"]), inner), max_leaves=6))  # fmt: skip
def test_no_answer_whatsoever_breaks_it(status: int, answer: object) -> None:
    assert isinstance(failure(status, answer if isinstance(answer, dict) else {}, "ambon"), DeliveryFailed)
