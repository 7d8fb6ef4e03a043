"""Staff, roles and agencies."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from baileo.ground.people import services
from baileo.ground.people.models import Agency, Membership, User
from baileo.web.office.through_services import ServiceViewSet


class StaffForm(forms.ModelForm[User]):
    password = forms.CharField(
        label=_("New password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 signs. Leave empty to keep the old one."),
    )

    class Meta:
        model = User
        fields: ClassVar = ["username", "full_name", "email", "language", "is_active"]


class StaffViewSet(ServiceViewSet):
    model = User
    name = "staff"
    url_prefix = "staff"
    icon = "user"
    menu_label = _("Staff")
    list_display: ClassVar = ["username", "full_name", "is_active", "last_login"]
    search_fields: ClassVar = ["username", "full_name"]
    ordering: ClassVar = ["username"]

    def get_form_class(self, for_update: bool = False) -> type[StaffForm]:
        return StaffForm

    @staticmethod
    def save(instance: User, form: Any, user: User) -> User:
        return services.user_save(user=instance, actor=user, password=form.cleaned_data.get("password", ""))


class MembershipViewSet(ServiceViewSet):
    model = Membership
    name = "roles"
    url_prefix = "roles"
    icon = "group"
    menu_label = _("Roles")
    form_fields: ClassVar = ["user", "role", "agency"]
    list_display: ClassVar = ["user", "role", "agency"]
    list_filter: ClassVar = ["role", "agency"]
    ordering: ClassVar = ["user__username"]

    @staticmethod
    def save(instance: Membership, form: Any, user: User) -> Membership:
        if instance.pk:
            services.membership_take(membership=Membership.objects.get(pk=instance.pk), actor=user)
        return services.membership_give(user=instance.user, role=instance.role, agency=instance.agency, actor=user)

    @staticmethod
    def delete(instance: Membership, user: User) -> None:
        services.membership_take(membership=instance, actor=user)


class AgencyViewSet(ServiceViewSet):
    model = Agency
    name = "agencies"
    url_prefix = "agencies"
    icon = "home"
    menu_label = _("Agencies")
    form_fields: ClassVar = ["code", "name", "short_name", "kind", "duty", "source", "is_active"]
    list_display: ClassVar = ["short_name", "name", "kind", "is_active"]
    search_fields: ClassVar = ["code", "name", "short_name"]
    ordering: ClassVar = ["name"]

    @staticmethod
    def save(instance: Agency, form: Any, user: User) -> Agency:
        return services.agency_save(agency=instance, actor=user)


class PeopleGroup(ModelViewSetGroup):  # type: ignore[misc]
    menu_label = _("People")
    menu_icon = "group"
    menu_order = 100
    items = (StaffViewSet, MembershipViewSet, AgencyViewSet)
