"""The address people type."""

from __future__ import annotations

import socket

import pytest

from baileo.config.runtime.listening import AddressRefused, listen, origin_of


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressRefused, match=f"Port {port} on 127.0.0.1 is used by another program"):
            listen("127.0.0.1", port)


def test_an_unknown_host_is_one_sentence() -> None:
    with pytest.raises(AddressRefused, match="not known on this machine"):
        listen("no such host", 0)


def test_an_address_of_another_machine_is_one_sentence() -> None:
    with pytest.raises(AddressRefused, match=r"Correct --host or --port"):
        listen("192.0.2.1", 0)


def test_callers_are_kept_waiting_from_the_start() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()) as caller:
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getpeername() == caller.getsockname()


@pytest.mark.parametrize(("host", "start"), [("127.0.0.1", "http://127.0.0.1:"), ("0.0.0.0", "http://127.0.0.1:")])
def test_the_origin_is_what_a_browser_on_this_machine_types(host: str, start: str) -> None:
    with listen(host, 0) as listening:
        assert origin_of(listening) == f"{start}{listening.getsockname()[1]}"


def test_an_ipv6_address_is_written_with_brackets() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with listen("::1", 0) as listening:
        assert origin_of(listening) == f"http://[::1]:{listening.getsockname()[1]}"
