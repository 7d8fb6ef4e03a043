"""The places room: areas by Kemendagri code, boundaries, gazetteer."""

from typing import ClassVar

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "baileo.ground.places"
    label = "places"
    ledger_kinds: ClassVar[dict[str, str]] = {
        "place.boundaries_imported": "places.view",
        "place.starter_loaded": "places.view",
        "place.area_saved": "places.view",
        "place.landmark_saved": "places.view",
        "place.landmark_removed": "places.view",
    }
