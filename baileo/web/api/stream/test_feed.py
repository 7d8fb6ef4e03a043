"""What one entry looks like to whom."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from baileo.ground.ledger.position import Position
from baileo.ground.ledger.reader import Happened
from baileo.ground.people.access import Access, access_from
from baileo.web.api.stream.feed import Item, event, iso
from baileo.web.api.stream.viewer import Viewer

AT = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)


def an_item(kind: str = "service_request.assigned", agencies: tuple[str, ...] = (), **data: Any) -> Item:
    return Item(Happened(12, 7, AT, kind, "2026-000123", "user:1", agencies, data))


def a_viewer(role: str, agency: str | None = None) -> Viewer:
    return Viewer(1, access_from([(role, agency)]))


def shown(item: Item, viewer: Viewer, *, as_wall: bool = False) -> dict[str, Any] | None:
    chunk = item.shown_to(viewer, as_wall=as_wall)
    if chunk is None:
        return None
    name, cursor, data = chunk.decode().strip().split("\n")
    assert (name, cursor) == ("event: entry", "id: 12-7")
    return dict(json.loads(data.removeprefix("data: ")))


def test_an_entry_carries_its_cursor_and_small_data_but_not_who_did_it() -> None:
    assert shown(an_item(agency_code="pupr"), a_viewer("coordinator")) == {
        "cursor": "12-7",
        "kind": "service_request.assigned",
        "subject": "2026-000123",
        "at": "2026-11-23T05:05:00.000Z",
        "data": {"agency_code": "pupr"},
    }


def test_an_event_is_one_line_whatever_is_in_it() -> None:
    chunk = event("entry", {"text": "baris satu\nid: 9-9\n\nevent: reset"}, cursor=Position(1, 2))
    assert chunk.count(b"\n") == 4
    assert iso(AT).endswith("Z")


@pytest.mark.parametrize("kind", ["people.user_saved", "service_request.contact_seen", "room.forgotten"])
def test_kinds_for_auditors_or_for_nobody_are_not_shown_to_a_coordinator(kind: str) -> None:
    assert shown(an_item(kind), a_viewer("coordinator")) is None
    assert (shown(an_item(kind), a_viewer("auditor")) is None) == (kind == "room.forgotten")


def test_an_agency_is_told_of_its_own_only() -> None:
    officer = a_viewer("agency_officer", "pupr")
    assert shown(an_item(agencies=("dlhp", "pupr")), officer)
    assert shown(an_item(agencies=("dlhp",)), officer) is None
    assert shown(an_item(agencies=()), officer) is None


def test_a_permission_held_at_one_agency_does_not_reach_another_kind() -> None:
    assert shown(an_item("people.user_saved", agencies=("pupr",)), a_viewer("agency_officer", "pupr")) is None


def test_what_is_confidential_is_shown_to_the_agency_and_to_those_who_may_see_secrets() -> None:
    item = an_item(agencies=("pupr",), is_confidential=True)
    assert shown(item, a_viewer("coordinator"))
    assert shown(item, a_viewer("agency_officer", "pupr"))
    assert shown(item, a_viewer("call_taker")) is None
    assert shown(item, a_viewer("leader")) is None


def test_a_wall_gets_states_and_areas_and_nothing_else() -> None:
    item = an_item("service_request.created", state="new", area_code="81.71.01", conversation_id=7, title="x")
    told = shown(item, a_viewer("wall"), as_wall=True)
    assert told is not None
    assert told["data"] == {"state": "new", "area_code": "81.71.01"}


def test_a_wall_counts_a_confidential_request_without_learning_which() -> None:
    told = shown(an_item("service_request.created", state="new", is_confidential=True), a_viewer("wall"), as_wall=True)
    assert told is not None
    assert told["subject"] == ""


@pytest.mark.parametrize("kind", ["message.received", "people.user_saved", "service_request.contact_seen", "room.gone"])
def test_other_kinds_never_reach_a_wall(kind: str) -> None:
    assert shown(an_item(kind, state="x"), a_viewer("wall"), as_wall=True) is None


def test_a_wall_is_told_that_a_channel_fails() -> None:
    item = an_item("channel_account.health_changed", state="trouble", words="token 123 refused")
    told = shown(item, a_viewer("wall"), as_wall=True)
    assert told is not None
    assert told["data"] == {"state": "trouble"}


def test_without_the_walls_permission_there_is_no_wall_form() -> None:
    assert shown(an_item(), a_viewer("call_taker"), as_wall=True) is None
    assert shown(an_item(), Viewer(1, Access())) is None
