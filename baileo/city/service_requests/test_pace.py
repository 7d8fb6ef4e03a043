"""Intake's pace, its portions, two workers at once, and a watch that loses its connection."""

from __future__ import annotations

import threading
import time
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from baileo.city.messages.models import Message
from baileo.city.messages.testing import an_account, body_of, hear, understand_all, words
from baileo.city.messages.testing import arrive as bodies_arrive
from baileo.city.service_requests import jobs, services, watch
from baileo.city.service_requests.models import RequestMessage, ServiceRequest
from baileo.city.service_requests.services.intake import reader
from baileo.city.service_requests.services.intake.reader import Hold, Pace, _portion
from baileo.city.service_requests.testing import a_request, a_rule, a_talk, step
from baileo.city.service_requests.workflow import State
from baileo.ground.ledger.models import Cursor, Entry
from baileo.ground.people.testing import cast

REPORT = "Tolong, lampu jalan mati di depan pasar"

# --- the pace ---


def test_a_quick_transaction_lets_the_next_one_take_more() -> None:
    pace = Pace()
    for _ in range(20):
        pace.learn(pace.messages, 0.01)
    assert pace.messages == Pace.MOST


def test_a_slow_transaction_lets_the_next_one_take_less_but_not_nothing() -> None:
    pace = Pace()
    pace.messages = Pace.MOST
    for _ in range(20):
        pace.learn(pace.messages, 5.0)
    assert pace.messages == Pace.FEWEST


def test_one_slow_moment_does_not_decide() -> None:
    pace = Pace()
    pace.messages = 40
    pace.learn(40, 60.0)
    assert pace.messages >= 20


def test_a_run_without_messages_teaches_nothing() -> None:
    pace = Pace()
    pace.learn(0, 9.0)
    assert pace.messages == Pace.FEWEST


def test_only_the_time_of_writing_counts() -> None:
    hold = Hold()
    assert hold.took_s() == 0.0
    hold.begin()
    first = hold.took_s()
    hold.begin()  # it began when it first began
    assert hold.took_s() >= first > 0.0


@given(st.lists(st.tuples(st.integers(0, 100), st.floats(0, 100)), max_size=50))
def test_the_pace_stays_within_its_bounds(runs: list[tuple[int, float]]) -> None:
    pace = Pace()
    for messages, took_s in runs:
        pace.learn(messages, took_s)
        assert Pace.FEWEST <= pace.messages <= Pace.MOST


@given(
    st.lists(st.sampled_from(["message.received", "message.edited", "service_request.created"]), max_size=40),
    st.integers(1, 9),
)
def test_a_portion_holds_at_most_so_many_messages_and_skips_nothing(kinds: list[str], most: int) -> None:
    entries = [Entry(kind=kind) for kind in kinds]
    portion = _portion(entries, most)
    assert portion == entries[: len(portion)]
    heard = sum(entry.kind.startswith("message.") for entry in portion)
    assert heard <= most
    assert len(portion) == len(entries) or heard == most


# --- the reader in small steps ---


def fifty_reports() -> None:
    account = an_account()
    bodies = [body_of(words(f"m{n}", f"{REPORT} {n}", **{"from": f"p{n}"})) for n in range(50)]
    bodies_arrive(account, *bodies)
    understand_all()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("messages", [1, 7, 100])
def test_portions_of_any_size_lead_to_the_same_requests(messages: int) -> None:
    fifty_reports()
    runs = 0
    while services.intake(messages=messages).read:
        runs += 1
    assert ServiceRequest.objects.count() == 50
    assert RequestMessage.objects.filter(message__direction="in").count() == 50
    assert runs >= 50 // messages
    assert [request.number for request in ServiceRequest.objects.order_by("id")] == [
        f"2026-{n:06d}" for n in range(1, 51)
    ]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_take_every_message_once() -> None:
    fifty_reports()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while services.intake(messages=5).read:
                pass
        except BaseException as error:  # noqa: BLE001  shown by the assertion below
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert ServiceRequest.objects.count() == 50
    assert Message.objects.filter(template="receipt").count() == 50
    assert Entry.objects.filter(kind="service_request.created").count() == 50


