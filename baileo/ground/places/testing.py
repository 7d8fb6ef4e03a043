"""Small pieces of geography for tests of this and other rooms."""

import json
from typing import Any


def square(west: float, south: float, side: float = 0.01) -> dict[str, Any]:
    """A GeoJSON square of `side` degrees."""
    east, north = round(west + side, 6), round(south + side, 6)
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def feature(code: str, name: str, geometry: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"kode": code, "nama": name, **properties}, "geometry": geometry}


def collection(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def two_villages() -> bytes:
    """A whole branch: province 99, city 99.71, one district, two villages side by side at 128.0 east, 4.0 south."""
    return collection(
        feature("99", "Pulau Uji", square(128.0, -4.0, 0.02)),
        feature("99.71", "Kota Uji", square(128.0, -4.0, 0.02)),
        feature("99.71.01", "Uji Tengah", square(128.0, -4.0, 0.02)),
        feature("99.71.01.1001", "Barat", square(128.0, -4.0)),
        feature("99.71.01.2002", "Timur", square(128.01, -4.0)),
    )
