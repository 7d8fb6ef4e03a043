"""`baileo bench intake`: from a webhook to an officer's screen, measured on the machine at hand.

Everything runs on this machine: PostgreSQL with fsync on, web, worker, watch, the browser and the load generator.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from baileo.demo.bench import load
from baileo.demo.house import House, free_port

HOOK = "/hooks/whatsapp_cloud/bench"
SETUP = """
from baileo.city.messages.services import account_save
from baileo.ground.people.services import user_save, membership_give
from baileo.ground.people.models import User
account_save(account=None, channel="whatsapp_cloud", slug="bench", name="Bench", is_enabled=True,
    settings={{"phone_number_id": "{phone}", "api_base": "http://127.0.0.1:{provider}"}},
    secrets={{"access_token": "bench", "app_secret": "{secret}", "verify_token": "bench"}}, actor="system:bench")
user = user_save(user=User(username="bench", full_name="Bench"), actor="system:bench", password="bench-officer-pass")
membership_give(user=user, role="coordinator", actor="system:bench")
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.conf import settings
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
print(session.session_key)
"""

Say = Callable[[str], None]


def run(*, say: Say, webhooks: int = 12_000, understood: int = 3_000, steady_s: float = 20.0) -> dict[str, Any]:
    """Measure the four figures in a fresh house; a figure that cannot be had is None, with the reason in `notes`."""
    figures: dict[str, Any] = {"notes": []}
    with (
        tempfile.TemporaryDirectory(prefix="baileo-bench-") as folder,
        _provider() as provider,
        House(Path(folder) / "data", environment={"BAILEO_NET_ALLOW": f"127.0.0.1:{provider}"}) as house,
    ):
        return figures | _all(
            house,
            provider,
            say=say,
            webhooks=webhooks,
            understood=understood,
            steady_s=steady_s,
            notes=figures["notes"],
        )


@contextmanager
def _provider() -> Iterator[int]:
    port = free_port()
    process = multiprocessing.Process(target=_provider_process, args=(port,), daemon=True)
    process.start()
    try:
        yield port
    finally:
        process.terminate()
        process.join()


def _provider_process(port: int) -> None:
    asyncio.run(load.provider(port))


def _all(
    house: House, provider: int, *, say: Say, webhooks: int, understood: int, steady_s: float, notes: list[str]
) -> dict[str, Any]:
    setup = SETUP.format(phone=load.PHONE_NUMBER_ID, secret=load.APP_SECRET, provider=provider)
    session = house.django(setup).strip().splitlines()[-1]
    figures: dict[str, Any] = {}
    say("idle memory")
    time.sleep(30)  # idle is when connections of the start have been given back
    figures |= idle_memory(house)
    say("visible on an open desk")
    figures |= visible(house, session, steady_s, notes)
    say("accepted webhooks")
    figures |= accepted(house, webhooks)
    say("understood by one worker")
    return figures | understood_per_s(house, understood)


def idle_memory(house: House) -> dict[str, Any]:
    """Resident memory of supervisor, web, worker, watch and PostgreSQL, in MB.

    `idle_rss_mb` adds up what each process has resident, so pages they share count several times; `idle_pss_mb`
    counts each shared page once.
    """
    root = psutil.Process(house.supervisor_pid)
    family = [root, *root.children(recursive=True)]
    rss = sum(process.memory_info().rss for process in family)
    try:
        pss = sum(process.memory_full_info().pss for process in family)
    except (psutil.AccessDenied, AttributeError):
        pss = None
    return {"idle_rss_mb": round(rss / 1e6, 1), "idle_pss_mb": round(pss / 1e6, 1) if pss else None}


def _flood_process(port: int, count: int, prefix: str, answer: Any) -> None:
    tally = asyncio.run(load.flood(port, HOOK, count=count, connections=96, code=lambda index: f"{prefix}{index}"))
    answer.put((tally.accepted, tally.refused, tally.seconds, tally.latencies_ms))


def flood(house: House, count: int, prefix: str) -> load.Tally:
    """The generator in a process of its own, as a provider is."""
    answer: Any = multiprocessing.Queue()
    process = multiprocessing.Process(target=_flood_process, args=(house.port, count, prefix, answer))
    process.start()
    tally = load.Tally(*answer.get())
    process.join()
    return tally


def _count(house: House, sql: str) -> int:
    with house.database() as connection:
        found: Any = connection.execute(sql.encode()).fetchone()
    return int(found[0])


def _payloads(house: House) -> int:
    return _count(house, "SELECT count(*) FROM city_messages_inboundpayload")


def accepted(house: House, count: int) -> dict[str, Any]:
    """Webhooks answered 200 a second, worker running; checked against the rows that are really there."""
    before = _payloads(house)
    tally = flood(house, count, "a")
    stored = _payloads(house) - before
    ordered = sorted(tally.latencies_ms)
    return {
        "accepted_per_s": round(tally.per_s, 1),
        "accepted_p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
        "accepted": tally.accepted,
        "refused": tally.refused,
        "stored": stored,
    }


def understood_per_s(house: House, count: int) -> dict[str, Any]:
    """Requests made a second by one worker from payloads that wait; the worker is held while they come in."""
    _drain(house)
    worker = house.pid("worker")
    os.kill(worker, signal.SIGSTOP)
    flood(house, count, "u")
    before = _count(house, "SELECT count(*) FROM service_requests_servicerequest")
    began = time.perf_counter()
    os.kill(worker, signal.SIGCONT)
    while (made := _count(house, "SELECT count(*) FROM service_requests_servicerequest") - before) < count:
        if time.perf_counter() - began > 120:
            break
        time.sleep(0.05)
    return {"understood_per_s": round(made / (time.perf_counter() - began), 1), "understood": made}


def _drain(house: House, patience_s: float = 300) -> None:
    ends = time.monotonic() + patience_s
    waiting = "SELECT count(*) FROM city_messages_inboundpayload WHERE state = 'received'"
    while _count(house, waiting) and time.monotonic() < ends:
        time.sleep(0.2)
    time.sleep(3)  # the intake reader follows the ledger


def visible(house: House, session: str, seconds: float, notes: list[str]) -> dict[str, Any]:
    """Webhook sent to row in the DOM of an open desk in Chromium, at 50 messages a second, in ms."""
    browser = Path("/usr/bin/chromium")
    if find_spec("playwright") is None or not browser.exists():
        notes.append("visible_p95_ms needs Chromium and the Python package playwright; one of them is missing here")
        return {"visible_p95_ms": None}
    answer: Any = multiprocessing.Queue()
    desk = multiprocessing.Process(target=_desk_process, args=(house.url, session, str(browser), seconds, answer))
    desk.start()
    answer.get()  # the desk is open and listens
    left = asyncio.run(load.steady(house.port, HOOK, per_s=50, seconds=seconds, code=lambda index: f"v{index}x"))
    seen: dict[str, float] = answer.get()
    desk.join()
    delays = sorted(seen[code] - at for code, at in left.items() if code in seen)
    lost = len(left) - len(delays)
    if lost:
        notes.append(f"{lost} of {len(left)} messages were not seen on the desk within {seconds + 10:.0f} s")
    if not delays:
        return {"visible_p95_ms": None}
    return {
        "visible_p95_ms": round(delays[int(len(delays) * 0.95)], 1),
        "visible_median_ms": round(statistics.median(delays), 1),
        "visible_seen": len(delays),
        "visible_sent": len(left),
    }


WATCH_ROWS = """
() => {
  window.seen = {};
  const note = (row) => {
    const words = row.querySelector?.('a.t')?.textContent ?? '';
    const code = /kode (v\\d+x)/.exec(words)?.[1];
    if (code && !(code in window.seen)) window.seen[code] = performance.timeOrigin + performance.now();
  };
  const rows = (node) => (node.matches('article.row') ? [node] : node.querySelectorAll('article.row'));
  const all = (node) => node.nodeType === 1 && rows(node).forEach(note);
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(all)))
    .observe(document.body, { childList: true, subtree: true });
}
"""


def _desk_process(url: str, session: str, browser_path: str, seconds: float, answer: Any) -> None:
    with import_module("playwright.sync_api").sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        page = context.new_page()
        page.goto(f"{url}/desk/?queue=new&sort=newest")
        page.wait_for_selector("[data-rows]")
        page.evaluate(WATCH_ROWS)
        page.wait_for_timeout(2_000)
        answer.put("open")
        page.wait_for_timeout((seconds + 10) * 1000)
        answer.put(page.evaluate("() => window.seen"))
        browser.close()
