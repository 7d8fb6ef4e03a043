"""Each check on its own: what it says when it is well, when to look, and when it is broken."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import psycopg
import pytest
from django.db import connection
from django.utils import translation

from baileo.city.messages.models import ChannelAccount, InboundPayload
from baileo.core.clock import now
from baileo.ground.ledger.models import Cursor, Entry
from baileo.ground.ledger.services import append
from baileo.ground.ledger.testing import all_settled
from baileo.web.api.health import examination
from baileo.web.api.health.check import Check, by_limits
from baileo.web.api.health.database import database_check, schema_check
from baileo.web.api.health.disk import GB, disk_check
from baileo.web.api.health.processes import PLACE, process_checks
from baileo.web.api.health.queues import channel_checks, ledger_checks, waiting_checks, worker_check
from baileo.web.api.health.report import report, status_of

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def states(found: list[Check]) -> dict[str, str]:
    return {check.name: check.state for check in found}


def tell(data_dir: Path, processes: dict[str, Any], written_at: datetime | None = None) -> None:
    path = data_dir / PLACE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"written_at": (written_at or now()).isoformat(), "processes": processes}))


class TestProcesses:
    def test_running_ones_are_well_and_dead_ones_are_named_with_their_end(self, tmp_path: Path) -> None:
        dead = {"state": "backoff", "pid": None, "restarts": 4, "last_exit": "exit code 1"}
        tell(tmp_path, {"web": {"state": "running", "restarts": 0}, "worker": dead})
        worker, web = sorted(process_checks(tmp_path), key=lambda check: check.state)
        assert (web.name, web.state, web.what_to_do) == ("web", "ok", "")
        assert (worker.name, worker.state) == ("worker", "fail")
        assert "exit code 1" in worker.words
        assert "logs/worker.log" in worker.what_to_do
        assert worker.figures["restarts"] == 4

    def test_a_restarted_one_is_well_and_says_so(self, tmp_path: Path) -> None:
        tell(tmp_path, {"watch": {"state": "running", "restarts": 3, "since": now().isoformat()}})
        [watch] = process_checks(tmp_path)
        assert (watch.state, "3 times" in watch.words) == ("ok", True)

    @pytest.mark.parametrize("content", [None, "", "{", '{"processes": 7}', "\xff"])
    def test_without_a_supervisors_word_it_is_said_that_nobody_supervises(
        self, tmp_path: Path, content: str | None
    ) -> None:
        if content is not None:
            tell(tmp_path, {})
            (tmp_path / PLACE).write_text(content, encoding="latin-1")
        assert states(process_checks(tmp_path)) == {"supervisor": "warn"}

    def test_an_old_word_is_none(self, tmp_path: Path) -> None:
        tell(tmp_path, {"web": {"state": "running"}}, now() - timedelta(seconds=16))
        assert states(process_checks(tmp_path)) == {"supervisor": "warn"}


class TestDatabase:
    @pytest.mark.django_db
    def test_an_answering_one_says_its_version(self) -> None:
        check = database_check()
        assert (check.state, check.figures["version"]) == ("ok", 18)

    def test_one_that_is_away_is_broken_and_no_secret_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        gone = psycopg.OperationalError("connection to server failed: password=geheim")
        monkeypatch.setattr(psycopg, "connect", MagicMock(side_effect=gone))
        check = database_check()
        assert (check.state, "geheim" in f"{check}", bool(check.what_to_do)) == ("fail", False, True)

    def test_one_that_is_too_old_is_broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        old = MagicMock()
        old.return_value.__enter__.return_value.info.server_version = 150_004
        monkeypatch.setattr(psycopg, "connect", old)
        check = database_check()
        assert (check.state, "16 or newer" in check.what_to_do) == ("fail", True)

    @pytest.mark.django_db
    def test_the_schema_fits(self) -> None:
        assert schema_check().state == "ok"

    @pytest.mark.django_db
    def test_a_missing_migration_names_the_command(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'api'")
        check = schema_check()
        assert (check.state, check.figures["missing"], "baileo migrate" in check.what_to_do) == ("fail", 1, True)

    @pytest.mark.django_db
    def test_a_newer_schema_is_broken(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('api', '0099_later', now())")
        check = schema_check()
        assert (check.state, "newer" in check.words) == ("fail", True)


@pytest.mark.django_db
class TestWorker:
    def _worker(self, silent_s: int = 0) -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - make_interval(secs => %s)) RETURNING id",
                [silent_s],
            )
            return int(cursor.fetchone()[0])

    def _job(self, status: str, worker: int | None = None, *, waited_s: int = 0, due_in_s: int | None = None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id, scheduled_at)"
                " VALUES ('default', 'x', %s, %s, now() + make_interval(secs => %s)) RETURNING id",
                [status, worker, due_in_s],
            )
            cursor.execute(
                "UPDATE procrastinate_events SET at = now() - make_interval(secs => %s) WHERE job_id = %s",
                [waited_s, cursor.fetchone()[0]],
            )

    def test_one_that_gives_a_sign_is_well(self) -> None:
        self._worker(silent_s=500)
        self._job("doing", self._worker())
        assert worker_check().state == "ok"

    def test_none_is_broken(self) -> None:
        self._worker(silent_s=31)
        assert worker_check().state == "fail"

    def test_jobs_of_a_dead_one_are_shown(self) -> None:
        self._worker()
        self._job("doing", self._worker(silent_s=60))
        check = worker_check()
        assert (check.state, check.figures["stalled_jobs"]) == ("warn", 1)

    @pytest.mark.parametrize(("waited_s", "state"), [(10, "ok"), (130, "warn"), (700, "fail")])
    def test_waiting_jobs_are_judged_by_their_age(self, waited_s: int, state: str) -> None:
        self._job("todo", waited_s=waited_s)
        assert states(waiting_checks())["jobs"] == state

    def test_a_job_planned_for_later_does_not_wait(self) -> None:
        self._job("todo", waited_s=9999, due_in_s=600)
        assert states(waiting_checks())["jobs"] == "ok"


@pytest.mark.django_db
class TestQueues:
    @pytest.mark.parametrize(("waited_s", "state"), [(None, "ok"), (10, "ok"), (40, "warn"), (130, "fail")])
    def test_payloads_are_judged_by_the_oldest(self, waited_s: int | None, state: str) -> None:
        account = ChannelAccount.objects.create(channel="pigeon", slug="ambon", name="Merpati")
        if waited_s is not None:
            at = now() - timedelta(seconds=waited_s)
            InboundPayload.objects.create(account=account, event_key="1", body=b"", sha256="", received_at=at)
        found = {check.name: check for check in waiting_checks()}
        assert found["payloads"].state == state
        assert float(found["payloads"].figures["oldest_s"]) >= (waited_s or 0)
        assert states(waiting_checks())["outbox"] == states(waiting_checks())["attachments"] == "ok"

    def test_channels_are_named_by_their_address_and_say_what_is_wrong(self) -> None:
        ChannelAccount.objects.create(channel="pigeon", slug="ok", name="Ibu Lin", last_inbound_at=now())
        ChannelAccount.objects.create(channel="pigeon", slug="off", name="Pak Ongen", is_enabled=False)
        ChannelAccount.objects.create(
            channel="pigeon", slug="bad", name="Merpati", trouble="Wrong token.", trouble_since=now()
        )
        found = {check.name: check for check in channel_checks()}
        assert {name: check.state for name, check in found.items()} == {
            "pigeon/ok": "ok",
            "pigeon/off": "ok",
            "pigeon/bad": "fail",
        }
        assert "Wrong token." in found["pigeon/bad"].words
        assert found["pigeon/bad"].what_to_do


@pytest.mark.django_db
class TestLedger:
    def test_an_empty_ledger_is_well(self) -> None:
        assert states(ledger_checks()) == {"horizon": "ok"}

    @pytest.mark.parametrize(("age_s", "state"), [(1, "ok"), (20, "warn"), (200, "fail")])
    def test_a_transaction_that_stays_open_is_found(self, age_s: int, state: str) -> None:
        """The test's own transaction is that transaction."""
        Entry.objects.create(kind="x", subject="y", actor="z", at=now() - timedelta(seconds=age_s))
        [horizon] = ledger_checks()
        assert (horizon.state, bool(horizon.what_to_do)) == (state, state != "ok")

    def test_a_reader_that_lags_is_named(self) -> None:
        Entry.objects.create(kind="x", subject="y", actor="z", at=now() - timedelta(seconds=100))
        last = Entry.objects.get()
        Cursor.objects.create(reader="room.slow")
        Cursor.objects.create(reader="room.quick", txid=last.txid, entry_id=last.pk)
        with all_settled():
            found = states(ledger_checks())
        assert (found["room.slow"], found["room.quick"]) == ("warn", "ok")


