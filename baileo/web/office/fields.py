"""Form fields for a small office: lists as words between commas, days by the browser's own calendar."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from baileo.core.text import one_line
from baileo.ground.people.models import Agency

LONGEST_WORD = 120  # characters


class WordsField(forms.CharField):
    """A list of words or short phrases, written "lampu mati, gelap" and kept as a JSON list, each once."""

    def __init__(self, **kwargs: Any) -> None:
        for name in ("encoder", "decoder"):  # a model's JSON field hands them over
            kwargs.pop(name, None)
        kwargs["widget"] = forms.Textarea(attrs={"rows": 3})
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        words = (one_line(word) for word in str(value or "").replace("\n", ",").replace(";", ",").split(","))
        return list(dict.fromkeys(word for word in words if word))

    def validate(self, value: Any) -> None:
        super().validate(value)
        for word in value:
            if len(word) > LONGEST_WORD:
                raise ValidationError(_("“%(start)s…” is too long. Put a comma between words.") % {"start": word[:30]})

    def run_validators(self, value: Any) -> None:
        """None of a text's: the value is a list by now."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))


class DayInput(forms.DateInput):
    """The browser's calendar. It sends and wants ISO days whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


def known_values(
    rows: models.QuerySet[Any], field: str, first: Iterable[tuple[str, Any]] = ()
) -> list[tuple[str, Any]]:
    """Choices of a column that is open text: the usual ones with their names, then whatever else is in use."""
    choices = dict(first)
    in_use = rows.order_by(field).values_list(field, flat=True).distinct()
    choices.update({value: value for value in in_use if value and value not in choices})
    return list(choices.items())


def choose(form: forms.BaseForm, name: str, rows: models.QuerySet[Any], *, none: Any = None) -> None:
    """Offer these rows; `none` is what stands for no choice."""
    field = form.fields[name]
    field.queryset = rows  # type: ignore[attr-defined]
    if none is not None:
        field.empty_label = none  # type: ignore[attr-defined]


def agencies_for(now_id: int | None) -> models.QuerySet[Agency]:
    """Agencies that work, and the one already chosen though it may be switched off."""
    return Agency.objects.filter(models.Q(is_active=True) | models.Q(pk=now_id))
