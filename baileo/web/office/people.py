"""Staff, roles and agencies."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from baileo.ground.people import services
from baileo.ground.people.models import Agency, Membership, User
from baileo.ground.people.roles import AGENCY_ROLES, CITY_ROLES, Role
from baileo.ground.people.selectors import actor_name
from baileo.web.office.fields import agencies_for, choose, known_values
from baileo.web.office.through_services import ServiceViewSet


class StaffForm(forms.ModelForm[User]):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    password = forms.CharField(
        label=_("New password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters, not a common word. Leave empty to keep the old one."),
    )

    class Meta:
        model = User
        fields: ClassVar = ["username", "full_name", "email", "language", "is_active"]
        labels: ClassVar = {"username": _("User name"), "email": _("E-mail"), "is_active": _("May sign in")}
        help_texts: ClassVar = {
            "username": _("What the person types when signing in. Letters, digits and @ . + - _ only."),
            "email": _("The person may also sign in with it."),
            "is_active": _("Switch off instead of deleting: the history keeps the name, every open session ends."),
        }


class StaffViewSet(ServiceViewSet):
    model = User
    form_class = StaffForm
    name = "staff"
    url_prefix = "staff"
    icon = "user"
    menu_label = _("Staff")
    list_display: ClassVar = ["username", "full_name", "is_active", "last_login"]
    list_filter: ClassVar = ["is_active"]
    inspect_view_fields: ClassVar = ["username", "full_name", "email", "language", "is_active", "last_login"]
    search_fields: ClassVar = ["username", "full_name"]
    ordering: ClassVar = ["username"]

    @staticmethod
    def save(instance: User, form: StaffForm, user: User) -> User:
        return services.user_save(user=instance, actor=user, password=form.cleaned_data.get("password", ""))

    @staticmethod
    def saved(request: HttpRequest, instance: User) -> None:
        if instance.pk == request.user.pk:  # who changes the own password stays signed in here
            update_session_auth_hash(request, instance)

    @staticmethod
    def subject(instance: User) -> str:
        return actor_name(instance)


def _roles_and_agencies() -> str:
    """One sentence each for roles of one agency, of the whole city, and of either."""
    named = [
        (gettext("For one agency, choose it below: %(roles)s."), AGENCY_ROLES),
        (gettext("For the whole city, leave the agency empty: %(roles)s."), CITY_ROLES),
        (gettext("Either: %(roles)s."), tuple(role for role in Role if role not in {*AGENCY_ROLES, *CITY_ROLES})),
    ]
    return " ".join(sentence % {"roles": ", ".join(str(role.label) for role in roles)} for sentence, roles in named)


class MembershipForm(forms.ModelForm[Membership]):
    """A role is given and taken, not rewritten: on an existing one the person stays."""

    class Meta:
        model = Membership
        fields: ClassVar = ["user", "role", "agency"]
        help_texts: ClassVar = {"role": lazy(_roles_and_agencies, str)()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "user", User.objects.filter(Q(is_active=True) | Q(pk=self.instance.user_id)))
        choose(self, "agency", agencies_for(self.instance.agency_id), none=_("the whole city"))
        self.fields["user"].disabled = bool(self.instance.pk)

    def _get_validation_exclusions(self) -> set[str]:
        """What a role needs is the service's to say, in a sentence; the model's constraints would speak first."""
        return {*super()._get_validation_exclusions(), "role", "agency"}  # type: ignore[misc]


class MembershipViewSet(ServiceViewSet):
    model = Membership
    form_class = MembershipForm
    name = "roles"
    url_prefix = "roles"
    icon = "key"
    menu_label = _("Roles")
    list_display: ClassVar = ["user", "role", "agency"]
    list_filter: ClassVar = ["role", "agency"]
    inspect_view_fields: ClassVar = ["user", "role", "agency"]
    search_fields: ClassVar = ["user__username", "user__full_name"]
    ordering: ClassVar = ["user__username"]
    loads: ClassVar = ["user", "agency"]

    @staticmethod
    @transaction.atomic
    def save(instance: Membership, form: MembershipForm, user: User) -> Membership:
        """Another role instead of the old one: both halves or neither."""
        if instance.pk:
            old = Membership.objects.select_related("user", "agency").get(pk=instance.pk)
            if not form.has_changed():
                return old
            services.membership_take(membership=old, actor=user)
        return services.membership_give(user=instance.user, role=instance.role, agency=instance.agency, actor=user)

    @staticmethod
    def delete(instance: Membership, user: User) -> None:
        services.membership_take(membership=instance, actor=user)

    @staticmethod
    def title(instance: Membership) -> str:
        where = f", {instance.agency}" if instance.agency else ""
        return f"{instance.user}, {instance.get_role_display()}{where}"

    @staticmethod
    def subject(instance: Membership) -> str:
        return f"user:{instance.user_id}"


AGENCY_KINDS = (
    ("dinas", "Dinas"),
    ("badan", "Badan"),
    ("satuan", "Satuan"),
    ("sekretariat", "Sekretariat"),
    ("inspektorat", "Inspektorat"),
    ("kecamatan", "Kecamatan"),
    ("external", _("outside the city government")),
)


class AgencyForm(forms.ModelForm[Agency]):
    class Meta:
        model = Agency
        fields: ClassVar = ["code", "name", "short_name", "kind", "duty", "source", "is_active"]
        widgets: ClassVar = {"duty": forms.Textarea(attrs={"rows": 2})}
        help_texts: ClassVar = {
            "code": _(
                "Short, in small letters: pupr. Requests and the ledger know the agency by it; it never changes."
            ),
            "short_name": _("As people call it: PUPR. It stands on the desk and in answers to citizens."),
            "source": _("Where name and duty were read: an address or a regulation."),
            "is_active": _("Nothing can be assigned to an agency that is switched off; its old requests stay."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].disabled = bool(self.instance.pk)
        self.fields["kind"] = forms.ChoiceField(
            label=self.fields["kind"].label,
            choices=[("", "–"), *known_values(Agency.objects.all(), "kind", AGENCY_KINDS)],
            required=False,
        )


class AgencyViewSet(ServiceViewSet):
    model = Agency
    form_class = AgencyForm
    name = "agencies"
    url_prefix = "agencies"
    icon = "home"
    menu_label = _("Agencies")
    list_display: ClassVar = ["short_name", "name", "code", "is_active"]
    list_filter: ClassVar = ["is_active"]
    inspect_view_fields: ClassVar = ["code", "name", "short_name", "kind", "duty", "source", "is_active"]
    search_fields: ClassVar = ["code", "name", "short_name"]
    ordering: ClassVar = ["name"]

    @staticmethod
    def save(instance: Agency, form: AgencyForm, user: User) -> Agency:
        return services.agency_save(agency=instance, actor=user)

    @staticmethod
    def subject(instance: Agency) -> str:
        return f"agency:{instance.code}"


class PeopleGroup(ModelViewSetGroup):  # type: ignore[misc]
    menu_label = _("People")
    menu_name = "people"
    menu_icon = "group"
    menu_order = 100
    items = (StaffViewSet, MembershipViewSet, AgencyViewSet)
