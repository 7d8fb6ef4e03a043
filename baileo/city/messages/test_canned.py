"""Prepared answers a new city begins with."""

from __future__ import annotations

import pytest

from baileo.city.messages.models import CannedReply
from baileo.city.messages.services import canned_replies_load, canned_reply_delete

pytestmark = pytest.mark.django_db


def test_a_new_city_begins_with_a_few_answers_and_gets_them_once() -> None:
    made = canned_replies_load()
    assert made == CannedReply.objects.count() > 0
    assert canned_replies_load() == 0


def test_answers_the_office_removed_do_not_come_back() -> None:
    canned_replies_load()
    for reply in list(CannedReply.objects.all()):
        canned_reply_delete(reply.pk, actor="user:1")
    assert canned_replies_load() == 0
    assert not CannedReply.objects.exists()
