"""Expand: the table behind Django's cache, where sign-in and form limits are counted for all processes together.

Rollout    1 of 1. Settings name the table from this release on.
Old code   does not know the table.
Lock       none on existing tables; creates a new one.
Undo       `migrate people 0001`; limits then fail until the table is back. Nothing of value is lost.

UNLOGGED: counts need no safety copy, writing them costs little, and a crash forgets them.
The columns are those that `django.core.cache.backends.db.DatabaseCache` expects (`createcachetable`).
"""

from django.db import migrations

CREATE = """
CREATE UNLOGGED TABLE baileo_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX baileo_cache_expires ON baileo_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE baileo_cache")]
