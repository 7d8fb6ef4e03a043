"""The edge's only table: how often somebody asked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class RateWindow(models.Model):
    """One caller's tries in one scope and window. The key is a keyed hash of all three: no address is stored.

    UNLOGGED in PostgreSQL: cheap to write, empty after a crash, which forgives everybody.
    """

    key = models.CharField(max_length=64, primary_key=True)
    hits = models.PositiveIntegerField()
    ends_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ends_at"], name="rate_window_end")]

    def __str__(self) -> str:
        return f"{self.hits} until {self.ends_at}"
