from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DataError

from baileo.city.messages.bulk import update_rows
from baileo.city.messages.models import Conversation, Message
from baileo.city.messages.testing import SPOKEN_AT, a_conversation, an_account, hear, words

pytestmark = pytest.mark.django_db


def test_many_rows_get_their_own_values_in_one_statement(django_assert_num_queries: Any) -> None:
    hear(an_account(), *[words(f"m{n}", str(n)) for n in range(20)])
    rows = list(Message.objects.order_by("pk"))
    for n, row in enumerate(rows):
        row.text, row.is_unconfirmed = f"kata '{n}' \\ {{}} %s", bool(n % 2)
        row.edited_at = SPOKEN_AT + timedelta(minutes=n) if n % 3 else None
    with django_assert_num_queries(1):
        update_rows(rows, ("text", "is_unconfirmed", "edited_at"))
    kept = list(Message.objects.order_by("pk").values_list("text", "is_unconfirmed", "edited_at"))
    assert kept == [(row.text, row.is_unconfirmed, row.edited_at) for row in rows]


def test_other_rows_and_other_columns_are_left_alone() -> None:
    account = an_account()
    first, second = a_conversation(account), a_conversation(account, **{"from": "budi"})
    first.address, first.last_inbound_at = "baru", None
    update_rows([first], ("address",))
    first.refresh_from_db()
    assert (first.address, first.last_inbound_at is None) == ("baru", False)
    assert Conversation.objects.get(pk=second.pk).address == "budi"


def test_what_is_too_long_is_refused_and_never_cut_silently() -> None:
    conversation = a_conversation()
    conversation.address = "x" * 201
    with pytest.raises(DataError):
        update_rows([conversation], ("address",))


def test_nothing_to_change_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        update_rows([], ("text",))
