"""Expand: the table in which tries are counted.

Rollout    1 of 1. Nothing reads or writes it before this release.
Old code   does not know the table.
Lock       none on existing tables; creates a new, empty one and makes it UNLOGGED.
Undo       `migrate api zero`; forgets who asked how often, nothing else.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="RateWindow",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("hits", models.PositiveIntegerField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["ends_at"], name="rate_window_end")],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE api_ratewindow SET UNLOGGED",
            "ALTER TABLE api_ratewindow SET LOGGED",
        ),
    ]
