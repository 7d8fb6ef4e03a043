"""What people say to the services, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is, as far as anybody said. WGS 84 degrees; `accuracy_m` as the phone claims."""

    lon_deg: float | None = None
    lat_deg: float | None = None
    accuracy_m: float | None = None
    area_code: str = ""
    landmark_text: str = ""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who asked, when it was typed in by an officer. Both may be empty."""

    name: str = ""
    phone: str = ""
