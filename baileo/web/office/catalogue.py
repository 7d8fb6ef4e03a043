"""What one can ask, by when the city promises to act, and on which days it does not work."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.model import ModelViewSetGroup

from baileo.city.service_requests import services
from baileo.city.service_requests.models import DeadlineRule, Holiday, Service, ServiceGroup, ServiceRequest
from baileo.ground.people.models import User
from baileo.web.office.fields import DayInput, WordsField, agencies_for, choose
from baileo.web.office.through_services import CreateView, EditView, ServiceViewSet, in_words

CODE = _("Small letters, digits and _ only; it never changes, other systems and the history know it.")
ORDER = _("Small numbers come first.")


class GroupForm(forms.ModelForm[ServiceGroup]):
    class Meta:
        model = ServiceGroup
        fields: ClassVar = ["code", "name", "name_en", "position"]
        help_texts: ClassVar = {"code": CODE, "position": ORDER}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].disabled = bool(self.instance.pk)


class GroupViewSet(ServiceViewSet):
    model = ServiceGroup
    form_class = GroupForm
    name = "service-groups"
    url_prefix = "service-groups"
    icon = "folder-open-inverse"
    menu_label = _("Service groups")
    list_display: ClassVar = ["name", "code", "position"]
    inspect_view_fields: ClassVar = GroupForm.Meta.fields
    ordering: ClassVar = ["position", "name"]

    @staticmethod
    def save(instance: ServiceGroup, form: GroupForm, user: User) -> ServiceGroup:
        return services.service_group_save(actor=user, group=instance)

    @staticmethod
    def subject(instance: ServiceGroup) -> str:
        return f"service_group:{instance.code}"


class ServiceForm(forms.ModelForm[Service]):
    words = WordsField(
        label=_("Words people use for it"),
        required=False,
        help_text=_("With commas between: lampu jalan, galap. A report that uses one has this service proposed."),
    )

    class Meta:
        model = Service
        fields: ClassVar = [
            "name",
            "name_en",
            "service_code",
            "group",
            "words",
            "default_agency",
            "is_urgent",
            "is_active",
            "position",
        ]
        help_texts: ClassVar = {
            "service_code": CODE,
            "default_agency": _("Proposed to the officer; nothing is assigned by itself."),
            "is_urgent": _("New requests of this service are urgent, whatever was ticked."),
            "is_active": _("Switch off instead of deleting: old requests keep the service."),
            "position": ORDER,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service_code"].disabled = bool(self.instance.pk)
        choose(self, "default_agency", agencies_for(self.instance.default_agency_id), none=_("the officer chooses"))


class ServiceCatalogueViewSet(ServiceViewSet):
    model = Service
    form_class = ServiceForm
    name = "services"
    url_prefix = "services"
    icon = "list-ul"
    menu_label = _("Services")
    list_display: ClassVar = ["name", "group", "default_agency", "is_urgent", "is_active"]
    list_filter: ClassVar = ["group", "default_agency", "is_active"]
    inspect_view_fields: ClassVar = ServiceForm.Meta.fields
    search_fields: ClassVar = ["name", "name_en", "service_code"]
    ordering: ClassVar = ["group__position", "position", "name"]
    loads: ClassVar = ["group", "default_agency"]

    @staticmethod
    def save(instance: Service, form: ServiceForm, user: User) -> Service:
        return services.service_save(actor=user, service=instance)

    @staticmethod
    def subject(instance: Service) -> str:
        return f"service:{instance.service_code}"


def rule_limit(rule: DeadlineRule) -> str:
    """3 working days after it is received"""
    words = gettext("%(amount)d %(unit)s after it is %(event)s")
    event, unit = rule.get_start_event_display(), rule.get_unit_display()
    return words % {"amount": rule.amount, "unit": unit, "event": event}


def rule_scope(rule: DeadlineRule) -> str:
    """Which requests it is for."""
    kind = str(ServiceRequest.Kind(rule.kind).label) if rule.kind in ServiceRequest.Kind.values else rule.kind
    parts = [str(rule.service) if rule.service else "", kind]
    return ", ".join(part for part in parts if part) or gettext("all requests")


def rule_span(rule: DeadlineRule) -> str:
    start, end = in_words(rule.valid_from), in_words(rule.valid_to)
    return gettext("from %(start)s") % {"start": start} if rule.valid_to is None else f"{start} – {end}"


class DeadlineRuleForm(forms.ModelForm[DeadlineRule]):
    kind = forms.ChoiceField(label=_("Kind of request"), required=False)

    class Meta:
        model = DeadlineRule
        fields: ClassVar = [
            "target",
            "amount",
            "unit",
            "start_event",
            "service",
            "kind",
            "valid_from",
            "valid_to",
            "source",
        ]
        widgets: ClassVar = {"valid_from": DayInput, "valid_to": DayInput, "source": forms.Textarea(attrs={"rows": 2})}
        help_texts: ClassVar = {
            "target": _("What the citizen may rely on."),
            "unit": _(
                "Working days leave out Saturdays, Sundays and the holidays listed here; hours run day and night."
            ),
            "start_event": _("From when the time runs. Before that has happened, the promise has no date."),
            "valid_from": _("Holds for requests whose time begins on this day or later."),
            "valid_to": _("Last day. Leave empty while it holds; do not delete or rewrite an old rule, end it."),
            "source": _("Where the city promised it: number and article of the regulation."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", gettext("every kind")), *ServiceRequest.Kind.choices]  # type: ignore[attr-defined]
        choose(self, "service", Service.objects.select_related("group"), none=_("every service"))

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("valid_from"), self.cleaned_data.get("valid_to")
        if start and end and end < start:
            self.add_error("valid_to", _("The last day lies before the first one."))
        if self.cleaned_data.get("amount") == 0:
            self.add_error("amount", _("At least 1."))
        return self.cleaned_data


class RuleCreateView(CreateView):
    template_name = "office/deadline_rule.html"


class RuleEditView(EditView):
    template_name = "office/deadline_rule.html"


class DeadlineRuleViewSet(ServiceViewSet):
    model = DeadlineRule
    form_class = DeadlineRuleForm
    add_view_class = RuleCreateView
    edit_view_class = RuleEditView
    name = "deadline-rules"
    url_prefix = "deadline-rules"
    icon = "history"
    menu_label = _("Deadline rules")
    list_display: ClassVar = [
        "target",
        Column("limit", label=_("Time limit"), accessor=rule_limit),
        Column("scope", label=_("For"), accessor=rule_scope),
        Column("span", label=_("Valid"), accessor=rule_span, sort_key="valid_from"),
    ]
    list_filter: ClassVar = ["target", "service"]
    inspect_view_fields: ClassVar = DeadlineRuleForm.Meta.fields
    ordering: ClassVar = ["target", "-valid_from"]
    loads: ClassVar = ["service"]

    @staticmethod
    def save(instance: DeadlineRule, form: DeadlineRuleForm, user: User) -> DeadlineRule:
        return services.deadline_rule_save(actor=user, rule=instance)

    @staticmethod
    def title(instance: DeadlineRule) -> str:
        return f"{instance.get_target_display()}: {rule_limit(instance)}"

    @staticmethod
    def subject(instance: DeadlineRule) -> str:
        return f"deadline_rule:{instance.target}"


class HolidayForm(forms.ModelForm[Holiday]):
    class Meta:
        model = Holiday
        fields: ClassVar = ["on", "name", "source"]
        widgets: ClassVar = {"on": DayInput}
        help_texts: ClassVar = {
            "on": _(
                "Saturdays and Sundays are free anyway. Promises not yet due move when their request next changes."
            ),
            "source": _("The joint ministerial decree or the city's own decision."),
        }


class HolidayViewSet(ServiceViewSet):
    model = Holiday
    form_class = HolidayForm
    name = "holidays"
    url_prefix = "holidays"
    icon = "date"
    menu_label = _("Holidays")
    list_display: ClassVar = ["name", "on", "source"]
    inspect_view_fields: ClassVar = HolidayForm.Meta.fields
    search_fields: ClassVar = ["name"]
    ordering: ClassVar = ["-on"]

    @staticmethod
    def save(instance: Holiday, form: HolidayForm, user: User) -> Holiday:
        return services.holiday_save(actor=user, holiday=instance)

    @staticmethod
    def delete(instance: Holiday, user: User) -> None:
        services.holiday_delete(actor=user, holiday_id=instance.pk)

    @staticmethod
    def title(instance: Holiday) -> str:
        return f"{instance.name}, {in_words(instance.on)}"

    @staticmethod
    def subject(instance: Holiday) -> str:
        return f"holiday:{instance.on}"


class CatalogueGroup(ModelViewSetGroup):  # type: ignore[misc]
    menu_label = _("Services")
    menu_name = "catalogue"
    menu_icon = "list-ul"
    menu_order = 300
    items = (ServiceCatalogueViewSet, GroupViewSet, DeadlineRuleViewSet, HolidayViewSet)
