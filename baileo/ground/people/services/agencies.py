"""Agencies: the bodies that answer for services."""

from __future__ import annotations

import csv
from importlib.resources import files

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from baileo.core.errors import InvalidInput
from baileo.ground.ledger.changes import changed_fields
from baileo.ground.ledger.services import append
from baileo.ground.people.models import Agency
from baileo.ground.people.services.common import Actor, check, manager_name


@transaction.atomic
def agency_save(*, agency: Agency, actor: Actor) -> Agency:
    """Store a new or changed agency. Emits `people.agency_saved`.

    Raises `InvalidInput` also for a changed code: requests and the ledger know the agency by it.
    """
    name = manager_name(actor)
    changed = changed_fields(agency)
    if agency.pk and "code" in changed:
        raise InvalidInput(_("The code of an agency stays as it is. Make a new agency and switch this one off."))
    check(agency)
    agency.save()
    data = {"changed": ",".join(changed)}
    append(kind="people.agency_saved", subject=f"agency:{agency.code}", actor=name, data=data)
    return agency


@transaction.atomic
def starter_agencies_load(*, actor: str = "system:starter") -> int:
    """Add the agencies of the settings' city that are not there yet; what the office changed stays.

    Returns how many were added, 0 for a city whose facts are not with us.
    """
    known = set(Agency.objects.values_list("code", flat=True))
    missing = [row for row in starter_rows(settings.BAILEO.city_code) if row["code"] not in known]
    for row in missing:
        agency_save(agency=Agency(**row), actor=actor)
    return len(missing)


def starter_rows(city_code: str) -> list[dict[str, str]]:
    """The facts file of one city: code, name, short_name, kind, duty, source (address and date read)."""
    path = files("baileo.ground.people") / "starter" / f"agencies_{city_code}.csv"
    if not path.is_file():
        return []
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
