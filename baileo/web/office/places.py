"""Areas and landmarks. Boundaries come by `baileo places import FILE`."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from baileo.ground.people.models import User
from baileo.ground.people.selectors import actor_name
from baileo.ground.places import services
from baileo.ground.places.models import Area, Landmark
from baileo.web.office.fields import WordsField, choose, known_values
from baileo.web.office.through_services import ServiceViewSet

ALSO_CALLED = _("Other names and spellings people write, with commas between: %(example)s.")
AREA_KINDS = tuple(
    (kind, kind) for kind in ("negeri", "desa", "kelurahan", "kecamatan", "kota", "kabupaten", "provinsi")
)
LANDMARK_KINDS = (
    ("market", _("market")),
    ("terminal", _("terminal")),
    ("port", _("port")),
    ("airport", _("airport")),
    ("worship", _("place of worship")),
    ("school", _("school")),
    ("campus", _("campus")),
    ("hospital", _("hospital")),
    ("office", _("office")),
    ("shopping", _("shops")),
    ("monument", _("monument")),
    ("square", _("square")),
    ("park", _("park")),
    ("beach", _("beach")),
    ("bridge", _("bridge")),
    ("museum", _("museum")),
    ("sport", _("sports ground")),
    ("energy", _("power and fuel")),
    ("neighbourhood", _("neighbourhood")),
)


class AreaForm(forms.ModelForm[Area]):
    """Level and parent follow from the code, so nobody is asked for them."""

    aliases = WordsField(label=_("Other names"), required=False, help_text=ALSO_CALLED % {"example": "Batumerah"})

    class Meta:
        model = Area
        fields: ClassVar = [
            "code",
            "name",
            "kind",
            "aliases",
            "centroid_lon_deg",
            "centroid_lat_deg",
            "population",
            "population_year",
            "population_source",
        ]
        help_texts: ClassVar = {
            "code": _(
                "The code of the Ministry of Home Affairs, such as 81.71.02.2003. It says what the area is part of."
            ),
            "centroid_lon_deg": _("Of its middle, in degrees: 128.18. The boundary comes with `baileo places import`."),
            "centroid_lat_deg": _("In degrees, south of the equator with a minus: -3.69."),
            "population_year": _("Needed when the population is filled in."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].disabled = bool(self.instance.pk)
        self.fields["kind"] = forms.ChoiceField(
            label=self.fields["kind"].label,
            choices=[("", _("from the code")), *known_values(Area.objects.all(), "kind", AREA_KINDS)],
            required=False,
            help_text=_("What people call it. The code does not tell a negeri from a desa."),
        )

    def _get_validation_exclusions(self) -> set[str]:
        """The service fills these in from the code."""
        return {*super()._get_validation_exclusions(), "code", "kind"}  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("population") is not None and not values.get("population_year"):
            self.add_error("population_year", _("Say of which year the population figure is."))
        lon, lat = "centroid_lon_deg", "centroid_lat_deg"
        if (values.get(lon) is None) != (values.get(lat) is None):
            self.add_error(lon if values.get(lon) is None else lat, _("A position needs both longitude and latitude."))
        return values


class AreaViewSet(ServiceViewSet):
    model = Area
    form_class = AreaForm
    name = "areas"
    url_prefix = "areas"
    icon = "site"
    menu_label = _("Areas")
    list_display: ClassVar = ["name", "code", "kind", "parent"]
    list_filter: ClassVar = ["level"]
    inspect_view_fields: ClassVar = ["code", "level", "parent", *AreaForm.Meta.fields[1:], "boundary_source"]
    search_fields: ClassVar = ["code", "name"]
    ordering: ClassVar = ["code"]
    loads: ClassVar = ["parent"]
    leaves: ClassVar = ["boundary", "parent__boundary"]

    @staticmethod
    def save(instance: Area, form: AreaForm, user: User) -> None:
        services.area_save(area=instance, actor=actor_name(user))

    @staticmethod
    def subject(instance: Area) -> str:
        return f"area:{instance.code}"


class LandmarkForm(forms.ModelForm[Landmark]):
    aliases = WordsField(
        label=_("Other names"), required=False, help_text=ALSO_CALLED % {"example": "Mardika, pasar mardika"}
    )

    class Meta:
        model = Landmark
        fields: ClassVar = ["name", "kind", "aliases", "lon_deg", "lat_deg", "position_approximate", "area", "source"]
        help_texts: ClassVar = {
            "lon_deg": _("In degrees: 128.1844."),
            "lat_deg": _("In degrees, south of the equator with a minus: -3.6898."),
            "area": _("Leave empty: it follows from the position."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "area", Area.objects.defer("boundary").order_by("name"), none=_("from the position"))
        self.fields["kind"] = forms.ChoiceField(
            label=self.fields["kind"].label, choices=known_values(Landmark.objects.all(), "kind", LANDMARK_KINDS)
        )


class LandmarkViewSet(ServiceViewSet):
    model = Landmark
    form_class = LandmarkForm
    name = "landmarks"
    url_prefix = "landmarks"
    icon = "thumbtack"
    menu_label = _("Landmarks")
    list_display: ClassVar = ["name", "area", "position_approximate"]
    inspect_view_fields: ClassVar = LandmarkForm.Meta.fields
    search_fields: ClassVar = ["name"]
    ordering: ClassVar = ["name"]
    loads: ClassVar = ["area"]
    leaves: ClassVar = ["area__boundary"]

    @staticmethod
    def save(instance: Landmark, form: LandmarkForm, user: User) -> None:
        services.landmark_save(landmark=instance, actor=actor_name(user))

    @staticmethod
    def delete(instance: Landmark, user: User) -> None:
        services.landmark_remove(landmark=instance, actor=actor_name(user))

    @staticmethod
    def subject(instance: Landmark) -> str:
        return f"landmark:{instance.pk}"


class PlacesGroup(ModelViewSetGroup):  # type: ignore[misc]
    menu_label = _("Places")
    menu_name = "places"
    menu_icon = "site"
    menu_order = 200
    items = (AreaViewSet, LandmarkViewSet)
