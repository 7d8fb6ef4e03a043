"""The back-off of simulated providers, and the small server they stand on."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from baileo.core.errors import NetworkFailed
from baileo.demo.providers.server import Answer, Call, LoopbackServer
from baileo.demo.providers.testing import Receiver, client_for
from baileo.demo.providers.webhooks import WebhookPoster


def quiet_poster(*pauses_s: float, trouble: list[str] | None = None) -> WebhookPoster:
    found = WebhookPoster(pauses_s=pauses_s, on_trouble=(trouble if trouble is not None else []).append)
    found.start()
    return found


def test_a_delivery_is_given_up_after_the_last_pause() -> None:
    trouble: list[str] = []
    poster = quiet_poster(0.0, 0.0, trouble=trouble)
    with Receiver(500, 500, 500, 500) as city:
        delivery = poster.post(city.base_url, b"{}", {})
        assert poster.wait_until_quiet()
    poster.stop()
    assert (delivery.statuses, delivery.is_done, delivery.is_taken) == ([500, 500, 500], True, False)
    assert trouble[-1] == "Wrong response from the webhook: 500"


def test_an_address_where_nobody_listens_counts_as_an_attempt() -> None:
    with Receiver() as gone:
        url = gone.base_url
    poster = quiet_poster(0.0)
    delivery = poster.post(url, b"{}", {})
    assert poster.wait_until_quiet()
    poster.stop()
    assert delivery.statuses == [0, 0]


def test_a_failing_delivery_does_not_hold_up_the_others() -> None:
    poster = quiet_poster(60.0)
    with Receiver(500) as city:
        stuck = poster.post(city.base_url, b'{"n":1}', {})
        city.wait_for(1)
        fine = poster.post(city.base_url, b'{"n":2}', {})
        city.wait_for(2)
        assert not poster.wait_until_quiet(timeout_s=0.05)
    poster.stop()
    assert fine.is_taken
    assert not stuck.is_done


class _Broken(LoopbackServer):
    def answer(self, call: Call) -> Answer:
        raise ValueError(call.path)


def test_a_simulator_that_breaks_says_500_and_stays(caplog: pytest.LogCaptureFixture) -> None:
    with _Broken() as server, client_for(server) as http:
        assert [http.get(f"{server.base_url}/x").status for _ in range(2)] == [500, 500]
    assert "could not answer" in caplog.text


def test_bodies_beyond_the_limit_are_refused_unread() -> None:
    with Receiver() as server, socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 413")
    assert server.calls == []


@pytest.mark.parametrize(
    ("media_type", "body"), [("application/json", b'{"a": "1"}'), ("application/x-www-form-urlencoded", b"a=1")]
)
def test_fields_are_read_however_a_provider_may_send_them(media_type: str, body: bytes) -> None:
    call = Call("POST", "/x", {"b": "2"}, {"content-type": media_type}, body)
    assert call.fields() == {"a": "1", "b": "2"}


def test_a_body_that_is_no_json_has_no_fields() -> None:
    assert Call("POST", "/x", {}, {"content-type": "application/json"}, b"[1").json() == {}
    assert Call("POST", "/x", {}, {"content-type": "application/json"}, b"[1]").json() == {}


def test_one_worker_keeps_the_order_things_were_posted_in() -> None:
    poster = WebhookPoster(workers=1, pauses_s=(), on_trouble=lambda _: None)
    poster.start()
    with Receiver() as city:
        for number in range(20):
            poster.post(city.base_url, str(number).encode(), {})
        calls = city.wait_for(20)
    poster.stop()
    assert [int(call.body) for call in calls] == list(range(20))


def test_what_is_due_later_comes_later() -> None:
    poster = WebhookPoster(workers=1, pauses_s=(), on_trouble=lambda _: None)
    poster.start()
    with Receiver() as city:
        poster.post(city.base_url, b"later", {}, after_s=1.0)
        poster.post(city.base_url, b"now", {})
        calls = city.wait_for(2)
    poster.stop()
    assert [call.body for call in calls] == [b"now", b"later"]


def test_what_waits_when_it_stops_is_dropped_and_stopping_does_not_wait_for_it() -> None:
    poster = quiet_poster(60.0)
    with Receiver() as city:
        waiting = poster.post(city.base_url, b"{}", {}, after_s=60.0)
        poster.stop()
    assert not waiting.is_done
    assert city.calls == []


def test_headers_and_bytes_arrive_as_they_were_given() -> None:
    poster = quiet_poster()
    body = '{"text": "macet 😢"}'.encode()
    with Receiver() as city:
        poster.post(city.base_url + "/hooks/x?y=1", body, {"X-Signature": "abc"})
        (call,) = city.wait_for(1)
    poster.stop()
    assert (call.path, call.query, call.body) == ("/hooks/x", {"y": "1"}, body)
    assert call.headers["x-signature"] == "abc"


def test_a_server_that_stopped_answers_nobody_not_even_on_an_open_line() -> None:
    receiver = Receiver().start()
    with client_for(receiver) as http:
        assert http.post(receiver.base_url, content=b"1").status == 200
        receiver.stop()
        with pytest.raises(NetworkFailed):
            http.post(receiver.base_url, content=b"2")
    assert len(receiver.calls) == 1


def test_many_callers_are_served_at_once() -> None:
    barrier = Barrier(4, timeout=10)

    class Meeting(LoopbackServer):
        def answer(self, call: Call) -> Answer:
            barrier.wait()  # nobody leaves before all four are in
            return Answer(content=call.body)

    with Meeting() as server, client_for(server) as http, ThreadPoolExecutor(4) as callers:
        asked = [callers.submit(http.post, server.base_url, content=str(number).encode()) for number in range(4)]
        assert sorted(int(reply.result().content) for reply in asked) == [0, 1, 2, 3]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_each_method_is_told_as_it_came(method: str) -> None:
    seen: list[str] = []

    class Noting(LoopbackServer):
        def answer(self, call: Call) -> Answer:
            seen.append(call.method)
            return Answer(204)

    with Noting() as server, client_for(server) as http:
        assert http.request(method, f"{server.base_url}/x").status == 204
    assert seen == [method]
