"""What a person changed in a row, by the names of its fields; for entries that must not hold the values."""

from __future__ import annotations

from typing import Any

from django.db import models

LONGEST = 200  # characters that one value of an entry may have


def changed_fields(row: models.Model) -> list[str]:
    """Names of the fields that differ from what is stored, for a new row from their defaults. Ask before saving.

    Never values. Fields that a clock or the like fills in are left out.
    """
    stored = [field for field in row._meta.concrete_fields if not field.primary_key and not _is_stamped(field)]
    fields = {field.attname: field.get_default() for field in stored}
    before = type(row)._default_manager.filter(pk=row.pk).values(*fields).first() if row.pk else None
    return [name for name, value in (before or fields).items() if value != getattr(row, name)]


def changed_words(row: models.Model) -> str:
    """`changed_fields` as one value fit for an entry's `data`: "duty,is_active"."""
    return ",".join(changed_fields(row))[:LONGEST]


def _is_stamped(field: models.Field[Any, Any]) -> bool:
    is_stamp = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return is_stamp or (field.has_default() and callable(field.default) and not _is_container(field))


def _is_container(field: models.Field[Any, Any]) -> bool:
    """`default=list` and `default=dict` are values like others."""
    return field.default in (list, dict)
