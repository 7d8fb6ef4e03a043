from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings as django_settings
from django.test import RequestFactory
from pytest_django import Settings

from baileo.ground.people.address import client_address


@pytest.fixture(autouse=True)
def proxies(settings: Settings) -> None:
    settings.BAILEO = replace(django_settings.BAILEO, trusted_proxies=("10.0.0.1", "192.168.7.0/24"))


def seen(remote: str, forwarded: str = "") -> str:
    return client_address(RequestFactory().get("/", REMOTE_ADDR=remote, headers={"X-Forwarded-For": forwarded}))


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),  # a stranger may write what he likes
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.5", "203.0.113.5"),  # only the last part is our proxy's word
        ("10.0.0.1", "203.0.113.5, 192.168.7.9", "203.0.113.5"),  # two proxies of ours in a row
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "2001:db8::5", "2001:db8::5"),
        ("", "203.0.113.5", "0.0.0.0"),
        ("not-an-address", "", "0.0.0.0"),
    ],
)
def test_the_nearest_address_that_is_not_a_proxy_of_ours_counts(remote: str, forwarded: str, expected: str) -> None:
    assert seen(remote, forwarded) == expected
