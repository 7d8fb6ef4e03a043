"""The loop of the watch process: hears that the ledger grew and wakes intake at once.

A wake-up that is lost here costs a minute at most: the sweep in `jobs` looks too.
"""

from __future__ import annotations

import logging
import threading

import psycopg
from django.db import DatabaseError, close_old_connections, connections

from baileo.city.messages.wake import wake
from baileo.city.service_requests.jobs import INTAKE
from baileo.ground.ledger.reader import CHANNEL, connection_settings

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0  # how often `stop` is looked at
RECONNECT_S = 2.0


def run(stop: threading.Event) -> None:
    """Until `stop` is set; survives a database that goes away."""
    while not stop.is_set():
        try:
            _listen(stop)
        except (psycopg.Error, DatabaseError, OSError) as error:
            logger.warning("The watch of the ledger lost its connection (%s); trying again.", type(error).__name__)
            stop.wait(RECONNECT_S)
    connections.close_all()


def _listen(stop: threading.Event) -> None:
    """One connection, LISTENing. Many notifications that came together are one wake-up."""
    with psycopg.connect(**connection_settings(), autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        _wake()  # whatever was appended before we listened
        while not stop.is_set():
            if list(listener.notifies(timeout=LOOK_EVERY_S, stop_after=1)):
                _wake()


def _wake() -> None:
    close_old_connections()
    wake(INTAKE)
