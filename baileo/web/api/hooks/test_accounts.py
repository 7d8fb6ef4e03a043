"""The table of accounts in memory: fresh enough, cheap enough, and there while the database is not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from baileo.city.messages.models import ChannelAccount
from baileo.city.messages.registry import registered
from baileo.web.api.background import in_thread
from baileo.web.api.hooks.accounts import AccountBook
from baileo.web.api.hooks.test_hooks import Pigeon
from baileo.web.api.line import DatabaseAway, Line

pytestmark = pytest.mark.django_db(transaction=True)


class CountingLine(Line):
    """Counts how often the table is read; `is_away` plays a lost database."""

    def __init__(self) -> None:
        super().__init__("accounts-test")
        self.reads = 0
        self.is_away = False

    @asynccontextmanager
    async def take(self) -> AsyncIterator[Any]:
        self.reads += 1
        if self.is_away:
            raise DatabaseAway("away")
        async with super().take() as connection:
            yield connection


@pytest.fixture(autouse=True)
def pigeon(transactional_db: None) -> Iterator[None]:
    with registered(Pigeon):
        ChannelAccount.objects.create(channel="pigeon", slug="ambon", name="Merpati")
        yield


@pytest.fixture
async def line() -> AsyncIterator[CountingLine]:
    line = CountingLine()
    yield line
    await line.close()


async def test_many_at_once_read_the_table_once(line: CountingLine) -> None:
    book = AccountBook(line)
    found = await asyncio.gather(*(book.find("pigeon", "ambon") for _ in range(50)))
    assert len({id(account) for account in found}) == line.reads == 1
    assert found[0] is not None
    assert (found[0].label, found[0].is_enabled) == ("pigeon/ambon", True)


async def test_guessing_addresses_does_not_read_the_table_each_time(line: CountingLine) -> None:
    book = AccountBook(line)
    assert [await book.find("pigeon", str(n)) for n in range(50)] == [None] * 50
    assert line.reads == 1


async def test_a_new_account_and_a_changed_secret_are_noticed_with_the_next_reading(line: CountingLine) -> None:
    book = AccountBook(line, fresh_for_s=0)
    first = await book.find("pigeon", "ambon")
    await in_thread(ChannelAccount.objects.create, channel="pigeon", slug="masohi", name="Merpati Masohi")
    await in_thread(ChannelAccount.objects.filter(slug="ambon").update, settings={"changed": True})
    second = await book.find("pigeon", "ambon")
    assert await book.find("pigeon", "masohi")
    assert first
    assert second
    assert first.adapter is not second.adapter


async def test_an_unchanged_account_keeps_its_adapter(line: CountingLine) -> None:
    book = AccountBook(line, fresh_for_s=0)
    first, second = await book.find("pigeon", "ambon"), await book.find("pigeon", "ambon")
    assert first
    assert second
    assert first.adapter is second.adapter


async def test_while_the_database_is_away_the_last_reading_serves(line: CountingLine) -> None:
    book = AccountBook(line, fresh_for_s=0)
    before = await book.find("pigeon", "ambon")
    line.is_away = True
    assert await book.find("pigeon", "ambon") == before


async def test_before_the_first_reading_nobody_is_told_that_an_address_does_not_exist(line: CountingLine) -> None:
    line.is_away = True
    with pytest.raises(DatabaseAway):
        await AccountBook(line).find("pigeon", "ambon")


async def test_a_broken_account_is_named_in_the_log_without_its_secrets(
    line: CountingLine, caplog: pytest.LogCaptureFixture
) -> None:
    values = {"channel": "pigeon", "slug": "bad", "name": "x", "sealed_secrets": "not sealed: geheim"}
    await in_thread(ChannelAccount.objects.create, **values)
    with caplog.at_level(logging.DEBUG):
        account = await AccountBook(line).find("pigeon", "bad")
    assert account
    assert account.adapter is None
    assert "pigeon/bad" in caplog.text
    assert "geheim" not in caplog.text


async def test_a_switched_off_account_is_known_but_has_no_adapter(line: CountingLine) -> None:
    await in_thread(ChannelAccount.objects.update, is_enabled=False)
    account = await AccountBook(line).find("pigeon", "ambon")
    assert account
    assert (account.is_enabled, account.adapter) == (False, None)
