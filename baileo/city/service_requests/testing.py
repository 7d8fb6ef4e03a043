"""Requests for the tests of every room. They are made and moved by the services, so they obey the rules."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from baileo.city.messages.models import ChannelAccount, Conversation, Message
from baileo.city.messages.testing import an_account, hear, words
from baileo.city.service_requests.models import DeadlineRule, Service, ServiceGroup, ServiceRequest
from baileo.city.service_requests.services import request_create, request_transition
from baileo.city.service_requests.services.intake import take_in
from baileo.city.service_requests.spoken import Place
from baileo.city.service_requests.workflow import State
from baileo.ground.people.testing import an_agency

SYSTEM = "system:test"
SPOKEN_AT = datetime(2026, 11, 20, 1, 15, tzinfo=UTC)  # Friday 10.15 in Ambon
POINT = (128.1905, -3.6954)  # in the city, longitude first
HERE = Place(lon_deg=POINT[0], lat_deg=POINT[1])
WAY_TO: dict[str, tuple[str, ...]] = {  # the states passed on the way from new
    State.NEW: (),
    State.VERIFIED: (State.VERIFIED,),
    State.ASSIGNED: (State.VERIFIED, State.ASSIGNED),
    State.ACCEPTED: (State.VERIFIED, State.ASSIGNED, State.ACCEPTED),
    State.IN_PROGRESS: (State.VERIFIED, State.ASSIGNED, State.ACCEPTED, State.IN_PROGRESS),
    State.NEEDS_INFORMATION: (State.NEEDS_INFORMATION,),
    State.RESOLVED: (State.VERIFIED, State.ASSIGNED, State.ACCEPTED, State.RESOLVED),
    State.CLOSED: (State.VERIFIED, State.ASSIGNED, State.ACCEPTED, State.RESOLVED, State.CLOSED),
    State.REJECTED: (State.REJECTED,),
    State.DUPLICATE: (State.DUPLICATE,),
    State.REOPENED: (State.VERIFIED, State.ASSIGNED, State.ACCEPTED, State.RESOLVED, State.REOPENED),
}
_numbers = count(1)


def a_request(state: str = State.NEW, *, agency: str = "pupr", **over: Any) -> ServiceRequest:
    """One request, brought to `state` by the ordinary steps; `over` goes to `request_create`."""
    values: dict[str, Any] = {"description": "Lampu jalan mati di depan pasar", "requested_at": SPOKEN_AT}
    request = request_create(**{"actor": SYSTEM, **values, **over})
    return bring_to(request, state, agency)


def bring_to(request: ServiceRequest, state: str, agency: str = "pupr") -> ServiceRequest:
    """Walk a new request to `state`."""
    for to_state in WAY_TO[state]:
        request = step(request, to_state, agency=agency)
    return request


def step(request: ServiceRequest, to_state: str, *, agency: str = "pupr", **over: Any) -> ServiceRequest:
    """One step by the system, with whatever the step needs."""
    an_agency(agency)
    values: dict[str, Any] = {
        "number": request.number,
        "seen_version": ServiceRequest.objects.get(pk=request.pk).version,
        "actor": SYSTEM,
        "reason": "Sudah diperiksa di tempat",
        "refer_to": "PLN Ambon, 123",
        "agency_code": agency,
    }
    if to_state == State.DUPLICATE and "original" not in over:
        values["original"] = a_request(description="Yang pertama").number
    return request_transition(**{**values, "to_state": to_state, **over})


def a_service(code: str = "street_light", *, group: str = "roads", **over: Any) -> Service:
    """One entry of the catalogue with the words people use for it."""
    upper, _ = ServiceGroup.objects.get_or_create(code=group, defaults={"name": group})
    values = {"group": upper, "name": "Lampu jalan mati", "words": ["lampu jalan", "lampu"], **over}
    return Service.objects.get_or_create(service_code=code, defaults=values)[0]


def a_rule(target: str = "verify_by", **over: Any) -> DeadlineRule:
    """One promise: three working days from receipt, for everything, from 2020 on."""
    values: dict[str, Any] = {
        "start_event": "requested",
        "amount": 3,
        "unit": "working_days",
        "valid_from": "2020-01-01",
        "source": "test",
    }
    rule = DeadlineRule(target=target, **{**values, **over})
    rule.full_clean()
    rule.save()
    return rule


def a_talk(sender: str = "ona", channel: str = "fake", **over: Any) -> Conversation:
    """A conversation on the pretend channel (needs `fake_channels`); the person greeted. No request comes of it."""
    return says("Selamat pagi", sender=sender, channel=channel, **over).conversation


def says(text: str = "", *, sender: str = "ona", channel: str = "fake", **over: Any) -> Message:
    """One message arrives and is understood; intake has not seen it yet. `over` goes to `messages.testing.words`."""
    account = ChannelAccount.objects.filter(channel=channel).first() or an_account(channel, f"main-{channel}")
    event = words(**{"message_id": f"m{next(_numbers)}", "text": text, "from": sender, **over})
    hear(account, event)
    return Message.objects.get(account=account, external_id=event["id"])


def take_new_in(*, together: bool = True) -> None:
    """What intake does with every message it has not seen, in order of arrival, at once or one by one.

    For tests inside one transaction, whose ledger entries no reader sees; `services.intake` is the real door.
    """
    new = Message.objects.filter(direction=Message.Direction.IN, request_link__isnull=True, loose__isnull=True)
    ids = list(new.order_by("id").values_list("id", flat=True))
    for chunk in [ids] if together else [[message_id] for message_id in ids]:
        take_in(chunk)
