"""The small words of the desk: what a sign, a share, a distance or a delivery is called."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import translation

from baileo.city.messages.models import Message
from baileo.city.service_requests.workflow import TRANSITIONS, State, edges_from
from baileo.web.desk.panes import ORDER_OF_STEPS
from baileo.web.desk.templatetags import desk as words

AT = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)
Delivery = Message.Delivery


@pytest.mark.parametrize(("share", "said"), [(0.714, "71%"), (0, "0%"), (1, "100%")])
def test_a_share_is_a_round_number(share: float, said: str) -> None:
    assert words.percent(share) == said


@pytest.mark.parametrize(("metres", "said"), [(None, ""), (38, "40 m"), (1400, "1,4 km")])
def test_a_distance_is_as_exact_as_it_is_useful(metres: float | None, said: str) -> None:
    assert words.metres(metres) == said


def test_a_saved_filter_becomes_an_address_without_its_empty_fields() -> None:
    assert words.urlquery({"queue": "all", "q": "got tersumbat", "agency": ""}) == "queue=all&q=got+tersumbat"


@pytest.mark.parametrize("delivery", list(Delivery))
def test_every_delivery_has_a_word_and_a_sign(delivery: str) -> None:
    message = Message(delivery=delivery, sent_at=AT, delivered_at=AT, read_at=AT)
    assert words.delivery_words(message)
    assert words.delivery_icon(message)


def test_only_the_providers_word_makes_a_message_sent() -> None:
    with translation.override("en"):
        assert words.delivery_words(Message(delivery=Delivery.SENDING)) == "handed over, no word from the provider yet"
        assert words.delivery_words(Message(delivery=Delivery.SENT, sent_at=AT)) == "sent 14.05 WIT"


def test_every_step_has_a_key_a_place_in_the_row_and_words_for_a_big_button() -> None:
    for edge in TRANSITIONS:
        assert words.step_key(edge), edge.step
        assert edge.step in ORDER_OF_STEPS
        assert words.bar_words(edge)[0]


@pytest.mark.parametrize("state", list(State))
def test_no_two_buttons_of_one_request_share_a_key(state: str) -> None:
    steps = {edge.step for edge in edges_from(state)}
    keys = [words.STEP_KEYS[step] for step in steps]
    others = {"r", "c", "m", "e", "b", "f", "n", "a", "j", "k", "x", "1", "2", "3"}
    assert len(keys) == len(set(keys))
    assert not others & set(keys)
