"""The back office's data: catalogue, promises, holidays; and the filters people keep."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from baileo.city.service_requests.access import VIEW, Actor, actor_name, require
from baileo.city.service_requests.models import (
    DeadlineRule,
    Holiday,
    SavedFilter,
    Service,
    ServiceGroup,
    ServiceRequest,
)
from baileo.city.service_requests.services.common import words
from baileo.core.errors import InvalidInput, NotFound, PermissionRefused
from baileo.core.text import one_line
from baileo.ground.ledger.services import append, save_recorded
from baileo.ground.people.models import User
from baileo.ground.people.selectors import access_of

CONFIGURE = "service_requests.configure"


def service_group_save(*, actor: Actor, group: ServiceGroup) -> ServiceGroup:
    """Emits `service_group.saved`. Raises `ValidationError` of Django for a form to show."""
    require(actor, CONFIGURE)
    save_recorded(group, kind="service_group.saved", actor=actor_name(actor), subject=f"service_group:{group.code}")
    return group


@transaction.atomic
def service_save(*, actor: Actor, service: Service) -> Service:
    """Emits `service.saved`. A new name reaches the search of open requests at once."""
    require(actor, CONFIGURE)
    is_new = service.pk is None
    save_recorded(
        service,
        kind="service.saved",
        actor=actor_name(actor),
        subject=f"service:{service.service_code}",
        data={"is_active": service.is_active},
    )
    if not is_new:  # naming the column fires the search trigger
        ServiceRequest.objects.filter(service=service, closed_at__isnull=True).update(service=service)
    return service


def deadline_rule_save(*, actor: Actor, rule: DeadlineRule) -> DeadlineRule:
    """Emits `deadline_rule.saved`. Promises already given keep standing until their request next changes."""
    require(actor, CONFIGURE)
    if rule.kind and rule.kind not in ServiceRequest.Kind.values:
        raise InvalidInput(_("%s is no kind of request. Leave it empty for every kind.") % rule.kind)
    save_recorded(
        rule,
        kind="deadline_rule.saved",
        actor=actor_name(actor),
        subject=f"deadline_rule:{rule.target}",
        data={"kind": rule.kind, "amount": rule.amount, "unit": rule.unit, "valid_from": rule.valid_from.isoformat()},
    )
    return rule


def holiday_save(*, actor: Actor, holiday: Holiday) -> Holiday:
    """Emits `holiday.saved`."""
    require(actor, CONFIGURE)
    save_recorded(holiday, kind="holiday.saved", actor=actor_name(actor), subject=f"holiday:{holiday.on}")
    return holiday


@transaction.atomic
def holiday_delete(*, actor: Actor, holiday_id: int) -> None:
    """Emits `holiday.saved` with `removed`."""
    require(actor, CONFIGURE)
    holiday = Holiday.objects.filter(pk=holiday_id).first()
    if holiday is None:
        raise NotFound(_("This holiday does not exist any more."))
    append(kind="holiday.saved", subject=f"holiday:{holiday.on}", actor=actor_name(actor), data={"removed": True})
    holiday.delete()


@transaction.atomic
def saved_filter_save(*, actor: User, name: str, query: dict[str, Any], is_shared: bool = False) -> SavedFilter:
    """Keep a filter of the desk under a name; the same name again replaces it. Emits `saved_filter.saved`."""
    if VIEW not in access_of(actor).anywhere:
        raise PermissionRefused(_("Your role does not include %(permission)s.") % {"permission": VIEW})
    tidy = one_line(words(name, field=_("The name"), most=60, least=1))
    kept, _is_new = SavedFilter.objects.update_or_create(
        owner=actor, name=tidy, defaults={"query": query, "is_shared": is_shared}
    )
    append(kind="saved_filter.saved", subject=f"saved_filter:{kept.pk}", actor=actor_name(actor))
    return kept


@transaction.atomic
def saved_filter_delete(*, actor: User, filter_id: int) -> None:
    """Only one's own. Emits `saved_filter.saved` with `removed`."""
    gone, _per_model = SavedFilter.objects.filter(pk=filter_id, owner=actor).delete()
    if not gone:
        raise NotFound(_("You have no saved filter like this."))
    append(
        kind="saved_filter.saved",
        subject=f"saved_filter:{filter_id}",
        actor=actor_name(actor),
        data={"removed": True},
    )
