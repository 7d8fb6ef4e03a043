"""The stream as a browser meets it: the real server, real sessions, the real ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from random import Random

import pytest
from django.contrib.sessions.models import Session
from django.core.asgi import get_asgi_application
from django.db import connection, transaction

from baileo.ground.ledger.selectors import latest_position
from baileo.ground.ledger.services import append
from baileo.ground.ledger.testing import wait_settled
from baileo.ground.people.models import Membership, User
from baileo.ground.people.roles import Role
from baileo.ground.people.testing import Cast, cast
from baileo.web.api.edge import Edge
from baileo.web.api.stream.hub import Limits
from baileo.web.api.testing import SseClient, serve, session_of

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., AbstractContextManager[SseClient]]


def happen(kind: str = "service_request.state_changed", subject: str = "2026-000001", **given: object) -> None:
    agencies = given.pop("agencies", ())
    with transaction.atomic():
        append(kind=kind, subject=subject, actor="system:test", data=given, agencies=agencies)  # type: ignore[arg-type]


@pytest.fixture
def people(transactional_db: None) -> Cast:
    return cast()


@pytest.fixture
def limits() -> Limits:
    """Heartbeats and checks out of the way; a test of them brings its own."""
    return Limits(heartbeat_s=1000, recheck_s=1000)


@pytest.fixture
def address(people: Cast, limits: Limits) -> Iterator[str]:
    with serve(Edge(get_asgi_application(), limits)) as base:  # type: ignore[arg-type]
        yield base + "/stream/"


@pytest.fixture
def open_as(address: str) -> Open:
    """`open_as(user, after="1-2")` opens a new session and a stream in it."""

    def opened(user: User, *, last_id: str = "", **params: str) -> SseClient:
        return SseClient(address, cookies=session_of(user), last_id=last_id, **params)

    return opened


def test_a_browser_is_greeted_with_the_place_it_starts_from_and_told_what_happens_next(
    open_as: Open, people: Cast
) -> None:
    happen(subject="2026-000001")
    wait_settled()
    with open_as(people.cora) as stream:
        hello = stream.next()
        happen("service_request.assigned", "2026-000002", agency_code="pupr")
        entry = stream.next()
    assert (hello.name, hello.id, hello.data["cursor"]) == ("hello", hello.data["cursor"], hello.id)
    assert (entry.name, entry.data["subject"], entry.data["data"]) == ("entry", "2026-000002", {"agency_code": "pupr"})
    assert entry.id == entry.data["cursor"] > hello.id


def test_the_answer_is_neither_cached_nor_buffered_nor_packed(open_as: Open, people: Cast) -> None:
    with open_as(people.cora) as stream:
        headers = stream.headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert "no-store" in headers["cache-control"]
    assert headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in headers


def test_strangers_and_accounts_without_a_role_get_no_stream(address: str, open_as: Open, people: Cast) -> None:
    with SseClient(address, cookies={}) as stream:
        assert stream.status == 401
    with SseClient(address, cookies={"sessionid": "guessed"}) as stream:
        assert stream.status == 401
    with open_as(people.nobody) as stream:
        assert stream.status == 403
    with open_as(people.tara, view="wall") as stream:
        assert stream.status == 403


def test_a_page_goes_on_from_the_cursor_of_its_snapshot(open_as: Open, people: Cast) -> None:
    happen(subject="2026-000001")
    wait_settled()
    cursor = str(latest_position())
    happen(subject="2026-000002")
    with open_as(people.cora, after=cursor) as stream:
        assert stream.next("hello").id == cursor
        assert stream.next("entry").data["subject"] == "2026-000002"


def test_the_browsers_own_memory_wins_over_the_address_it_was_opened_with(open_as: Open, people: Cast) -> None:
    happen(subject="2026-000001")
    happen(subject="2026-000002")
    wait_settled()
    with open_as(people.cora, after="0-0") as stream:
        assert stream.next("entry").data["subject"] == "2026-000001"
        seen = stream.last_id
    with open_as(people.cora, after="0-0", last_id=seen) as stream:
        assert stream.next("entry").data["subject"] == "2026-000002"


def test_nothing_is_lost_or_doubled_across_reconnects_while_many_write(open_as: Open, people: Cast) -> None:
    writers = [threading.Thread(target=_write, args=(seed,)) for seed in range(4)]
    start = str(latest_position())
    for writer in writers:
        writer.start()
    seen: list[str] = []
    last_id = start
    while not seen or seen[-1] != "last":
        with open_as(people.cora, last_id=last_id) as stream:
            seen += [stream.next("entry").data["subject"] for _ in range(_until_cut(seen))]
            last_id = stream.last_id
        if not any(writer.is_alive() for writer in writers) and len(seen) == 4 * 40:
            happen(subject="last")
    assert sorted(seen[:-1]) == sorted(f"{seed}:{n}" for seed in range(4) for n in range(40))


def _until_cut(seen: list[str]) -> int:
    """Connections break after ever other numbers of entries, but never wait for one that does not come."""
    return min(1 + len(seen) % 7, max(1, 4 * 40 - len(seen)))


def _write(seed: int) -> None:
    """Forty entries in transactions that overlap: some slow, some rolled back."""
    random = Random(seed)
    try:
        for n in range(40):
            with transaction.atomic():
                append(kind="service_request.noted", subject="undone", actor="system:test")
                transaction.set_rollback(True)
            with transaction.atomic():
                append(kind="service_request.noted", subject=f"{seed}:{n}", actor="system:test")
                if random.random() < 0.2:
                    _pause(random.random() * 0.03)
    finally:
        connection.close()


def _pause(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


SEEN_BY = {
    "ana": {"city", "pupr", "secret", "message", "audit"},
    "cora": {"city", "pupr", "secret", "message"},
    "tara": {"city", "pupr", "message"},
    "opi": {"pupr", "secret"},
    "odi": set(),
    "supi": {"city", "pupr", "secret", "message"},
    "lea": {"city", "pupr", "message"},
    "edi": {"city", "pupr"},
    "audi": {"city", "pupr", "secret", "message", "audit"},
    "wall": {"city", "pupr", ""},
}


def _one_of_each() -> None:
    happen("service_request.created", "city")
    happen("service_request.created", "pupr", agencies=["pupr"])
    happen("service_request.created", "secret", agencies=["pupr"], is_confidential=True)
    happen("message.received", "message")
    happen("people.user_saved", "audit")
    happen("service_request.created", "end", agencies=["pupr", "dlhp"])


def test_everybody_is_told_what_their_role_and_agency_allow(open_as: Open, people: Cast) -> None:
    with ExitStack() as opened:
        streams = {name: opened.enter_context(open_as(getattr(people, name))) for name in SEEN_BY}
        for stream in streams.values():
            stream.next("hello")
        _one_of_each()
        seen = {name: set(_subjects_until_end(stream)) for name, stream in streams.items()}
    assert seen == SEEN_BY


def _subjects_until_end(stream: SseClient) -> Iterator[str]:
    while (subject := stream.next("entry").data["subject"]) != "end":
        yield subject


def test_a_wall_page_gets_the_wall_form_whoever_opens_it(open_as: Open, people: Cast) -> None:
    for user, params in ((people.wall, {}), (people.cora, {"view": "wall"})):
        with open_as(user, **params) as stream:
            stream.next("hello")
            happen("message.received", "message")
            happen(state="assigned", assignee_id=7, **{"from": "new"})
            assert stream.next("entry").data["data"] == {"state": "assigned", "from": "new"}


def test_a_cursor_that_is_not_of_this_ledger_starts_over(open_as: Open, people: Cast) -> None:
    for cursor in ("nonsense", "1", "-1--1", "999999999999-1"):
        with open_as(people.cora, after=cursor) as stream:
            assert [(event.name, event.data) for event in stream] == [("reset", {"reason": "unknown_cursor"})]


class TestShortMemory:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(heartbeat_s=1000, recheck_s=1000, replay_most=3)

    @pytest.mark.parametrize("is_running", [True, False])
    def test_who_missed_more_than_is_kept_starts_over_and_who_missed_less_does_not(
        self, open_as: Open, people: Cast, is_running: bool
    ) -> None:
        """The same whether the hub read the entries as they came or at its start."""
        if is_running:
            with open_as(people.cora) as stream:
                stream.next("hello")
        cursors = [str(latest_position())]
        for n in range(4):
            happen(subject=str(n))
            wait_settled()
            cursors.append(str(latest_position()))
        with open_as(people.cora, after=cursors[4]) as stream:
            stream.next("hello")  # the hub has read them all
        with open_as(people.cora, after=cursors[0]) as stream:
            assert stream.next().data == {"reason": "too_far_behind"}
        with open_as(people.cora, after=cursors[1]) as stream:
            assert [stream.next("entry").data["subject"] for _ in range(3)] == ["1", "2", "3"]


class TestHeartbeat:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(heartbeat_s=0.05, recheck_s=1000)

    def test_it_comes_by_itself_and_moves_the_cursor_past_what_is_not_for_us(self, open_as: Open, people: Cast) -> None:
        with open_as(people.opi) as stream:
            hello = stream.next("hello")
            happen(subject="for the city desk only")
            wait_settled()
            beat = next(event for event in stream if event.data["cursor"] != hello.id)
        assert (beat.name, beat.data["ok"], beat.id) == ("heartbeat", True, beat.data["cursor"])

    def test_a_lost_database_connection_is_replaced_and_nothing_is_lost(self, open_as: Open, people: Cast) -> None:
        with open_as(people.cora) as stream:
            stream.next("hello")
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%'"
                )
            happen(subject="2026-000009")
            assert stream.next("entry").data["subject"] == "2026-000009"


class TestHeartbeatWithoutDatabase:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(heartbeat_s=0.05, recheck_s=1000, silent_after_s=0)

    def test_it_goes_on_and_says_so(self, open_as: Open, people: Cast) -> None:
        with open_as(people.cora) as stream:
            beat = stream.next("heartbeat")
        assert (beat.data["ok"], beat.id) == (False, "")


class TestRecheck:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(heartbeat_s=1000, recheck_s=0.05)

    def test_signing_out_ends_the_stream(self, open_as: Open, people: Cast) -> None:
        with open_as(people.cora) as stream:
            stream.next("hello")
            Session.objects.all().delete()
            assert [(event.name, event.data) for event in stream] == [("reset", {"reason": "signed_out"})]

    def test_closing_the_account_ends_the_stream(self, open_as: Open, people: Cast) -> None:
        with open_as(people.cora) as stream:
            stream.next("hello")
            User.objects.filter(pk=people.cora.pk).update(is_active=False)
            assert stream.next().data == {"reason": "signed_out"}


def test_a_change_of_roles_is_noticed_at_once_by_its_ledger_entry(open_as: Open, people: Cast) -> None:
    with open_as(people.cora) as stream:
        stream.next("hello")
        Membership.objects.filter(user=people.cora).update(role=Role.WALL)
        happen("people.membership_taken", "user:1")
        assert stream.next("reset").data == {"reason": "permissions_changed"}


class TestFewStreams:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(heartbeat_s=1000, recheck_s=1000, streams_per_user=2)

    def test_one_account_may_open_so_many_streams_and_leaving_frees_a_place(self, open_as: Open, people: Cast) -> None:
        with open_as(people.cora) as first, open_as(people.cora) as second:
            assert [first.next().name, second.next().name] == ["hello", "hello"]
            with open_as(people.cora) as third:
                assert (third.status, third.headers["retry-after"]) == (429, "30")
            with open_as(people.tara) as other:
                assert other.status == 200


def test_a_stopping_server_ends_its_streams_so_that_browsers_resume_elsewhere(people: Cast) -> None:
    edge = Edge(get_asgi_application())  # type: ignore[arg-type]
    with serve(edge) as base, SseClient(base + "/stream/", cookies=session_of(people.cora)) as stream:
        stream.next("hello")
        edge.closing()
        assert list(stream) == []
