"""How often one address may ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from baileo.core.clock import Clock, clock
from baileo.core.errors import TooMany
from baileo.web.api.jobs import forget_rates
from baileo.web.api.models import RateWindow
from baileo.web.ratelimit import rate_count, rate_limited

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 5, 0, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stopped() -> Iterator[Clock]:
    with clock.stopped_at(AT):
        yield clock


def ask(address: str = "36.66.1.1", method: str = "POST", forwarded: str = "") -> HttpRequest:
    request = RequestFactory().generic(method, "/lacak/", headers={"X-Forwarded-For": forwarded})
    request.META["REMOTE_ADDR"] = address
    return request


@rate_limited(scope="track", most=3, window_s=60)
def look_up(request: HttpRequest, number: str) -> HttpResponse:
    return HttpResponse(number)


def statuses(count: int, address: str = "36.66.1.1", forwarded: str = "") -> list[int]:
    return [look_up(ask(address, forwarded=forwarded), number="2026-000123").status_code for _ in range(count)]


def test_the_view_is_called_so_often_and_then_a_page_says_when_to_come_back() -> None:
    assert statuses(3) == [200, 200, 200]
    refused = look_up(ask(), number="x")
    assert (refused.status_code, refused["Retry-After"]) == (429, "50")
    assert b"<h1>" in refused.content  # type: ignore[attr-defined]


def test_the_next_window_starts_over(stopped: Clock) -> None:
    assert statuses(4)[-1] == 429
    stopped.tick(seconds=50)
    assert statuses(1) == [200]


def test_others_are_not_held_up() -> None:
    assert statuses(4)[-1] == 429
    assert statuses(1, "36.66.1.2") == [200]
    rate_count(ask(), scope="report", most=1, window_s=60)


def test_only_the_named_methods_count() -> None:
    for _ in range(9):
        assert look_up(ask(method="GET"), number="x").status_code == 200
    assert statuses(3) == [200, 200, 200]


def test_a_household_with_many_ipv6_addresses_is_one_caller() -> None:
    assert statuses(3, "2001:db8:1:2::1") == [200] * 3
    assert statuses(1, "2001:db8:1:2:ffff::9") == [429]
    assert statuses(1, "2001:db8:1:3::1") == [200]
    assert statuses(4, "::ffff:10.1.1.1")[-1] == statuses(1, "10.1.1.1")[0] == 429


def test_a_stranger_cannot_choose_the_address_that_is_counted() -> None:
    assert [statuses(1, forwarded=f"10.0.0.{n}")[0] for n in range(4)][-1] == 429


def test_behind_a_trusted_proxy_its_word_counts(settings: Settings) -> None:
    settings.BAILEO = replace(settings.BAILEO, trusted_proxies=("127.0.0.1",))
    assert [statuses(1, "127.0.0.1", forwarded=f"10.0.0.{n}")[0] for n in range(4)] == [200] * 4
    assert statuses(3, "127.0.0.1", forwarded="1.1.1.1, 10.0.0.1")[-1] == 429


def test_no_address_is_stored_and_ended_windows_are_forgotten(stopped: Clock) -> None:
    statuses(2)
    [row] = RateWindow.objects.all()
    assert (row.hits, len(row.key), "36.66" in row.key) == (2, 64, False)
    stopped.tick(seconds=51)
    rate_count(ask(), scope="track", most=3, window_s=60)
    forget_rates(timestamp=0)
    assert [row.hits for row in RateWindow.objects.all()] == [1]


def test_the_limit_carries_its_waiting_time_in_the_error() -> None:
    rate_count(ask(), scope="x", most=1, window_s=60)
    with pytest.raises(TooMany) as caught:
        rate_count(ask(), scope="x", most=1, window_s=60)
    assert caught.value.retry_after_s == 50


def test_counting_costs_no_log_writing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'api_ratewindow'")
        assert cursor.fetchone() == ("u",)
