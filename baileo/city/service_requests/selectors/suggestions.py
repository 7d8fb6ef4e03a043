"""Which services a text may be about, with the city's own catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from baileo.city.service_requests.models import Service
from baileo.city.service_requests.understanding import Catalogue


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A guess; people decide. `share` from 0 to 1."""

    service: Service
    share: float


def active_services() -> list[Service]:
    """The catalogue as people can choose from it; one query."""
    return list(Service.objects.filter(is_active=True).select_related("group", "default_agency"))


def catalogue_of(services: list[Service]) -> Catalogue:
    """Built once for the same words; looking them all up takes longer than reading a message."""
    return _built(tuple((service.service_code, tuple(service.words)) for service in services))


@lru_cache(maxsize=4)
def _built(words: tuple[tuple[str, tuple[str, ...]], ...]) -> Catalogue:
    return Catalogue(words)


def service_suggestions(text: str, limit: int = 3) -> list[Suggestion]:
    """The likeliest services first; empty when no word of the catalogue occurs. One query."""
    services = active_services()
    by_code = {service.service_code: service for service in services}
    found = catalogue_of(services).suggest(text, limit)
    return [Suggestion(by_code[code], share) for code, share in found]
