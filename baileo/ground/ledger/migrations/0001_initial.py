"""Expand: the ledger's tables, and the database's own refusal to change what has happened.

Rollout    1 of 1. Nothing reads or writes these tables before this release.
Old code   does not know the tables.
Lock       none on existing tables; creates new ones.
Undo       `migrate ledger zero` drops the whole history. Take a copy of the database first.

The triggers fire for every role, the table's owner and superusers included, and also in sessions that set
`session_replication_role` (ENABLE ALWAYS). Getting round them takes a deliberate ALTER TABLE by the owner.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from baileo.ground.ledger.models import TransactionIdField

REFUSE_CHANGES = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: % on % is refused. Append a correcting entry instead.',
        TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER ledger_entry_no_change BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_no_change;
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_no_truncate;
"""
ALLOW_CHANGES = """
DROP TRIGGER ledger_entry_no_truncate ON ledger_entry;
DROP TRIGGER ledger_entry_no_change ON ledger_entry;
DROP FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            name="Cursor",
            fields=[
                ("reader", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("txid", models.BigIntegerField(default=0)),
                ("entry_id", models.BigIntegerField(default=0)),
                ("moved_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("txid", TransactionIdField(db_default=RawSQL("pg_current_xact_id()", []), editable=False)),
                ("at", models.DateTimeField(db_default=Now(), editable=False)),
                ("kind", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=80)),
                ("actor", models.CharField(max_length=80)),
                ("agencies", ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ("data", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["txid", "id"], name="entry_horizon"),
                    models.Index(fields=["subject", "id"], name="entry_subject"),
                    models.Index(fields=["kind", "at"], name="entry_kind_at"),
                    GinIndex(fields=["agencies"], name="entry_agencies"),
                ],
            },
        ),
        migrations.RunSQL(REFUSE_CHANGES, ALLOW_CHANGES),
    ]
