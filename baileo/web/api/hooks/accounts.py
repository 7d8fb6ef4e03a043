"""Which accounts exist, read at most every two seconds."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass

from baileo.city.messages.channel import Channel
from baileo.city.messages.models import ChannelAccount
from baileo.city.messages.registry import channel_for
from baileo.web.api.line import DatabaseAway, Line

log = logging.getLogger(__name__)
FRESH_FOR_S = 2.0
COLUMNS = ("id", "channel", "slug", "name", "is_enabled", "settings", "sealed_secrets")
EVERY_ACCOUNT = f"SELECT {', '.join(COLUMNS)} FROM {ChannelAccount._meta.db_table}"  # noqa: S608


@dataclass(frozen=True)
class Known:
    """One account. `adapter` is None when its plug-in cannot work with the settings it has."""

    id: int
    label: str  # "whatsapp_cloud/ambon"
    is_enabled: bool
    adapter: Channel | None


class AccountBook:
    """The account table with its adapters. While the database is away the last reading still serves."""

    def __init__(self, line: Line, fresh_for_s: float = FRESH_FOR_S) -> None:
        self._line = line
        self._fresh_for_s = fresh_for_s
        self._read_at = float("-inf")
        self._known: Mapping[tuple[str, str], Known] | None = None
        self._lock = asyncio.Lock()

    async def find(self, channel: str, slug: str) -> Known | None:
        """Raises `DatabaseAway` only when the table was never read."""
        if time.monotonic() - self._read_at >= self._fresh_for_s:
            async with self._lock:  # the first one reads, the others find it done
                await self._refresh()
        return (self._known or {}).get((channel, slug))

    async def _refresh(self) -> None:
        if time.monotonic() - self._read_at < self._fresh_for_s:
            return
        try:
            async with self._line.take() as connection:
                rows = await (await connection.execute(EVERY_ACCOUNT)).fetchall()
        except DatabaseAway:
            if self._known is None:
                raise
            return
        accounts = [ChannelAccount(**dict(zip(COLUMNS, row, strict=True))) for row in rows]
        self._known = {(account.channel, account.slug): _known(account) for account in accounts}
        self._read_at = time.monotonic()


def _known(account: ChannelAccount) -> Known:
    label = f"{account.channel}/{account.slug}"
    try:
        adapter = channel_for(account) if account.is_enabled else None
    except Exception as error:  # noqa: BLE001 - a plug-in may raise anything; the other accounts go on
        log.error("Channel account %s cannot be loaded (%s). See `baileo doctor`.", label, type(error).__name__)
        adapter = None
    return Known(account.pk, label, account.is_enabled, adapter)
