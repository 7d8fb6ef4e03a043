import inspect

import pytest

from baileo.core import errors
from baileo.core.errors import BaileoError, DeliveryFailed, NetworkFailed, StaleVersion

ALL = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, BaileoError) and kind is not BaileoError
]


def test_every_error_has_its_own_code() -> None:
    codes = [kind.code for kind in ALL]
    assert len(set(codes)) == len(codes) > 10
    assert "baileo-error" not in codes


@pytest.mark.parametrize("kind", ALL)
def test_every_error_answers_with_a_client_or_server_error(
    kind: type[BaileoError],
) -> None:
    assert 400 <= kind.http_status < 600
    assert kind.__doc__


def test_a_stale_version_tells_both_versions_and_what_to_do() -> None:
    error = StaleVersion("Request 2026-000123", seen=1, now=2)
    assert "you saw version 1, it is now 2" in str(error)
    assert "Reload it" in str(error)
    assert (error.seen, error.now) == (1, 2)


def test_a_failed_delivery_keeps_the_providers_own_words() -> None:
    error = DeliveryFailed(
        "WhatsApp: status 400",
        permanent=True,
        provider_code="131047",
        provider_words="Re-engage",
    )
    assert (error.permanent, error.retry_after_s) == (True, None)
    assert (error.provider_code, error.provider_words) == ("131047", "Re-engage")


def test_a_network_failure_says_whether_the_request_may_have_arrived() -> None:
    assert NetworkFailed("no answer", maybe_sent=True).maybe_sent
