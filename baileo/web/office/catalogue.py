"""What one can ask, by when the city promises to act, and on which days it does not work."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from baileo.city.service_requests import services
from baileo.city.service_requests.models import DeadlineRule, Holiday, Service, ServiceGroup
from baileo.ground.people.models import User
from baileo.web.office.through_services import ServiceViewSet


class GroupViewSet(ServiceViewSet):
    model = ServiceGroup
    name = "service_groups"
    url_prefix = "service-groups"
    icon = "folder-open-inverse"
    menu_label = _("Service groups")
    form_fields: ClassVar = ["code", "name", "name_en", "position"]
    list_display: ClassVar = ["name", "code", "position"]
    ordering: ClassVar = ["position", "name"]

    @staticmethod
    def save(instance: ServiceGroup, form: Any, user: User) -> Any:
        return services.service_group_save(actor=user, group=instance)


class ServiceCatalogueViewSet(ServiceViewSet):
    model = Service
    name = "services"
    url_prefix = "services"
    icon = "list-ul"
    menu_label = _("Services")
    form_fields: ClassVar = [
        "service_code",
        "group",
        "name",
        "name_en",
        "words",
        "default_agency",
        "is_urgent",
        "is_active",
        "position",
    ]
    list_display: ClassVar = ["name", "service_code", "group", "default_agency", "is_active"]
    list_filter: ClassVar = ["group", "default_agency", "is_active"]
    search_fields: ClassVar = ["name", "service_code"]

    @staticmethod
    def save(instance: Service, form: Any, user: User) -> Any:
        return services.service_save(actor=user, service=instance)


class DeadlineRuleViewSet(ServiceViewSet):
    model = DeadlineRule
    name = "deadline_rules"
    url_prefix = "deadline-rules"
    icon = "history"
    menu_label = _("Deadline rules")
    form_fields: ClassVar = [
        "target",
        "service",
        "kind",
        "start_event",
        "amount",
        "unit",
        "valid_from",
        "valid_to",
        "source",
    ]
    list_display: ClassVar = ["target", "service", "kind", "amount", "unit", "start_event", "valid_from", "valid_to"]
    list_filter: ClassVar = ["target", "unit"]

    @staticmethod
    def save(instance: DeadlineRule, form: Any, user: User) -> Any:
        return services.deadline_rule_save(actor=user, rule=instance)


class HolidayViewSet(ServiceViewSet):
    model = Holiday
    name = "holidays"
    url_prefix = "holidays"
    icon = "date"
    menu_label = _("Holidays")
    form_fields: ClassVar = ["on", "name", "source"]
    list_display: ClassVar = ["on", "name", "source"]
    ordering: ClassVar = ["-on"]

    @staticmethod
    def save(instance: Holiday, form: Any, user: User) -> Any:
        return services.holiday_save(actor=user, holiday=instance)

    @staticmethod
    def delete(instance: Holiday, user: User) -> None:
        services.holiday_delete(actor=user, holiday_id=instance.pk)


class CatalogueGroup(ModelViewSetGroup):  # type: ignore[misc]
    menu_label = _("Services")
    menu_icon = "list-ul"
    menu_order = 300
    items = (ServiceCatalogueViewSet, GroupViewSet, DeadlineRuleViewSet, HolidayViewSet)
