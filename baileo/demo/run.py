"""The pretend city's own process, started by `baileo demo`: providers, citizens, officers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from django.conf import settings
from django.db import close_old_connections, connection

from baileo.demo.citizens import Citizens
from baileo.demo.officers import Officers
from baileo.demo.staff import staff_ensure
from baileo.demo.town import Town, accounts_ensure, make_town

logger = logging.getLogger(__name__)
OFFICERS_PER_REPORT = 5.0  # steps at the desk for each thing citizens say: about as many as a request needs
ASK_SITE_EVERY_S = 0.5
AFTER_TROUBLE_S = 5.0


def run(stop: Event) -> None:
    """Until `stop`. The demo's data must have been loaded (`seeding.demo_load`)."""
    rate = settings.BAILEO.demo_rate
    with make_town(settings.BAILEO.demo_port, delays_s=(0.3, 0.8, 4.0)) as town:
        accounts_ensure(town.front)
        citizens, officers = Citizens(town, seed=_seed()), Officers(staff_ensure(), seed=_seed())
        threads = [
            _thread("citizens", stop, lambda: citizens.run(stop, rate)),
            _thread("officers", stop, lambda: officers.run(stop, rate * OFFICERS_PER_REPORT)),
        ]
        connection.close()
        _connect(town, stop)
        stop.wait()
        for thread in threads:
            thread.join(timeout=2)


def _connect(town: Town, stop: Event) -> None:
    """WhatsApp asks for our webhook until the site answers."""
    while not town.connect_whatsapp() and not stop.wait(ASK_SITE_EVERY_S):
        pass


def _thread(name: str, stop: Event, work: Callable[[], None]) -> Thread:
    """The database may go away and come back; the people go on."""

    def live() -> None:
        while not stop.is_set():
            try:
                work()
            except Exception:
                logger.exception("The pretend %s stumbled.", name)
                stop.wait(AFTER_TROUBLE_S)
            finally:
                close_old_connections()
                connection.close()

    thread = Thread(target=live, name=name, daemon=True)
    thread.start()
    return thread


def _seed() -> int:
    """Another day, other words: the port differs from start to start."""
    return settings.BAILEO.demo_port
