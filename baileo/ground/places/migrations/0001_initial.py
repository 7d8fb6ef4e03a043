"""Expand: areas by Kemendagri code and landmarks, both empty.

Rollout    1 of 1. Nothing reads or writes these tables before this release; `baileo up` fills them with the starter
           city in its own transaction.
Old code   does not know the tables.
Lock       none on existing tables; creates new ones.
Undo       `migrate places zero` drops both tables. Imported boundaries can be imported again from their files; areas
           and landmarks edited in the back office are lost, so take a copy of the database first.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Area",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=13, unique=True, verbose_name="code")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("province", "province"),
                            ("regency", "regency or city"),
                            ("district", "district"),
                            ("village", "village"),
                        ],
                        max_length=10,
                        verbose_name="level",
                    ),
                ),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("aliases", models.JSONField(blank=True, default=list, verbose_name="other names")),
                ("centroid_lon_deg", models.FloatField(blank=True, null=True, verbose_name="longitude")),
                ("centroid_lat_deg", models.FloatField(blank=True, null=True, verbose_name="latitude")),
                ("boundary", models.JSONField(blank=True, null=True, verbose_name="boundary")),
                (
                    "boundary_source",
                    models.CharField(blank=True, max_length=200, verbose_name="source of the boundary"),
                ),
                ("west_deg", models.FloatField(blank=True, editable=False, null=True)),
                ("south_deg", models.FloatField(blank=True, editable=False, null=True)),
                ("east_deg", models.FloatField(blank=True, editable=False, null=True)),
                ("north_deg", models.FloatField(blank=True, editable=False, null=True)),
                ("population", models.PositiveIntegerField(blank=True, null=True, verbose_name="population")),
                (
                    "population_year",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="year of the population figure"
                    ),
                ),
                (
                    "population_source",
                    models.CharField(blank=True, max_length=200, verbose_name="source of the population figure"),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="places.area",
                        verbose_name="part of",
                    ),
                ),
            ],
            options={
                "verbose_name": "area",
                "verbose_name_plural": "areas",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Landmark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("lon_deg", models.FloatField(verbose_name="longitude")),
                ("lat_deg", models.FloatField(verbose_name="latitude")),
                ("position_approximate", models.BooleanField(default=False, verbose_name="position approximate")),
                ("aliases", models.JSONField(blank=True, default=list, verbose_name="other names")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="source")),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="landmarks",
                        to="places.area",
                        verbose_name="area",
                    ),
                ),
            ],
            options={
                "verbose_name": "landmark",
                "verbose_name_plural": "landmarks",
                "ordering": ["name"],
            },
        ),
        migrations.AddConstraint(
            model_name="area",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("code__regex", "^[0-9]{2}$"), ("level", "province")),
                    models.Q(("code__regex", "^[0-9]{2}\\.[0-9]{2}$"), ("level", "regency")),
                    models.Q(("code__regex", "^[0-9]{2}\\.[0-9]{2}\\.[0-9]{2}$"), ("level", "district")),
                    models.Q(("code__regex", "^[0-9]{2}\\.[0-9]{2}\\.[0-9]{2}\\.[0-9]{4}$"), ("level", "village")),
                    _connector="OR",
                ),
                name="area_code_fits_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="area",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("centroid_lat_deg__isnull", True), ("centroid_lon_deg__isnull", True)),
                    models.Q(
                        ("centroid_lat_deg__isnull", False),
                        ("centroid_lat_deg__range", (-90, 90)),
                        ("centroid_lon_deg__isnull", False),
                        ("centroid_lon_deg__range", (-180, 180)),
                    ),
                    _connector="OR",
                ),
                name="area_centroid_on_earth",
            ),
        ),
        migrations.AddConstraint(
            model_name="area",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("boundary__isnull", True),
                    models.Q(
                        ("east_deg__isnull", False),
                        ("east_deg__lte", 180),
                        ("north_deg__isnull", False),
                        ("north_deg__lte", 90),
                        ("south_deg__gte", -90),
                        ("south_deg__isnull", False),
                        ("south_deg__lte", models.F("north_deg")),
                        ("west_deg__gte", -180),
                        ("west_deg__isnull", False),
                        ("west_deg__lte", models.F("east_deg")),
                    ),
                    _connector="OR",
                ),
                name="area_box_with_boundary",
            ),
        ),
        migrations.AddConstraint(
            model_name="area",
            constraint=models.CheckConstraint(
                condition=models.Q(("population__isnull", True), ("population_year__isnull", False), _connector="OR"),
                name="area_population_has_year",
            ),
        ),
        migrations.AddConstraint(
            model_name="landmark",
            constraint=models.CheckConstraint(
                condition=models.Q(("lat_deg__range", (-90, 90)), ("lon_deg__range", (-180, 180))),
                name="landmark_on_earth",
            ),
        ),
    ]
