"""What waits to be done, and whether anybody comes to do it."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from baileo.city.messages.selectors import AccountHealth, account_health, queue_age
from baileo.core.clock import now
from baileo.ground.ledger.models import Cursor
from baileo.ground.ledger.position import Position
from baileo.ground.ledger.selectors import entries_after
from baileo.web.api.health.check import Check, State, by_limits
from baileo.web.shared.wording import span_in_words

WORKER_SILENT_S = 30  # it gives a sign every ten
WAITING = {  # seconds the oldest may wait: look, broken
    "payloads_s": (30, 120),
    "outbox_s": (60, 300),
    "attachments_s": (300, 1800),
    "jobs_s": (120, 600),
}
WAITING_NAMES = {"payloads_s": "payloads", "outbox_s": "outbox", "attachments_s": "attachments", "jobs_s": "jobs"}
HORIZON_WARN_S, HORIZON_FAIL_S = 10, 120
READER_WARN_S, READER_FAIL_S = 60, 600

_WORKERS = """
SELECT count(*) FILTER (WHERE last_heartbeat > now() - make_interval(secs => %s)),
       (SELECT count(*) FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker
               ON worker.id = job.worker_id
         WHERE job.status = 'doing'
           AND (worker.id IS NULL OR worker.last_heartbeat <= now() - make_interval(secs => %s)))
  FROM procrastinate_workers
"""
_OLDEST_JOB = """
SELECT coalesce(max(extract(epoch FROM now() - greatest(coalesce(job.scheduled_at, deferred.at), deferred.at))), 0)
  FROM procrastinate_jobs AS job
  JOIN procrastinate_events AS deferred ON deferred.job_id = job.id AND deferred.type = 'deferred'
 WHERE job.status = 'todo'
"""
_UNSETTLED = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0) FROM ledger_entry
 WHERE txid >= pg_snapshot_xmin(pg_current_snapshot())
"""


def worker_check() -> Check:
    with connection.cursor() as cursor:
        cursor.execute(_WORKERS, [WORKER_SILENT_S, WORKER_SILENT_S])
        alive, stalled = cursor.fetchone()
    figures = {"workers": alive, "stalled_jobs": stalled}
    if not alive:
        words = _("No worker gives a sign of life. Messages are kept, but neither understood nor answered.")
        return Check("queue", "worker", "fail", words, _("Start `baileo worker` or `baileo up`."), figures)
    if stalled:
        words = _("%(n)s jobs belong to a worker that is gone.") % {"n": stalled}
        return Check("queue", "worker", "warn", words, _("They are taken over within a minute."), figures)
    return Check("queue", "worker", "ok", _("Works."), "", figures)


def waiting_checks() -> list[Check]:
    """How long the oldest has been waiting, in each queue."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_JOB)
        jobs_s = float(cursor.fetchone()[0])
    return [_waiting(name, age_s) for name, age_s in {**queue_age(), "jobs_s": jobs_s}.items()]


def _waiting(name: str, age_s: float) -> Check:
    warn, fail = WAITING[name]
    state = by_limits(age_s, warn=warn, fail=fail)
    words = (
        _("The oldest has been waiting: %(time)s.") % {"time": span_in_words(age_s)} if age_s else _("Nothing waits.")
    )
    advice = "" if state == "ok" else _("See whether the worker runs, and its log.")
    return Check("queue", WAITING_NAMES[name], state, words, advice, {"oldest_s": round(age_s, 1)})


def channel_checks() -> list[Check]:
    return [_channel(account) for account in account_health()]


def _channel(account: AccountHealth) -> Check:
    states: dict[str, State] = {"ok": "ok", "disabled": "ok", "quiet": "warn", "trouble": "fail"}
    state = states[account.state]
    figures: dict[str, float | int | str] = {
        "account_state": account.state,
        "waiting": account.waiting,
        "oldest_waiting_s": round(account.oldest_waiting_s, 1),
        "refused_count": account.refused_count,
    }
    for name, at in (("last_inbound_at", account.last_inbound_at), ("last_outbound_at", account.last_outbound_at)):
        if at:
            figures[name] = at.isoformat()
    advice = "" if state == "ok" else _("Press Test on the account in the back office.")
    words = str(account.words) or {"disabled": _("Switched off.")}.get(account.state, _("Works."))
    return Check("channels", f"{account.channel}/{account.slug}", state, words, advice, figures)


def ledger_checks() -> list[Check]:
    """The horizon stands still while any transaction stays open; and readers may lag behind it."""
    return [_horizon(), *(_reader(cursor) for cursor in Cursor.objects.order_by("reader"))]


def _horizon() -> Check:
    with connection.cursor() as cursor:
        cursor.execute(_UNSETTLED)
        lag_s = float(cursor.fetchone()[0])
    state = by_limits(lag_s, warn=HORIZON_WARN_S, fail=HORIZON_FAIL_S)
    if state == "ok":
        return Check("ledger", "horizon", state, _("What happens is told at once."), "", {"lag_s": round(lag_s, 1)})
    words = _("What happened is told late by %(time)s: a transaction stays open.") % {"time": span_in_words(lag_s)}
    advice = _("Find it in pg_stat_activity (oldest xact_start) and end it.")
    return Check("ledger", "horizon", state, words, advice, {"lag_s": round(lag_s, 1)})


def _reader(cursor: Cursor) -> Check:
    unread = entries_after(Position(cursor.txid, cursor.entry_id), limit=1)
    lag_s = (now() - unread[0].at).total_seconds() if unread else 0.0
    state = by_limits(lag_s, warn=READER_WARN_S, fail=READER_FAIL_S)
    words = _("Has read everything.") if state == "ok" else _("Is behind by %(time)s.") % {"time": span_in_words(lag_s)}
    advice = "" if state == "ok" else _("See whether the worker runs, and its log.")
    return Check("ledger", cursor.reader, state, words, advice, {"lag_s": round(lag_s, 1)})