@pytest.mark.django_db(transaction=True)
def test_entries_of_other_kinds_are_passed_by() -> None:
    for _ in range(3):
        step(a_request(), State.VERIFIED)
    done = services.intake()
    assert (done.read > 0, done.created, done.linked, done.left) == (True, 0, 0, 0)
    position = Cursor.objects.get(reader=reader.READER)
    assert position.entry_id == Entry.objects.latest("id").pk


@pytest.mark.django_db(transaction=True)
def test_a_message_understood_again_makes_no_second_request() -> None:
    """Somebody reopened the payload: the same message, a new entry at most."""
    account = an_account()
    hear(account, words("a", REPORT))
    while services.intake().read:
        pass
    hear(account, words("a", REPORT))
    Cursor.objects.update(txid=0, entry_id=0)  # the worst case: the reader starts all over
    while services.intake().read:
        pass
    assert ServiceRequest.objects.count() == 1
    assert Message.objects.filter(template="receipt").count() == 1


# --- others at the same moment ---


def all_at_once(*deeds: object) -> list[object]:
    """Run each deed in a thread of its own, started together; what each gave back or raised."""
    results: list[object] = []
    gate = threading.Barrier(len(deeds))

    def run(deed: object) -> None:
        gate.wait()
        try:
            results.append(deed() if callable(deed) else None)
        except Exception as error:  # noqa: BLE001  a result like any other here
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_one_click_that_arrives_twice_at_once_answers_once() -> None:
    people = cast()
    request = a_request(conversation_id=a_talk().pk)
    click = uuid4()

    def answer() -> object:
        return services.request_reply(number=request.number, actor=people.cora, text="Kami cek", client_id=click)

    first, second = all_at_once(answer, answer)
    assert first == second
    assert Message.objects.filter(author=people.cora).count() == 1
    assert Entry.objects.filter(kind="service_request.replied").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_tell_each_missed_promise_once() -> None:
    a_rule("verify_by", amount=1, unit="hours")
    for _ in range(10):
        a_request()
    results = all_at_once(services.overdue_sweep, services.overdue_sweep, services.overdue_sweep)
    while services.overdue_sweep():
        pass
    assert not any(isinstance(result, Exception) for result in results)
    told = list(Entry.objects.filter(kind="service_request.became_overdue").values_list("subject", flat=True))
    assert len(told) == len(set(told)) == 10


@pytest.mark.django_db(transaction=True)
def test_notes_of_two_officers_never_push_each_other_off() -> None:
    people = cast()
    request = a_request()

    def note(person: object, text: str) -> object:
        return lambda: services.request_add_note(number=request.number, actor=person, text=text)  # type: ignore[arg-type]

    results = all_at_once(note(people.cora, "satu"), note(people.supi, "dua"), note(people.tara, "tiga"))
    assert not any(isinstance(result, Exception) for result in results)
    assert request.notes.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_citizen_writing_while_an_officer_acts_disturbs_neither() -> None:
    people = cast()
    account = an_account()
    hear(account, words("a", REPORT))
    while services.intake().read:
        pass
    request = ServiceRequest.objects.get()
    hear(account, words("b", "Kapan petugas datang?", at="2026-11-21T01:15:00+00:00"))

    def assign() -> object:
        return services.request_assign(number=request.number, agency_code="pupr", seen_version=1, actor=people.cora)

    results = all_at_once(assign, services.intake)
    assert not any(isinstance(result, Exception) for result in results)
    fresh = ServiceRequest.objects.get()
    assert (fresh.state, fresh.version) == (State.ASSIGNED, 2)
    assert fresh.links.filter(message__direction="in").count() == 2


# --- the watch ---


@pytest.mark.django_db(transaction=True)
def test_the_watch_comes_back_when_its_connection_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "RECONNECT_S", 0.05)
    stop = threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,), daemon=True)
    thread.start()
    try:
        assert _comes_true(lambda: _listeners() == 1)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'LISTEN%%'"
            )
        ProcrastinateJob.objects.filter(task_name=jobs.INTAKE)._raw_delete("default")
        assert _comes_true(lambda: _listeners() == 1)
        step(a_request(), State.VERIFIED)
        assert _comes_true(lambda: ProcrastinateJob.objects.filter(task_name=jobs.INTAKE, status="todo").exists())
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def _listeners() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%%'"
        )
        return int(cursor.fetchone()[0])


def _comes_true(condition: object, within_s: float = 20.0) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if callable(condition) and condition():
            return True
        time.sleep(0.02)
    return False
