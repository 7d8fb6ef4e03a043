"""Every write to areas and landmarks: one transaction, one ledger entry."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction

from baileo.core.clock import now
from baileo.core.errors import InvalidInput
from baileo.core.geo import Bbox
from baileo.core.text import fold
from baileo.ground.ledger.services import append, save_recorded
from baileo.ground.places import selectors, starter
from baileo.ground.places.codes import Level, kind_of, level_of, parent_code, parse_code
from baileo.ground.places.importing import Note, ReadArea, check_boundary, read_boundaries
from baileo.ground.places.models import Area, Landmark

_IMPORTED = (
    "name",
    "centroid_lon_deg",
    "centroid_lat_deg",
    "boundary",
    "boundary_source",
    "west_deg",
    "south_deg",
    "east_deg",
    "north_deg",
    "updated_at",
)


@dataclass(slots=True)
class ImportReport:
    """What became of each area of a file. `imported` are new, `updated` were known; both are codes."""

    imported: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    repaired: list[Note] = field(default_factory=list)
    refused: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StarterReport:
    """How many rows of the starter city were missing and have been added."""

    areas: int
    landmarks: int


@transaction.atomic
def boundaries_import(raw: bytes, actor: str, *, source: str = "") -> ImportReport:
    """Store the areas of a GeoJSON file (plain or gzipped), known ones updated. Emits `place.boundaries_imported`.

    An area whose parent is neither stored nor in the file is refused and named in the report, as is anything else that
    cannot be used; the rest is stored. Raises `PayloadRejected` or `TooLarge` when the file itself is no use.
    """
    file = read_boundaries(raw)
    report = ImportReport(repaired=file.repaired, refused=file.refused)
    known = {area.code: area for area in Area.objects.select_for_update()}
    for level in Level:
        _import_level([area for area in file.areas if level_of(area.code) == level], known, report, source)
    kept = {*report.imported, *report.updated}
    report.repaired = [note for note in report.repaired if note.area.partition(" ")[0] in kept]
    append(
        kind="place.boundaries_imported",
        subject=f"boundaries:{hashlib.sha256(raw).hexdigest()[:12]}",
        actor=actor,
        data={
            "imported": len(report.imported),
            "updated": len(report.updated),
            "repaired": len(report.repaired),
            "refused": len(report.refused),
            "source": source[:120],
        },
    )
    transaction.on_commit(selectors.forget)
    return report


def places_import(file: Path, actor: str = "system:cli") -> list[str]:
    """`boundaries_import` for a terminal: reads the file, gives one sentence per line.

    Raises `InvalidInput` for a file that cannot be read, and whatever `boundaries_import` raises.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror or 'unknown reason'}. Check the path.") from error
    report = boundaries_import(raw, actor, source=file.name)
    known = f"{len(report.imported)} areas added, {len(report.updated)} updated"
    return [
        f"{known}, {len(report.repaired)} repaired, {len(report.refused)} refused.",
        *(f"Repaired {note.area}: {note.words}." for note in report.repaired),
        *(f"Refused {note.area}: {note.words}." for note in report.refused),
    ]


def _import_level(read: list[ReadArea], known: dict[str, Area], report: ImportReport, source: str) -> None:
    """Parents before children, so that a child finds its parent's row whichever came first in the file."""
    new, changed = [], []
    for item in read:
        parent = known.get(parent_code(item.code))
        if parent is None and parent_code(item.code):
            words = f"its parent {parent_code(item.code)} is unknown; import that level first, or in the same file"
            report.refused.append(Note(f"{item.code} {item.name}", words))
            continue
        area = known.get(item.code)
        if area is None:
            area = Area(
                code=item.code, level=level_of(item.code), kind=kind_of(item.code), name=item.name, parent=parent
            )
            new.append(area)
        else:
            changed.append(area)
        _fill(area, item, source)
    Area.objects.bulk_create(new)
    Area.objects.bulk_update(changed, _IMPORTED, batch_size=200)
    known.update({area.code: area for area in new})
    report.imported += [area.code for area in new]
    report.updated += [area.code for area in changed]


def _fill(area: Area, item: ReadArea, source: str) -> None:
    if fold(area.name) != fold(item.name):  # the same name in other capitals is not news
        area.name = item.name
    if item.centroid:
        area.centroid_lon_deg, area.centroid_lat_deg = item.centroid
    if item.boundary:
        area.boundary, area.boundary_source = item.boundary, source[:200]
        _set_box(area, item.box)
    area.updated_at = now()


def _set_box(area: Area, box: Bbox | None) -> None:
    area.west_deg, area.south_deg, area.east_deg, area.north_deg = box or (None,) * 4


