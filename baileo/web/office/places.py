"""Areas and landmarks. Boundaries come by `baileo places import FILE`."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from baileo.ground.people.models import User
from baileo.ground.people.selectors import actor_name
from baileo.ground.places import services
from baileo.ground.places.models import Area, Landmark
from baileo.web.office.through_services import ServiceViewSet


class AreaViewSet(ServiceViewSet):
    model = Area
    name = "areas"
    url_prefix = "areas"
    icon = "site"
    menu_label = _("Areas")
    form_fields: ClassVar = [
        "code",
        "level",
        "kind",
        "name",
        "parent",
        "centroid_lon_deg",
        "centroid_lat_deg",
        "population",
    ]
    list_display: ClassVar = ["code", "name", "level", "parent"]
    list_filter: ClassVar = ["level"]
    search_fields: ClassVar = ["code", "name"]
    ordering: ClassVar = ["code"]

    @staticmethod
    def save(instance: Area, form: Any, user: User) -> Any:
        return services.area_save(area=instance, actor=actor_name(user))


class LandmarkViewSet(ServiceViewSet):
    model = Landmark
    name = "landmarks"
    url_prefix = "landmarks"
    icon = "thumbtack"
    menu_label = _("Landmarks")
    form_fields: ClassVar = ["name", "kind", "area", "lon_deg", "lat_deg", "aliases", "source"]
    list_display: ClassVar = ["name", "kind", "area"]
    search_fields: ClassVar = ["name"]
    ordering: ClassVar = ["name"]

    @staticmethod
    def save(instance: Landmark, form: Any, user: User) -> Any:
        return services.landmark_save(landmark=instance, actor=actor_name(user))


class PlacesGroup(ModelViewSetGroup):  # type: ignore[misc]
    menu_label = _("Places")
    menu_icon = "site"
    menu_order = 200
    items = (AreaViewSet, LandmarkViewSet)
