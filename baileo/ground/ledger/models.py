"""The ledger's two tables: what happened, and how far each reader has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

if TYPE_CHECKING:
    IntField = models.Field[int, int]
else:
    IntField = models.Field  # Django's own class takes no type parameters


class TransactionIdField(IntField):
    """PostgreSQL's `xid8`: the writing transaction's 64-bit number, filled in by the database."""

    def db_type(self, connection: object) -> str:
        return "xid8"

    def from_db_value(self, value: object, expression: object, connection: object) -> int:
        return int(str(value))


class Entry(models.Model):
    """One thing that happened. Appended by `services.append`, refused by the database when changed or removed."""

    txid = TransactionIdField(db_default=RawSQL("pg_current_xact_id()", []), editable=False)
    at = models.DateTimeField(
        db_default=Now(), editable=False
    )  # when it was written, UTC; order is (txid, id), not this
    kind = models.CharField(max_length=60)  # "service_request.assigned"
    subject = models.CharField(max_length=80)  # id of the thing: "2026-000123", "message:17"
    actor = models.CharField(max_length=80)  # "user:3", "contact", "system:worker"
    agencies = ArrayField(models.CharField(max_length=40), default=list)  # who else than the city desk may see it
    data = models.JSONField(default=dict)  # ids and small values; never personal text

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["txid", "id"], name="entry_horizon"),
            models.Index(fields=["subject", "id"], name="entry_subject"),
            models.Index(fields=["kind", "at"], name="entry_kind_at"),
            GinIndex(fields=["agencies"], name="entry_agencies"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Cursor(models.Model):
    """How far a durable reader has come; moved in the transaction that stores the reader's effect."""

    reader = models.CharField(max_length=60, primary_key=True)
    txid = models.BigIntegerField(default=0)
    entry_id = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.reader} at {self.txid}-{self.entry_id}"