@pytest.mark.parametrize(
    ("free", "total", "state"),
    [(50 * GB, 100 * GB, "ok"), (9 * GB, 100 * GB, "warn"), (GB, 5 * GB, "warn"), (GB // 3, 5 * GB, "fail")],
)
def test_the_disk_is_judged_by_what_is_free(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, total: int, state: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(total, total - free, free))
    check = disk_check(tmp_path)
    assert (check.state, check.figures["free_bytes"]) == (state, free)


def test_a_data_folder_that_is_not_there_is_broken(tmp_path: Path) -> None:
    assert disk_check(tmp_path / "gone").state == "fail"


@pytest.mark.parametrize(("value", "state"), [(30, "ok"), (30.1, "warn"), (120, "warn"), (121, "fail")])
def test_limits_are_still_well(value: float, state: str) -> None:
    assert by_limits(value, warn=30, fail=120) == state


@pytest.mark.django_db
def test_an_examination_names_every_part() -> None:
    append(kind="people.signed_in", subject="user:1", actor="user:1")
    found = examination.checks()
    assert {check.group for check in found} >= {"processes", "database", "queue", "disk", "ledger"}
    assert all(check.what_to_do for check in found if check.state != "ok")


@pytest.mark.django_db
def test_a_check_that_breaks_is_itself_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = ("channels", "accounts", MagicMock(side_effect=ZeroDivisionError))
    monkeypatch.setattr(examination, "_IN_DATABASE", (broken, ("database", "schema", schema_check)))
    found = {check.name: check for check in examination.checks()}
    assert (found["accounts"].state, found["schema"].state) == ("fail", "ok")
    assert "ZeroDivisionError" in found["accounts"].words


def test_without_database_the_rest_is_still_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else touches the database: this test has no permission for it."""
    monkeypatch.setattr(psycopg, "connect", MagicMock(side_effect=psycopg.OperationalError))
    found = examination.checks()
    assert {check.group for check in found} == {"processes", "database", "disk"}
    assert status_of(found) == "down"


CHECKS = [
    Check("database", "connection", "ok", "words", "", {"version": 18}),
    Check("queue", "worker", "fail", "secret words", "do this"),
]


@pytest.mark.parametrize(
    ("others", "status"), [([], "ok"), (["warn"], "ok"), (["warn", "fail"], "degraded"), (["fail"], "degraded")]
)
def test_only_what_is_broken_degrades(others: list[Any], status: str) -> None:
    found = [CHECKS[0], *(Check("queue", str(n), state, "") for n, state in enumerate(others))]
    assert status_of(found) == status


def test_a_report_tells_strangers_states_and_insiders_everything() -> None:
    public, detailed = (report(CHECKS, is_detailed=one) for one in (False, True))
    assert public["queue"] == {"worker": {"state": "fail"}}
    assert detailed["queue"] == {"worker": {"state": "fail", "words": "secret words", "what_to_do": "do this"}}
    assert detailed["database"]["connection"]["version"] == 18
    assert set(public) == {
        "status", "version", "at", "processes", "database", "queue", "channels", "disk", "ledger"
    }  # fmt: skip
