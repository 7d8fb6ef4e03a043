"""What the `watch` process does for this room: long polling, and looking after whatever waits too long.

Nothing is lost when it dies at any moment: a cursor moves only in the transaction that stores what came before it.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

from django.db import DatabaseError, close_old_connections, connection

from baileo.city.messages.channel import AccountTrouble
from baileo.city.messages.logs import whereabouts
from baileo.city.messages.models import ChannelAccount
from baileo.city.messages.registry import PluginBroken, channel_class, channel_for
from baileo.city.messages.services import account_trouble, payload_store
from baileo.city.messages.wake import wake_waiting
from baileo.city.messages.workflow import wait_s
from baileo.core.errors import BaileoError, NotFound

logger = logging.getLogger(__name__)
NUDGE_EVERY_S = 1.0
LOOK_EVERY_S = 5.0  # for accounts that were made, changed or switched off
POLL_WAIT_S = 25  # the provider holds the line so long when nothing is there
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 120.0
STOPPING_TAKES_S = 2.0
FAILURES_ARE_TROUBLE = 3  # in a row


def run(stop: threading.Event) -> None:
    """Loop until `stop` is set, then return within about two seconds; a poll under way is left behind."""
    pollers: dict[int, Poller] = {}
    nudger = threading.Thread(target=_every, args=(NUDGE_EVERY_S, nudge, stop), name="nudge", daemon=True)
    nudger.start()
    _every(LOOK_EVERY_S, lambda: tend(pollers), stop)
    for poller in pollers.values():
        poller.stop.set()
    for thread in (nudger, *(poller.thread for poller in pollers.values())):
        thread.join(STOPPING_TAKES_S / (len(pollers) + 1))


def _every(period_s: float, step: Callable[[], object], stop: threading.Event) -> None:
    """Repeat `step`; a database that is away for a while is no reason to end."""
    while not stop.is_set():
        try:
            step()
        except DatabaseError as error:
            logger.warning("The database did not answer (%s); going on in a moment.", whereabouts(error))
        except Exception as error:  # noqa: BLE001  the loop must outlive any single failure
            logger.error("A watch loop failed and goes on: %s", whereabouts(error))
        finally:
            close_old_connections()
        stop.wait(period_s * random.uniform(0.9, 1.1))  # noqa: S311
    connection.close()


def nudge() -> list[str]:
    """Wake the worker for whatever is due: back-offs that ended, and wake-ups that were lost."""
    return wake_waiting()


def polled_accounts() -> dict[int, ChannelAccount]:
    """Enabled accounts that are set to polling and whose channel can."""
    found = {}
    for account in ChannelAccount.objects.filter(is_enabled=True, settings__mode="polling"):
        try:
            if channel_class(account.channel).can_poll:
                found[account.pk] = account
        except (NotFound, PluginBroken) as error:
            logger.error("Account %s is not polled: %s", account.slug, error)
    return found


def tend(pollers: dict[int, Poller]) -> None:
    """Let go of pollers whose account is gone or was switched off, start one for each new account."""
    wanted = polled_accounts()
    for pk in [pk for pk, poller in pollers.items() if pk not in wanted or not poller.thread.is_alive()]:
        pollers.pop(pk).stop.set()
    for pk in wanted.keys() - pollers.keys():
        pollers[pk] = Poller(pk)
        pollers[pk].thread.start()


class Poller:
    """One thread that asks one account's provider for news, over and over."""

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        self.stop = threading.Event()
        self.failures = 0
        self.thread = threading.Thread(target=self._loop, name=f"poll-{account_id}", daemon=True)

    def _loop(self) -> None:
        while not self.stop.is_set():
            rest_s = self.step()
            self.stop.wait(rest_s)
        connection.close()

    def step(self, wait: int = POLL_WAIT_S) -> float:
        """Poll once. Returns how many seconds to rest: 0 after success, growing after failures."""
        try:
            self._poll(wait)
        except (BaileoError, DatabaseError) as error:
            return self._failed(error)
        except Exception as error:  # noqa: BLE001  a plug-in's bug must not end the polling for good
            logger.error("Polling account %s failed: %s", self.account_id, whereabouts(error))
            return self._failed(error)
        finally:
            close_old_connections()
        self.failures = 0
        return 0.0

    def _poll(self, wait: int) -> None:
        account = ChannelAccount.objects.get(pk=self.account_id)  # its settings may have changed meanwhile
        channel = channel_for(account)
        connection.close()  # nobody keeps a database connection for the length of a long poll
        polled = channel.poll(account.poll_cursor, wait)
        if polled.bodies or polled.cursor != account.poll_cursor:
            bodies = [(channel.event_key(body), body, {"via": "polling"}) for body in polled.bodies]
            payload_store(account, bodies, cursor=polled.cursor)
        if account.trouble:
            account_trouble(account, "", actor="system:watch")

    def _failed(self, error: Exception) -> float:
        self.failures += 1
        # One dropped poll is an ordinary day on a thin link; a refused key is news at once.
        if isinstance(error, AccountTrouble) or (
            isinstance(error, BaileoError) and self.failures >= FAILURES_ARE_TROUBLE
        ):
            self._tell(str(error))
        return wait_s(self.failures, FIRST_WAIT_S, LONGEST_WAIT_S, random.random())  # noqa: S311

    def _tell(self, words: str) -> None:
        """The ledger hears of it once, however long it lasts."""
        try:
            account = ChannelAccount.objects.filter(pk=self.account_id).first()
            if account:
                account_trouble(account, words, actor="system:watch")
        except DatabaseError as error:
            logger.warning(
                "Account %s is in trouble, which could not be noted: %s", self.account_id, whereabouts(error)
            )
