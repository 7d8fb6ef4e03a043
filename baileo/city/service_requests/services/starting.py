"""The starter data: catalogue, promises, holidays. Loading twice changes nothing; what the office changed stays."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import holidays
from django.db import transaction

from baileo.city.service_requests.access import Actor, actor_name, require
from baileo.city.service_requests.models import DeadlineRule, Holiday, Service, ServiceGroup
from baileo.city.service_requests.services.configuring import CONFIGURE
from baileo.ground.ledger.services import append
from baileo.ground.people.models import Agency

STARTER = Path(__file__).parents[1] / "starter"
YEARS = range(2025, 2029)
DECREED_TO = 2027  # later years are the library's forecast: joint leave is decreed year by year
SOURCE = "Pustaka holidays {version}, hari libur nasional dan cuti bersama"
FORECAST = "Pustaka holidays {version}, perkiraan; periksa terhadap SKB 3 Menteri tahun itu"


@dataclass(frozen=True, slots=True)
class CatalogueLoaded:
    """How many rows are new."""

    groups: int
    services: int
    rules: int
    holidays: int

    @property
    def total(self) -> int:
        return self.groups + self.services + self.rules + self.holidays


@transaction.atomic
def catalogue_load(*, actor: Actor = "system:starter") -> CatalogueLoaded:
    """Add what is missing. Emits one `catalogue.loaded`, none when nothing was missing."""
    require(actor, CONFIGURE)
    loaded = CatalogueLoaded(*_catalogue(), _rules(), _holidays())
    if loaded.total:
        data = {
            "groups": loaded.groups,
            "services": loaded.services,
            "rules": loaded.rules,
            "holidays": loaded.holidays,
        }
        append(kind="catalogue.loaded", subject="catalogue", actor=actor_name(actor), data=data)
    return loaded


def _read(name: str) -> Mapping[str, Any]:
    return tomllib.loads((STARTER / name).read_text(encoding="utf-8"))


def _catalogue() -> tuple[int, int]:
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    groups = services = 0
    for position, entry in enumerate(_read("catalogue.toml")["group"]):
        defaults = {"name": entry["name"], "name_en": entry["name_en"], "position": position}
        group, is_new = ServiceGroup.objects.get_or_create(code=entry["code"], defaults=defaults)
        groups += is_new
        services += sum(_service(group, place, service, agencies) for place, service in enumerate(entry["service"]))
    return groups, services


def _service(group: ServiceGroup, position: int, entry: Mapping[str, Any], agencies: Mapping[str, Agency]) -> bool:
    defaults = {
        "group": group,
        "name": entry["name"],
        "name_en": entry["name_en"],
        "words": entry["words"],
        "default_agency": agencies.get(entry.get("agency", "")),
        "is_urgent": entry.get("urgent", False),
        "position": position,
    }
    return Service.objects.get_or_create(service_code=entry["code"], defaults=defaults)[1]


def _rules() -> int:
    """All of them or none: once the office keeps rules of its own, the starter's would compete with them."""
    if DeadlineRule.objects.exists():
        return 0
    rules = DeadlineRule.objects.bulk_create(DeadlineRule(**entry) for entry in _read("deadlines.toml")["rule"])
    return len(rules)


def _holidays() -> int:
    """Only years of which no day is kept yet, so that a deleted holiday does not come back."""
    known = {day.year for day in Holiday.objects.values_list("on", flat=True)}
    rows = [_holiday(day, name) for year in YEARS if year not in known for day, name in holidays_of(year).items()]
    Holiday.objects.bulk_create(rows)
    return len(rows)


def holidays_of(year: int) -> dict[date, str]:
    """National holidays and, where decreed, joint leave (cuti bersama) of Indonesia."""
    found = holidays.country_holidays("ID", years=year, language="id", categories=("public", "government"))
    return dict(sorted(found.items()))


def _holiday(day: date, name: str) -> Holiday:
    source = SOURCE if day.year <= DECREED_TO else FORECAST
    return Holiday(on=day, name=name[:120], source=source.format(version=version("holidays")))
