"""Wagtail's generic views, writing only through our services: one transaction, one ledger entry, one clear refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models
from django.forms import ModelForm
from django.http import HttpResponse
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from baileo.core.errors import BaileoError

Save = Callable[..., Any]


class _SavesThroughService:
    """Give the checked, unsaved instance to the viewset's service instead of saving it."""

    save_service: Save

    def save_instance(self) -> models.Model:
        form: ModelForm[models.Model] = self.form  # type: ignore[attr-defined]
        instance = form.save(commit=False)
        saved = self.save_service(instance, form, self.request.user)  # type: ignore[attr-defined]
        return saved if isinstance(saved, models.Model) else instance

    def form_valid(self, form: ModelForm[models.Model]) -> HttpResponse:
        try:
            return super().form_valid(form)  # type: ignore[misc,no-any-return]
        except BaileoError as refused:
            form.add_error(None, str(refused))
            return self.form_invalid(form)  # type: ignore[attr-defined,no-any-return]


class CreateView(_SavesThroughService, generic.CreateView):  # type: ignore[misc]
    pass


class EditView(_SavesThroughService, generic.EditView):  # type: ignore[misc]
    pass


class DeleteView(generic.DeleteView):  # type: ignore[misc]
    delete_service: Save

    def delete_action(self) -> None:
        self.delete_service(self.object, self.request.user)


class ServiceViewSet(ModelViewSet):  # type: ignore[misc]
    """A model viewset whose writes are the two functions given here.

    `save(instance, form, user)` and `delete(instance, user)` each call one service; without `delete` there is no
    delete button, because most things here are referred to by history and are switched off instead.
    """

    add_view_class = CreateView
    edit_view_class = EditView
    delete_view_class = DeleteView
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = False
    list_per_page = 50

    @staticmethod
    def save(instance: Any, form: Any, user: Any) -> Any:
        raise NotImplementedError

    delete: Save | None = None

    def get_add_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_add_view_kwargs(**kwargs), "save_service": staticmethod(self.save)}

    def get_edit_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_edit_view_kwargs(**kwargs), "save_service": staticmethod(self.save)}

    def get_delete_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_delete_view_kwargs(**kwargs), "delete_service": self.delete}
