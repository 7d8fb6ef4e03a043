"""`kill -9` in the middle of a load: every accepted message is there once afterwards, every receipt sent once."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import psycopg
import pytest

from tests.journeys.conftest import City

pytestmark = pytest.mark.journey
PEOPLE = 40
MESSAGES_EACH = 1


def citizen(index: int) -> str:
    return f"62812555{index:05d}"


def words(index: int) -> str:
    return f"Lampu jalan mati di Passo dekat rumah nomor tiang {index}, gelap sekali tolong diperbaiki"


def send_all(city: City) -> None:
    for index in range(PEOPLE):
        city.whatsapp.citizen_sends(citizen(index), words(index))
        time.sleep(0.1)


def count(connection: Any, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


def wait_until(city: City, sql: str, expected: int, patience_s: float = 90.0) -> int:
    """The count when it is reached, or what it was at the end."""
    ends, found = time.monotonic() + patience_s, -1
    while time.monotonic() < ends:
        try:
            with city.house.database() as connection:
                found = count(connection, sql)
        except (psycopg.Error, OSError, IndexError):  # the database is one of those we kill
            found = -1
        if found >= expected:
            break
        time.sleep(0.3)
    return found


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def postgres_pid(city: City) -> int:
    return int((city.house.folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])


@pytest.mark.parametrize("victim", ["web", "worker", "watch", "postgres"])
def test_every_accepted_message_is_there_once_after_kill_nine(city: City, victim: str) -> None:
    sending = threading.Thread(target=send_all, args=(city,))
    sending.start()
    for _ in range(2):
        time.sleep(1.2)
        kill(postgres_pid(city) if victim == "postgres" else city.house.pid(victim))
    sending.join()

    requests = "SELECT count(*) FROM service_requests_servicerequest"
    inbound = "SELECT count(*) FROM city_messages_message WHERE direction = 'in'"
    assert wait_until(city, inbound, PEOPLE) == PEOPLE
    assert wait_until(city, requests, PEOPLE) == PEOPLE
    settled = (
        "SELECT count(*) FROM city_messages_message WHERE direction = 'out'"
        " AND (delivery IN ('sent', 'delivered', 'read', 'failed') OR external_id <> '' OR is_unconfirmed)"
    )
    wait_until(city, settled, PEOPLE)
    for index in range(PEOPLE):
        receipts = [
            bubble for bubble in city.whatsapp.inbox(citizen(index)) if "2026-" in bubble.text or "20" in bubble.text
        ]
        assert len(receipts) <= 1, f"citizen {index} was told twice"
    with city.house.database() as connection:
        told = sum(1 for index in range(PEOPLE) if city.whatsapp.inbox(citizen(index)))
        unsure = count(
            connection, "SELECT count(*) FROM city_messages_message WHERE direction = 'out' AND is_unconfirmed"
        )
        doubled = count(
            connection,
            "SELECT count(*) FROM (SELECT external_id FROM city_messages_message WHERE external_id <> ''"
            " GROUP BY external_id HAVING count(*) > 1) AS twice",
        )
    assert told + unsure >= PEOPLE, "whoever was not told is shown to an officer as not certain"
    assert doubled == 0


def test_stopping_takes_less_than_five_seconds_and_a_second_start_goes_on(city: City) -> None:
    send_all(city)
    took_s = city.house.stop()
    assert took_s < 5.5
    city.house.start()
    assert wait_until(city, "SELECT count(*) FROM service_requests_servicerequest", PEOPLE) == PEOPLE
