"""Wagtail's generic views, writing only through our services: one transaction, one ledger entry, one clear refusal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.forms import BaseForm, ModelForm
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from baileo.core.errors import BaileoError
from baileo.web.office.door import OURS, refused_is_403
from baileo.web.shared.wording import day_and_time_in_words, number_in_words


class _OfViewSet:
    """What our views ask of their viewset."""

    viewset: Any = None
    object: Any
    request: Any

    def get_page_subtitle(self) -> str:
        if getattr(self, "object", None) is None:
            return str(super().get_page_subtitle())  # type: ignore[misc]
        return str(self.viewset.title(self.object))

    def ledger_button(self) -> list[Button]:
        """To everything that happened to the thing, for those who may read it."""
        subject = self.viewset.subject(self.object)
        if not subject or not self.request.user.has_perm("people.audit"):
            return []
        url = f"{reverse('office-ledger')}?{urlencode({'subject': subject})}"
        return [Button(_("History in the ledger"), url=url, icon_name="history", priority=40)]


class _SavesThroughService(_OfViewSet):
    """Give the checked, unsaved instance to the viewset's service instead of saving it."""

    def get_success_message(self, instance: Any = None) -> str:
        return _("Saved: %(thing)s.") % {"thing": self.viewset.title(instance or self.object)}

    def save_instance(self) -> models.Model:
        form: ModelForm[models.Model] = self.form  # type: ignore[attr-defined]
        instance = form.save(commit=False)
        saved = self.viewset.save(instance, form, self.request.user)
        self.viewset.saved(self.request, instance)
        return saved if isinstance(saved, models.Model) else instance

    def form_valid(self, form: ModelForm[models.Model]) -> HttpResponse:
        try:
            return super().form_valid(form)  # type: ignore[misc,no-any-return]
        except (BaileoError, ValidationError) as refused:
            say(form, refused)
        self.produced_error_message = self.get_error_message()  # type: ignore[attr-defined]
        return self.form_invalid(form)  # type: ignore[attr-defined,no-any-return]


class InWords(Column):  # type: ignore[misc]
    """A column of a list: yes and no, days and times in words, a dash for nothing."""

    def get_value(self, instance: models.Model) -> str:
        return in_words(super().get_value(instance))


class IndexView(generic.IndexView):  # type: ignore[misc]
    """The list. The looking-glass page is for those who cannot open the form."""

    viewset: Any = None
    FORMATS = ()  # no list leaves as a table file by a word in the address

    def _get_custom_column(self, field_name: str, column_class: type[Column] = InWords, **kwargs: Any) -> Column:
        return super()._get_custom_column(field_name, column_class, **kwargs)

    def get_inspect_url(self, instance: models.Model) -> str | None:
        return None if self.user_has_permission("change") else super().get_inspect_url(instance)

    def get_list_more_buttons(self, instance: models.Model) -> list[Any]:
        """The name leads to the form, so only what leads elsewhere needs a menu."""
        buttons = super().get_list_more_buttons(instance)
        return [button for button in buttons if button.url == self.get_delete_url(instance)]

    def get_base_queryset(self) -> Any:
        return super().get_base_queryset().select_related(*self.viewset.loads).defer(*self.viewset.leaves)


class CreateView(_SavesThroughService, generic.CreateView):  # type: ignore[misc]
    pass


class EditView(_SavesThroughService, generic.EditView):  # type: ignore[misc]
    def get_inspect_url(self) -> None:
        return None

    def get_last_updated_info(self) -> None:
        return None  # Wagtail's own log knows nothing of our writes; the ledger does

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        return [*super().header_more_buttons, *self.ledger_button()]


class DeleteView(_OfViewSet, generic.DeleteView):  # type: ignore[misc]
    def delete_action(self) -> None:
        self.viewset.delete(self.object, self.request.user)

    def get_success_message(self) -> str:
        return _("Removed: %(thing)s.") % {"thing": self.viewset.title(self.object)}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            with transaction.atomic():
                return super().form_valid(form)  # type: ignore[no-any-return]
        except BaileoError as refused:
            messages.error(self.request, str(refused))
            return redirect(self.get_success_url())


class InspectView(_OfViewSet, generic.InspectView):  # type: ignore[misc]
    """All that the form shows, for those who may look but not change."""

    page_title = ""

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        return self.ledger_button()

    def get_fields_context(self) -> list[dict[str, Any]]:
        return [self._shown(name) for name in self.fields]

    def _shown(self, name: str) -> dict[str, Any]:
        field = self.model._meta.get_field(name)
        display = getattr(self.object, f"get_{name}_display", None)
        value = display() if display else getattr(self.object, name)
        return {"label": capfirst(field.verbose_name), "value": in_words(value), "component": None}


def in_words(value: object) -> str:
    """A value as people read it; a dash for none."""
    match value:
        case None | "" | []:
            return "–"
        case bool():
            return _("yes") if value else _("no")
        case datetime():
            return day_and_time_in_words(value)
        case date():
            return date_format(value, "j F Y")
        case int():
            return number_in_words(value) if value >= 10_000 else str(value)  # a year has no dot in it
        case list():
            return ", ".join(str(item) for item in value)
    return str(value)


def say(form: BaseForm, refused: BaileoError | ValidationError) -> None:
    """A service's refusal becomes the form's: at its field where it names one of them, else above the form."""
    if isinstance(refused, BaileoError):
        form.add_error(None, str(refused))
        return
    named = refused.error_dict if hasattr(refused, "error_dict") else {NON_FIELD_ERRORS: refused.error_list}
    for field, errors in named.items():
        form.add_error(field if field in form.fields else None, errors)


class ServiceViewSet(ModelViewSet):  # type: ignore[misc]
    """A model viewset whose writes are the functions given here.

    `save(instance, form, user)` and `delete(instance, user)` each call one service; without `delete` there is no
    delete button, because most things here are referred to by history and are switched off instead.
    """

    index_view_class = IndexView
    add_view_class = CreateView
    edit_view_class = EditView
    delete_view_class = DeleteView
    inspect_view_class = InspectView
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    list_per_page = 50
    form_class: ClassVar[type[ModelForm[Any]]]
    loads: ClassVar[Sequence[str]] = ()  # relations that the list shows
    leaves: ClassVar[Sequence[str]] = ()  # heavy columns that it does not

    @staticmethod
    def save(instance: Any, form: Any, user: Any) -> Any:
        raise NotImplementedError

    delete: Any = None

    @staticmethod
    def saved(request: Any, instance: Any) -> None:
        """After a write that came through."""

    @staticmethod
    def title(instance: Any) -> str:
        """What people call the thing, for the head of its page and for "Saved: …"."""
        return str(instance)

    @staticmethod
    def subject(instance: Any) -> str:
        """How the ledger names the thing; "" when it has no name of its own there."""
        return ""

    @cached_property
    def url_namespace(self) -> str:
        return f"{OURS}{self.name}"

    def get_form_class(self, for_update: bool = False) -> type[ModelForm[Any]]:
        return self.form_class

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        ours = {"viewset": self, "history_url_name": None, "usage_url_name": None}
        if self.delete is None:
            ours["delete_url_name"] = None
        return super().get_common_view_kwargs(**{**ours, **kwargs})  # type: ignore[no-any-return]

    def construct_view(self, view_class: Any, **kwargs: Any) -> Any:
        return refused_is_403(super().construct_view(view_class, **kwargs))

    def get_urlpatterns(self) -> list[URLPattern]:
        wanted = {"index", "index_results", "add", "edit", "inspect", *(["delete"] if self.delete else [])}
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in wanted]
