"""Against a real server on loopback; names are resolved by the test, never by DNS."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from baileo.core.errors import NetworkFailed, NetworkRefused, PayloadRejected, TooLarge
from baileo.core.net import HttpClient, HttpReply, check_url, guard


class Handler(BaseHTTPRequestHandler):
    """Speaks as the path says; keeps what it heard."""

    protocol_version = "HTTP/1.1"
    heard: ClassVar[list[dict[str, Any]]] = []

    def do_GET(self) -> None:
        self.remember(b"")
        kind, _, rest = self.path[1:].partition("/")
        getattr(self, f"say_{kind.partition('?')[0]}")(rest)

    def do_POST(self) -> None:
        self.remember(self.rfile.read(int(self.headers.get("content-length", 0))))
        getattr(self, f"say_{self.path[1:].partition('/')[0]}")(self.path[1:].partition("/")[2])

    def remember(self, body: bytes) -> None:
        heard = {name.lower(): value for name, value in self.headers.items()}
        Handler.heard.append({"path": self.path, "headers": heard, "body": body})

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def say_json(self, rest: str) -> None:
        self.answer(b'{"ok": true}', Set_Cookie="known=1")

    def say_status(self, rest: str) -> None:
        self.answer(b'{"why": "no"}', int(rest))

    def say_size(self, rest: str) -> None:
        self.answer(b"x" * int(rest))

    def say_bomb(self, rest: str) -> None:
        self.answer(gzip.compress(b"\0" * int(rest)), Content_Encoding="gzip")

    def say_badgzip(self, rest: str) -> None:
        self.answer(b"this is not gzip", Content_Encoding="gzip")

    def say_brotli(self, rest: str) -> None:
        self.answer(b"abc", Content_Encoding="br")

    def say_to(self, rest: str) -> None:
        self.answer(b"", 302, Location=rest.replace("~", "/"))

    def say_loop(self, rest: str) -> None:
        self.answer(b"", 302, Location=f"/loop/{int(rest) + 1}")

    def say_drip(self, rest: str) -> None:
        """A byte now and then: no single read is slow, the whole never ends."""
        self.send_response(200)
        self.send_header("content-length", "1000")
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.03)
        except OSError:
            self.close_connection = True

    def say_hangup(self, rest: str) -> None:
        self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Tests are quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what some tests are about."""


@pytest.fixture
def port() -> Iterator[int]:
    Handler.heard = []
    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def http(port: int) -> Iterator[HttpClient]:
    with HttpClient((f"127.0.0.1:{port}",), timeout_s=5) as client:
        yield client


