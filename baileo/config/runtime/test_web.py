"""The web process."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from baileo.config.environment import Environment
from baileo.config.runtime.web import config_for

VISITOR = b"203.0.113.7"


def seen_by_the_app(env: Environment, *, client: str) -> tuple[str, str]:
    """Scheme and address of the visitor, as pages see them, for a call that came from `client` with headers."""
    seen: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope)

    config = config_for(env, app)
    config.load()
    headers = [(b"x-forwarded-proto", b"https"), (b"x-forwarded-for", VISITOR)]
    scope = {"type": "http", "scheme": "http", "client": (client, 40000), "headers": headers}
    asyncio.run(config.loaded_app(scope, None, None))
    return seen["scheme"], seen["client"][0]


@pytest.mark.parametrize("proxies", ["10.0.0.2", "10.0.0.0/8"])
def test_a_trusted_proxy_says_who_the_visitor_is(proxies: str) -> None:
    env = Environment(trusted_proxies=proxies)
    assert seen_by_the_app(env, client="10.0.0.2") == ("https", VISITOR.decode())


def test_nobody_else_is_believed() -> None:
    env = Environment(trusted_proxies=("10.0.0.2",))
    assert seen_by_the_app(env, client="198.51.100.4") == ("http", "198.51.100.4")


def test_without_proxies_even_loopback_is_not_believed() -> None:
    assert seen_by_the_app(Environment(), client="127.0.0.1") == ("http", "127.0.0.1")


def test_addresses_with_tokens_are_not_logged() -> None:
    assert not config_for(Environment(), None).access_log
