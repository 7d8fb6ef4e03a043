"""Every write leaves exactly one entry, and the entry says who, what and where in small values, never in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from baileo.city.service_requests import services
from baileo.city.service_requests.apps import ServiceRequestsConfig
from baileo.city.service_requests.models import DeadlineRule, Holiday, LooseMessage, ServiceGroup, ServiceRequest
from baileo.city.service_requests.testing import HERE, a_request, a_service, a_talk, bring_to, says
from baileo.city.service_requests.workflow import State
from baileo.core.errors import StaleVersion
from baileo.ground.ledger.kinds import permission_for
from baileo.ground.ledger.models import Entry
from baileo.ground.people.roles import ALL_PERMISSIONS
from baileo.ground.people.testing import Cast, cast

pytestmark = pytest.mark.django_db
SECRET_WORDS = "Tetangga beta Bapa Tomi buang sampah malam-malam"
REASON = "Bapa Tomi sudah ditegur petugas"
OWN_KINDS = set(ServiceRequestsConfig.ledger_kinds)
EVERY_ENTRY_HAS = {"state", "priority", "area_code", "version"}


def a_picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8), "blue").save(out, "PNG")
    return out.getvalue()


@dataclass(frozen=True)
class Write:
    """One service on a request in one state, the kind of entry it leaves, and whether it makes a new version."""

    name: str
    kind: str
    run: Callable[[Cast, ServiceRequest], Any]
    state: str = State.NEW
    bumps: bool = True
    also: tuple[str, ...] = ()  # entries of other rooms that follow from it


def step_of(name: str, **more: Any) -> Callable[[Cast, ServiceRequest], Any]:
    service = getattr(services, name)
    return lambda people, request: service(
        number=request.number, seen_version=request.version, actor=people.cora, **more
    )


def on_it(name: str, **more: Any) -> Callable[[Cast, ServiceRequest], Any]:
    service = getattr(services, name)
    return lambda people, request: service(number=request.number, actor=people.cora, **more)


TOLD = ("message.queued",)
WRITES = [
    Write("verify", "state_changed", step_of("request_verify"), also=TOLD),
    Write("assign", "assigned", step_of("request_assign", agency_code="pupr"), also=TOLD),
    Write("accept", "state_changed", step_of("request_accept"), State.ASSIGNED),
    Write("return", "state_changed", step_of("request_return", reason=REASON), State.ASSIGNED),
    Write("start", "state_changed", step_of("request_start"), State.ACCEPTED, also=TOLD),
    Write("ask", "state_changed", step_of("request_ask_information", reason=REASON), also=TOLD),
    Write("resume", "state_changed", step_of("request_resume"), State.NEEDS_INFORMATION),
    Write("resolve", "state_changed", step_of("request_resolve", answer=REASON), State.ACCEPTED, also=TOLD),
    Write("close", "state_changed", step_of("request_close"), State.RESOLVED, also=TOLD),
    Write("reject", "state_changed", step_of("request_reject", reason=REASON, refer_to="RT setempat"), also=TOLD),
    Write("reopen", "state_changed", step_of("request_reopen", reason=REASON), State.CLOSED, also=TOLD),
    Write("edit words", "edited", step_of("request_edit", title="Sampah malam", kind="information")),
    Write("edit place", "edited", step_of("request_edit", place=HERE)),
    Write("edit flags", "edited", step_of("request_edit", is_anonymous=True)),
    Write("prioritise", "prioritised", step_of("request_set_priority", priority="high")),
    Write("tag", "tagged", step_of("request_set_tags", tags=["malam"])),
    Write("hand over", "assigned", step_of("request_set_assignee", assignee_id=None), State.ASSIGNED),
    Write("note", "noted", on_it("request_add_note", text=REASON), bumps=False),
    Write("reveal", "contact_seen", on_it("contact_reveal"), bumps=False),
    Write(
        "reply",
        "replied",
        lambda people, request: services.request_reply(
            number=request.number, actor=people.cora, text=REASON, client_id=uuid4()
        ),
        bumps=False,
        also=TOLD,
    ),
    Write("prove", "proof_attached", on_it("request_attach_proof", data=a_picture(), caption="Bapa Tomi"), bumps=False),
    Write("publish", "visibility_changed", step_of("request_publish", public_text="Sampah dibuang malam")),
    Write(
        "link",
        "message_linked",
        lambda people, request: services.message_link(
            message_id=says("Bapa Tomi lagi", sender="lin").pk, number=request.number, actor=people.cora
        ),
        bumps=False,
        also=("message.received",),
    ),
    Write(
        "answer no",
        "message_linked",
        lambda people, request: services.tracking_answer(
            number=request.number, code=request.track_code, is_solved=False
        ),
        State.RESOLVED,
        bumps=False,
    ),
    Write(
        "answer yes",
        "state_changed",
        lambda people, request: services.tracking_answer(
            number=request.number, code=request.track_code, is_solved=True
        ),
        State.RESOLVED,
        also=TOLD,
    ),
]


@pytest.fixture
def people() -> Cast:
    return cast()


def a_secret(state: str, **over: Any) -> ServiceRequest:
    talk = a_talk(f"tomi-{uuid4().hex[:6]}", name="Tomi")
    request = a_request(description=SECRET_WORDS, conversation_id=talk.pk, **over)
    return bring_to(request, state)


def new_entries(after: int) -> list[Entry]:
    return list(Entry.objects.filter(id__gt=after).order_by("id"))


def latest() -> int:
    return Entry.objects.latest("id").pk


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.name)
def test_a_write_leaves_one_entry_that_says_who_and_what_in_small_values(write: Write, people: Cast) -> None:
    request = a_secret(write.state, is_confidential=write.name != "publish")
    before = latest()
    write.run(people, request)
    new = new_entries(before)
    own = [entry for entry in new if entry.kind.startswith("service_request.")]
    assert [entry.kind for entry in own] == [f"service_request.{write.kind}"]
    assert {entry.kind for entry in new} - {entry.kind for entry in own} == set(write.also)
    fresh = ServiceRequest.objects.get(pk=request.pk)
    assert fresh.version == request.version + write.bumps
    check_entry(own[0], fresh, "contact" if write.name.startswith("answer") else f"user:{people.cora.pk}")
    told = str([(entry.subject, entry.data) for entry in new])
    assert not any(word in told for word in ("Tomi", "Tetangga", "sampah", "ditegur", request.track_code))


def check_entry(entry: Entry, request: ServiceRequest, actor: str) -> None:
    assert (entry.subject, entry.actor) == (request.number, actor)
    assert set(entry.data) >= EVERY_ENTRY_HAS
    assert (entry.data["state"], entry.data["version"]) == (request.state, request.version)
    assert bool(entry.data.get("is_confidential")) == request.is_confidential
    if request.agency:
        assert request.agency.code in entry.agencies


@pytest.mark.parametrize(
    "write",
    [write for write in WRITES if write.bumps and not write.name.startswith("answer")],
    ids=lambda write: write.name,
)
def test_whoever_saw_an_old_version_changes_nothing(write: Write, people: Cast) -> None:
    request = a_secret(write.state)
    services.request_set_priority(
        number=request.number, seen_version=request.version, actor=people.supi, priority="high"
    )
    before = latest()
    with pytest.raises(StaleVersion) as refused:
        write.run(people, request)
    assert request.number in str(refused.value)
    assert new_entries(before) == []
    kept = ServiceRequest.objects.get(pk=request.pk)
    assert (kept.state, kept.priority) == (request.state, "high")
    assert kept.changes.count() == request.changes.count()


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.name)
def test_what_the_database_refuses_leaves_nothing_behind(
    write: Write, people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is the last thing written; when it fails, the change is gone with it."""
    request = a_secret(write.state)
    before, counts = latest(), counts_of(request)

    def fail(*args: Any, **more: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("baileo.city.service_requests.services.common.append", fail)
    with pytest.raises(RuntimeError, match="disk"):
        write.run(people, request)
    assert [entry for entry in new_entries(before) if entry.kind.startswith("service_request")] == []
    assert counts_of(request) == counts


def counts_of(request: ServiceRequest) -> tuple[Any, ...]:
    fresh = ServiceRequest.objects.get(pk=request.pk)
    return (
        fresh.state,
        fresh.version,
        fresh.visibility,
        fresh.unsolved_said_at,
        fresh.changes.count(),
        fresh.notes.count(),
        fresh.proofs.count(),
        fresh.public_photos.count(),
    )


def test_creating_leaves_one_entry_with_kind_and_channel(people: Cast) -> None:
    request = services.request_create(actor=people.tara, description=SECRET_WORDS, kind="aspiration")
    [entry] = Entry.objects.filter(kind="service_request.created")
    assert (entry.subject, entry.data["kind"], entry.data["channel"]) == (request.number, "aspiration", "desk")
    assert entry.agencies == []


def test_letting_a_conversation_be_is_recorded_once_and_only_when_something_waited(people: Cast) -> None:
    message = says("Halo")
    LooseMessage.objects.create(message=message, conversation=message.conversation, at=message.happened_at)
    before = latest()
    assert services.conversation_let_be(conversation_id=message.conversation_id, actor=people.cora) == 1
    assert services.conversation_let_be(conversation_id=message.conversation_id, actor=people.cora) == 0
    assert [entry.kind for entry in new_entries(before)] == ["conversation.let_be"]


def test_the_office_leaves_one_entry_for_each_thing_it_saves(people: Cast) -> None:
    for save, kind in (
        (
            lambda: services.service_group_save(actor=people.ana, group=ServiceGroup(code="a", name="A")),
            "service_group",
        ),
        (lambda: services.service_save(actor=people.ana, service=a_service()), "service"),
        (lambda: services.holiday_save(actor=people.ana, holiday=Holiday(on=date(2026, 9, 7), name="X")), "holiday"),
        (
            lambda: services.deadline_rule_save(
                actor=people.ana,
                rule=DeadlineRule(
                    target="verify_by",
                    start_event="requested",
                    amount=1,
                    unit="hours",
                    valid_from=date(2026, 1, 1),
                    source="uji",
                ),
            ),
            "deadline_rule",
        ),
    ):
        save()
        entry = Entry.objects.latest("id")
        assert (entry.kind, entry.actor) == (f"{kind}.saved", f"user:{people.ana.pk}")


def test_every_kind_of_this_room_is_declared_with_a_permission_that_exists() -> None:
    assert {f"service_request.{write.kind}" for write in WRITES} <= OWN_KINDS
    assert {permission_for(kind) for kind in OWN_KINDS} <= ALL_PERMISSIONS


def test_who_looked_at_a_contact_is_for_auditors_and_all_else_for_the_desk() -> None:
    assert permission_for("service_request.contact_seen") == "people.audit"
    others = OWN_KINDS - {"service_request.contact_seen", "service_request.erased"}
    desk = {permission_for(kind) for kind in others if kind.startswith("service_request.")}
    assert desk == {"service_requests.view"}