@transaction.atomic
def starter_load(city_code: str | None = None, actor: str = "system:starter") -> StarterReport:
    """Store the city we bring along, once: as soon as the city's own row exists, nothing is added or brought back, so
    that what was edited or removed stays so. Emits `place.starter_loaded`.

    Without `city_code` it is the city of the settings, and one we bring nothing for simply begins empty; named here,
    such a city raises `NotFound`.
    """
    code = settings.BAILEO.city_code if city_code is None else city_code
    if (city_code is None and code not in starter.CITIES) or Area.objects.filter(code=code).exists():
        return StarterReport(areas=0, landmarks=0)
    report = StarterReport(areas=_starter_areas(code), landmarks=_starter_landmarks(code))
    counts = {"areas": report.areas, "landmarks": report.landmarks}
    append(kind="place.starter_loaded", subject=code, actor=actor, data=counts)
    transaction.on_commit(selectors.forget)
    return report


def _starter_areas(city_code: str) -> int:
    known: Mapping[str, Area] = Area.objects.defer("boundary").in_bulk(field_name="code")
    by_code, added = dict(known), 0
    for item in starter.starter_areas(city_code):
        if item.code in by_code:
            continue
        lon_deg, lat_deg = item.centroid or (None, None)
        by_code[item.code] = Area.objects.create(
            code=item.code,
            level=level_of(item.code),
            kind=item.kind,
            name=item.name,
            aliases=item.aliases,
            parent=by_code.get(parent_code(item.code)),
            centroid_lon_deg=lon_deg,
            centroid_lat_deg=lat_deg,
        )
        added += 1
    return added


def _starter_landmarks(city_code: str) -> int:
    present = set(Landmark.objects.values_list("name", flat=True))
    missing = [item for item in starter.starter_landmarks(city_code) if item.name not in present]
    areas = Area.objects.defer("boundary").in_bulk([item.area_code for item in missing], field_name="code")
    Landmark.objects.bulk_create(
        Landmark(
            name=item.name,
            kind=item.kind,
            area=areas.get(item.area_code),
            lon_deg=item.lon_deg,
            lat_deg=item.lat_deg,
            position_approximate=True,
            aliases=item.aliases,
            source=starter.APPROXIMATE,
        )
        for item in missing
    )
    return len(missing)


@transaction.atomic
def area_save(area: Area, actor: str) -> None:
    """Store an area from the back office. Emits `place.area_saved`.

    Level and parent follow from the code; a boundary is validated and, where that is safe, repaired. Raises
    `InvalidInput` for an unknown parent or a boundary beyond repair, Django's `ValidationError` for single fields.
    """
    area.code = parse_code(area.code)
    area.level = level_of(area.code)
    area.kind = area.kind or kind_of(area.code)
    area.parent = _parent_of(area.code)
    if area.boundary:
        area.boundary, box, _ = check_boundary(area.boundary)
        _set_box(area, box)
    else:
        area.boundary = None
        _set_box(area, None)
    save_recorded(area, kind="place.area_saved", actor=actor, subject=f"area:{area.code}")
    transaction.on_commit(selectors.forget)


def _parent_of(code: str) -> Area | None:
    above = parent_code(code)
    parent = Area.objects.defer("boundary").filter(code=above).first()
    if above and parent is None:
        raise InvalidInput(f"Area {code} belongs to {above}, which does not exist. Add {above} first.")
    return parent


@transaction.atomic
def landmark_save(landmark: Landmark, actor: str) -> None:
    """Store a landmark from the back office. Emits `place.landmark_saved`.

    Without an area it gets the one its position lies in. Raises Django's `ValidationError` for single fields.
    """
    landmark.full_clean()  # before the position is used below
    if landmark.area is None:
        located = selectors.area_at(landmark.lon_deg, landmark.lat_deg)
        landmark.area = Area.objects.defer("boundary").filter(code=located.area_code).first()
    is_new = landmark.pk is None
    landmark.save()
    # The subject needs the id, which a new row has only now.
    append(kind="place.landmark_saved", subject=f"landmark:{landmark.pk}", actor=actor, data={"new": is_new})
    transaction.on_commit(selectors.forget)


@transaction.atomic
def landmark_remove(landmark: Landmark, actor: str) -> None:
    """Delete a landmark; requests that named it keep their own words. Emits `place.landmark_removed`."""
    subject = f"landmark:{landmark.pk}"
    landmark.delete()
    append(kind="place.landmark_removed", subject=subject, actor=actor)
    transaction.on_commit(selectors.forget)