@pytest.fixture
def base(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def names(monkeypatch: pytest.MonkeyPatch, **addresses: list[str]) -> list[str]:
    """Resolve these names (with "_" for ".") to these addresses; gives the names asked for."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return addresses.get(host.replace(".", "_"), [host])

    monkeypatch.setattr(guard, "resolve", resolve)
    return asked


def test_an_answer_comes_back_whole(http: HttpClient, base: str) -> None:
    reply = http.get(f"{base}/json/")
    assert (reply.status, reply.ok, reply.json()) == (200, True, {"ok": True})
    assert reply.headers["content-length"] == "12"


def test_a_post_carries_json_headers_and_parameters(http: HttpClient, base: str) -> None:
    http.post(f"{base}/json/", json={"text": "Halo"}, headers={"x-key": "k"}, params={"a": "1"})
    heard = Handler.heard[0]
    assert json.loads(heard["body"]) == {"text": "Halo"}
    assert (heard["headers"]["x-key"], heard["path"]) == ("k", "/json/?a=1")


def test_a_file_is_sent_as_a_form(http: HttpClient, base: str) -> None:
    http.post(f"{base}/json/", data={"chat": "1"}, files={"photo": ("a.jpg", b"\xff\xd8")})
    assert b'filename="a.jpg"' in Handler.heard[0]["body"]
    assert Handler.heard[0]["headers"]["content-type"].startswith("multipart/form-data")


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_an_error_status_is_an_answer_and_not_an_exception(http: HttpClient, base: str, status: int) -> None:
    reply = http.get(f"{base}/status/{status}")
    assert (reply.status, reply.ok, reply.json()) == (status, False, {"why": "no"})


def test_an_answer_that_is_not_json_says_so() -> None:
    with pytest.raises(PayloadRejected, match="should be JSON"):
        HttpReply(200, {}, b"<html>").json()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/json/",
        "http://localhost:{port}/json/",
        "http://[::1]:{port}/json/",
        "http://0.0.0.0:{port}/json/",
        "http://127.1:{port}/json/",
        "http://2130706433:{port}/json/",
        "http://0x7f000001:{port}/json/",
        "http://[::ffff:127.0.0.1]:{port}/json/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
    ],
)
def test_our_own_house_is_never_called(port: int, url: str) -> None:
    with HttpClient(timeout_s=2) as http, pytest.raises(NetworkRefused, match="private"):
        http.get(url.format(port=port))
    assert Handler.heard == []


def test_an_allowed_neighbour_is_allowed_on_that_port_only(port: int, base: str) -> None:
    with HttpClient((f"127.0.0.1:{port + 1}",)) as http, pytest.raises(NetworkRefused):
        http.get(f"{base}/json/")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/", "file:///etc/passwd", "gopher://a.example", "javascript:alert(1)",
        "//a.example/", "/path", "", "http://", "http:///path", "http://user:pass@a.example/",
        "http://user@a.example/", "http://a.example:99999/", "http://[::1", "http://a\x00b/",
    ],
)  # fmt: skip
def test_only_plain_web_addresses_are_called(url: str) -> None:
    with pytest.raises(NetworkRefused):
        check_url(url)


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    names(monkeypatch, evil_example=["127.0.0.1"])
    with HttpClient() as http, pytest.raises(NetworkRefused, match="BAILEO_NET_ALLOW"):
        http.get(f"http://evil.example:{port}/json/")


def test_one_inside_address_among_good_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    names(monkeypatch, evil_example=["1.1.1.1", "127.0.0.1"])
    with HttpClient() as http, pytest.raises(NetworkRefused):
        http.get(f"http://evil.example:{port}/json/")


def test_the_name_is_resolved_once_so_a_second_answer_cannot_lead_inside(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    asked = names(monkeypatch, gateway_example=["127.0.0.1"])
    with HttpClient((f"gateway.example:{port}",)) as http:
        http.get(f"http://gateway.example:{port}/json/")
    assert asked == ["gateway.example"]
    assert Handler.heard[0]["headers"]["host"] == f"gateway.example:{port}"


def test_a_dead_address_is_skipped_for_the_next_one(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    names(monkeypatch, gateway_example=["127.0.0.2", "127.0.0.1"])
    with HttpClient((f"gateway.example:{port}",)) as http:
        assert http.get(f"http://gateway.example:{port}/json/").ok


def test_a_redirect_is_followed_and_checked_again(http: HttpClient, base: str) -> None:
    assert http.get(f"{base}/to/~json~").json() == {"ok": True}
    with pytest.raises(NetworkRefused, match="private"):
        http.get(f"{base}/to/http:~~169.254.169.254~latest")
    with pytest.raises(NetworkRefused, match="Only http"):
        http.get(f"{base}/to/file:~~~etc~passwd")


def test_redirects_end(http: HttpClient, base: str) -> None:
    with pytest.raises(NetworkRefused, match="more than 3 times"):
        http.get(f"{base}/loop/1")
    assert len(Handler.heard) == 4


def test_a_post_is_not_sent_on_to_another_place(http: HttpClient, base: str) -> None:
    reply = http.post(f"{base}/to/~json~", json={"secret": 1})
    assert (reply.status, len(Handler.heard)) == (302, 1)


def test_keys_are_not_carried_to_another_host(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    names(monkeypatch, one_example=["127.0.0.1"], two_example=["127.0.0.1"])
    keys = {"authorization": "Bearer abc", "x-api-key": "abc"}
    with HttpClient((f"one.example:{port}", f"two.example:{port}")) as http:
        http.get(f"http://one.example:{port}/to/http:~~two.example:{port}~json~", headers=keys)
        http.get(f"http://one.example:{port}/to/~json~", headers=keys)
    elsewhere, same_host = Handler.heard[1]["headers"], Handler.heard[3]["headers"]
    assert not set(keys) & set(elsewhere)
    assert set(keys) <= set(same_host)


def test_https_is_never_given_up_for_http() -> None:
    with HttpClient() as http:
        request = http._client.build_request("GET", "https://a.example/")
        with pytest.raises(NetworkRefused, match="plain http"):
            http._redirected(request, "http://a.example/")


def test_no_cookie_is_kept(http: HttpClient, base: str) -> None:
    http.get(f"{base}/json/")
    http.get(f"{base}/json/")
    assert "cookie" not in Handler.heard[1]["headers"]


def test_an_answer_up_to_the_limit_is_kept_and_one_byte_more_is_not(http: HttpClient, base: str) -> None:
    assert len(http.get(f"{base}/size/1000", max_bytes=1_000).content) == 1_000
    with pytest.raises(TooLarge, match="larger than 1000 bytes"):
        http.get(f"{base}/size/1001", max_bytes=1_000)


def test_a_packed_bomb_is_measured_unpacked(http: HttpClient, base: str) -> None:
    with pytest.raises(TooLarge):
        http.get(f"{base}/bomb/5000000", max_bytes=100_000)
    assert len(http.get(f"{base}/bomb/90000", max_bytes=100_000).content) == 90_000


@pytest.mark.parametrize("kind", ["badgzip", "brotli"])
def test_a_damaged_encoding_is_a_failure_of_the_other_side(http: HttpClient, base: str, kind: str) -> None:
    with pytest.raises(NetworkFailed):
        http.get(f"{base}/{kind}/")


def test_a_dripping_answer_ends_in_time(http: HttpClient, base: str) -> None:
    with pytest.raises(NetworkFailed) as caught:
        http.get(f"{base}/drip/", timeout_s=0.2)
    assert caught.value.maybe_sent


def test_a_hang_up_may_mean_that_the_request_arrived(http: HttpClient, base: str) -> None:
    with pytest.raises(NetworkFailed, match="may have received") as caught:
        http.post(f"{base}/hangup/bot123:secret", json={})
    assert caught.value.maybe_sent
    assert "secret" not in str(caught.value)


def test_a_closed_port_means_that_nothing_was_sent() -> None:
    with HttpClient(("127.0.0.1:1",)) as http, pytest.raises(NetworkFailed) as caught:
        http.get("http://127.0.0.1:1/")
    assert not caught.value.maybe_sent


def test_an_unknown_host_means_that_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    monkeypatch.setattr(guard, "resolve", unknown)
    with HttpClient() as http, pytest.raises(NetworkFailed, match="cannot be reached") as caught:
        http.get("https://nowhere.example/")
    assert not caught.value.maybe_sent


def test_many_threads_may_share_one_client(http: HttpClient, base: str) -> None:
    replies: list[bool] = []
    work = [threading.Thread(target=lambda: replies.append(http.get(f"{base}/json/").ok)) for _ in range(12)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert replies == [True] * 12
