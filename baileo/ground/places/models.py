"""Areas and landmarks: shape and constraints, no rules. WGS 84, degrees, longitude first."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from baileo.ground.places.codes import CODE_PATTERNS, Level


class Area(models.Model):
    """One administrative area under its Kemendagri code, such as "81.71.02.2003".

    Write through `services.py`, read through `selectors.py`. `boundary` is a GeoJSON Polygon or MultiPolygon as
    imported; whoever needs to know where a point lies asks `boundaries.area_at`, which also copes without one.
    """

    code = models.CharField(_("code"), max_length=13, unique=True)
    level = models.CharField(_("level"), max_length=10, choices=Level)
    kind = models.CharField(_("kind"), max_length=40)  # what people call it: kelurahan, desa, negeri, kota, kabupaten
    name = models.CharField(_("name"), max_length=120)
    aliases = models.JSONField(_("other names"), default=list, blank=True)  # list of str
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    centroid_lon_deg = models.FloatField(_("longitude"), null=True, blank=True)
    centroid_lat_deg = models.FloatField(_("latitude"), null=True, blank=True)
    boundary = models.JSONField(_("boundary"), null=True, blank=True)
    boundary_source = models.CharField(_("source of the boundary"), max_length=200, blank=True)
    west_deg = models.FloatField(null=True, blank=True, editable=False)  # box of the boundary
    south_deg = models.FloatField(null=True, blank=True, editable=False)
    east_deg = models.FloatField(null=True, blank=True, editable=False)
    north_deg = models.FloatField(null=True, blank=True, editable=False)
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    population_year = models.PositiveSmallIntegerField(_("year of the population figure"), null=True, blank=True)
    population_source = models.CharField(_("source of the population figure"), max_length=200, blank=True)
    updated_at = models.DateTimeField(auto_now=True)  # look-ups rebuild themselves when the newest one changes

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="area_code_fits_level",
                condition=Q(
                    *(Q(level=level.value, code__regex=pattern) for level, pattern in CODE_PATTERNS.items()),
                    _connector=Q.OR,
                ),
            ),
            models.CheckConstraint(
                name="area_centroid_on_earth",
                condition=Q(centroid_lon_deg__isnull=True, centroid_lat_deg__isnull=True)
                | Q(
                    centroid_lon_deg__isnull=False,  # said aloud: a comparison with NULL would pass the check
                    centroid_lat_deg__isnull=False,
                    centroid_lon_deg__range=(-180, 180),
                    centroid_lat_deg__range=(-90, 90),
                ),
            ),
            models.CheckConstraint(
                name="area_box_with_boundary",
                condition=Q(boundary__isnull=True)
                | Q(
                    west_deg__isnull=False,
                    south_deg__isnull=False,
                    east_deg__isnull=False,
                    north_deg__isnull=False,
                    west_deg__gte=-180,
                    south_deg__gte=-90,
                    east_deg__lte=180,
                    north_deg__lte=90,
                    west_deg__lte=F("east_deg"),
                    south_deg__lte=F("north_deg"),
                ),
            ),
            models.CheckConstraint(
                name="area_population_has_year",
                condition=Q(population__isnull=True) | Q(population_year__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    def clean(self) -> None:
        _check_names(self.aliases)


class Landmark(models.Model):
    """A place people name when they say where something is: a market, a bridge, a neighbourhood."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=40)  # market, port, neighbourhood ...
    area = models.ForeignKey(
        Area, models.SET_NULL, null=True, blank=True, related_name="landmarks", verbose_name=_("area")
    )
    lon_deg = models.FloatField(_("longitude"))
    lat_deg = models.FloatField(_("latitude"))
    position_approximate = models.BooleanField(_("position approximate"), default=False)
    aliases = models.JSONField(_("other names"), default=list, blank=True)  # list of str
    source = models.CharField(_("source"), max_length=200, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("landmark")
        verbose_name_plural = _("landmarks")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="landmark_on_earth", condition=Q(lon_deg__range=(-180, 180), lat_deg__range=(-90, 90))
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        _check_names(self.aliases)


def _check_names(aliases: object) -> None:
    if not (isinstance(aliases, list) and all(isinstance(name, str) and 0 < len(name) <= 120 for name in aliases)):
        raise ValidationError({"aliases": _("Give other names as a list of words.")})
