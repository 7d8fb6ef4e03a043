"""What every write shares: the version that decides, the trail, the ledger entry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NoReturn

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from baileo.city.service_requests.access import Actor, actor_name, agency_code_of, request_for
from baileo.city.service_requests.deadlines import (
    PROMISE_FIELDS,
    RuleBook,
    deadlines_apply,
    rulebook_load,
    waits_of,
)
from baileo.city.service_requests.models import Service, ServiceRequest, StateChange
from baileo.core.clock import local, now
from baileo.core.errors import InvalidInput, NotFound, StaleVersion
from baileo.core.ids import request_number
from baileo.core.text import normalise
from baileo.ground.ledger.services import append
from baileo.ground.people.models import Agency, User


def check_version(request: ServiceRequest, seen_version: int) -> None:
    """Raises `StaleVersion` when somebody wrote since the actor looked."""
    if request.version != seen_version:
        raise StaleVersion(_("Request %s") % request.number, seen=seen_version, now=request.version)


def save_over(request: ServiceRequest, *, seen_version: int, fields: Iterable[str]) -> None:
    """One conditional UPDATE decides who wins; the loser gets `StaleVersion` and nothing is saved."""
    values: dict[str, Any] = {name: getattr(request, name) for name in fields}
    values |= {"version": F("version") + 1, "updated_at": now()}
    if not ServiceRequest.objects.filter(pk=request.pk, version=seen_version).update(**values):
        _lost(request, seen_version)
    request.version = seen_version + 1


def _lost(request: ServiceRequest, seen_version: int) -> NoReturn:
    current = ServiceRequest.objects.only("version").get(pk=request.pk).version
    raise StaleVersion(_("Request %s") % request.number, seen=seen_version, now=current)


def promises_renew(request: ServiceRequest, book: RuleBook | None = None) -> tuple[str, ...]:
    """Compute the promises again from what is on the request in hand; returns the fields that may have changed."""
    deadlines_apply(request, book or rulebook_load(), waits_of(request))
    return PROMISE_FIELDS


def record(
    kind: str,
    request: ServiceRequest,
    actor: Actor,
    *,
    agencies: Iterable[str] = (),
    data: dict[str, Any] | None = None,
) -> None:
    """The one ledger entry of a write, visible to the responsible agency and the named ones."""
    append(
        kind=kind,
        subject=request.number,
        actor=actor_name(actor),
        data=entry_data(request) | (data or {}),
        agencies=[agency_code_of(request), *agencies],
    )


def entry_data(request: ServiceRequest) -> dict[str, Any]:
    """What every entry about a request carries: enough for a wall, nothing personal."""
    data: dict[str, Any] = {
        "state": str(request.state),
        "priority": str(request.priority),
        "area_code": request.area_code,
        "version": request.version,
    }
    return data | {"is_confidential": True} if request.is_confidential else data


def change_add(request: ServiceRequest, from_state: str, actor: Actor, at: datetime, **more: Any) -> StateChange:
    """One line of the trail: the state the request now has, and why."""
    return StateChange.objects.create(
        request=request,
        from_state=from_state,
        to_state=request.state,
        agency=request.agency,
        actor=actor_name(actor),
        at=at,
        **more,
    )


TAKE_NUMBERS = """
INSERT INTO service_requests_numbercounter AS counter (year, last) VALUES (%s, %s)
ON CONFLICT (year) DO UPDATE SET last = counter.last + EXCLUDED.last RETURNING last
"""


def numbers_take(count: int, at: datetime) -> list[str]:
    """The next `count` numbers of the city's year. The counter stays locked until the transaction ends: ask late."""
    year = local(at, settings.BAILEO.time_zone).year
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NUMBERS, [year, count])
        last = int(cursor.fetchone()[0])
    return [request_number(year, n) for n in range(last - count + 1, last + 1)]


def locked(actor: Actor, number: str) -> ServiceRequest:
    """For writes that no other write can conflict with (notes, replies, links): wait for the row, then see it fresh."""
    ServiceRequest.objects.select_for_update().filter(number=number).values_list("pk").first()
    return request_for(actor, number)


def officer_acted(request: ServiceRequest, actor: Actor, at: datetime) -> tuple[str, ...]:
    """An officer did something the reporter would call an answer; returns the changed fields."""
    if not isinstance(actor, User):
        return ()
    request.last_officer_at = at
    request.unanswered_since = None
    return ("last_officer_at", "unanswered_since")


def agency_by(code: str) -> Agency:
    """Raises `InvalidInput` for an agency that does not exist or no longer works."""
    found = Agency.objects.filter(code=code, is_active=True).first()
    if found is None:
        raise InvalidInput(
            _("Agency %(code)s does not exist or is not active. Choose another one.") % {"code": code or "?"}
        )
    return found


def service_by(code: str) -> Service | None:
    """The active service, None for an empty code. Raises `InvalidInput` for an unknown one."""
    if not code:
        return None
    found = Service.objects.select_related("default_agency", "group").filter(service_code=code, is_active=True).first()
    if found is None:
        raise InvalidInput(_("Service %(code)s is not in the catalogue. Choose another one.") % {"code": code})
    return found


def user_by(user_id: int) -> User:
    found = User.objects.filter(pk=user_id, is_active=True).first()
    if found is None:
        raise NotFound(_("This person has no active account. Choose somebody else."))
    return found


def words(text: str, *, field: str, most: int, least: int = 0) -> str:
    """A person's text, tidied. Raises `InvalidInput` that names the field when it is missing or too long."""
    tidy = normalise(text)
    if len(tidy) < least:
        raise InvalidInput(_("%(field)s is missing. Write it, then try again.") % {"field": field})
    if len(tidy) > most:
        raise InvalidInput(
            _("%(field)s has %(length)d characters; at most %(most)d fit. Shorten it.")
            % {"field": field, "length": len(tidy), "most": most}
        )
    return tidy


def bump_free(request: ServiceRequest, fields: Iterable[str]) -> None:
    """Save columns that guard nothing, on a locked row, without a new version."""
    request.save(update_fields=[*fields, "updated_at"])
