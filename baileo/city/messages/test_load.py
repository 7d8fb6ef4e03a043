"""How fast one worker understands; run with `pytest -m load -s`. It measures and asserts only a floor far below."""

from __future__ import annotations

import json
import time

import pytest

from baileo.city.messages import services
from baileo.city.messages.models import Message
from baileo.city.messages.testing import an_account

COUNT = 2_000
PEOPLE = 500


def a_whatsapp_body(n: int) -> bytes:
    person = n % PEOPLE
    message = {
        "from": f"62812{person:08d}",
        "from_user_id": f"ID.{70_000_000 + person}",
        "id": f"wamid.{n:040d}",
        "timestamp": str(1_795_137_300 + n),
        "type": "text",
        "text": {"body": f"Lampu jalan di depan pasar mati sudah tiga hari, nomor {n}"},
    }
    contact = {
        "profile": {"name": f"Warga {person}"},
        "wa_id": message["from"],
        "user_id": message["from_user_id"],
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "62911000000", "phone_number_id": "100200300400500"},
        "contacts": [contact],
        "messages": [message],
    }
    entry = {"id": "900800700600500", "changes": [{"value": value, "field": "messages"}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


@pytest.mark.load
@pytest.mark.django_db(transaction=True)
def test_one_worker_understands_well_over_150_messages_a_second() -> None:
    settings = {"phone_number_id": "100200300400500"}
    account = an_account("whatsapp_cloud", "load", settings=settings)
    began = time.perf_counter()
    for start in range(0, COUNT, 100):
        bodies: list[tuple[str, bytes, dict[str, str]]] = [
            (f"k{n}", a_whatsapp_body(n), {}) for n in range(start, start + 100)
        ]
        services.payload_store(account, bodies)
    stored_s = time.perf_counter() - began
    began, cpu = time.perf_counter(), time.process_time()
    while services.payloads_understand():
        pass
    understood_s = time.perf_counter() - began
    assert Message.objects.count() == COUNT
    cpu_ms = (time.process_time() - cpu) / COUNT * 1_000
    print(f"\nstored {COUNT / stored_s:.0f}/s, understood {COUNT / understood_s:.0f}/s, {cpu_ms:.2f} ms of CPU each")  # noqa: T201
    assert COUNT / understood_s > 150
