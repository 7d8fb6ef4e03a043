import pytest

from baileo.core.errors import NetworkFailed
from baileo.core.testing import FakeHttp


def test_answers_come_in_the_order_they_were_queued_and_the_last_repeats() -> None:
    http = FakeHttp().will(429, json={"retry_after": 7}).will(json={"ok": True})
    assert [http.get("https://a.example/").status for _ in range(3)] == [429, 200, 200]


def test_what_was_asked_is_remembered() -> None:
    http = FakeHttp()
    http.post("https://a.example/x", json={"a": 1}, headers={"k": "v"}, params={"p": "q"})
    (call,) = http.calls
    assert (call.method, call.url, call.json) == ("POST", "https://a.example/x", {"a": 1})
    assert (call.headers, call.params) == ({"k": "v"}, {"p": "q"})


def test_without_a_queue_everything_is_fine_and_empty() -> None:
    assert FakeHttp().get("https://a.example/").json() == {}


def test_a_queued_failure_is_raised_once_more_is_queued() -> None:
    http = FakeHttp().will_fail(NetworkFailed("gone", maybe_sent=True)).will(content=b"ok")
    with pytest.raises(NetworkFailed):
        http.get("https://a.example/")
    assert http.get("https://a.example/").text == "ok"


def test_header_names_are_lower_case_as_in_the_real_client() -> None:
    reply = FakeHttp().will(headers={"Content-Type": "image/jpeg"}).get("https://a.example/")
    assert reply.headers["content-type"] == "image/jpeg"
