"""What officers send, checked for shape; rules live in the services."""

from __future__ import annotations

from typing import Any

from django import forms

from baileo.city.service_requests.models import Proof, ServiceRequest


class StepForm(forms.Form):
    seen_version = forms.IntegerField()
    reason = forms.CharField(required=False, max_length=1000)
    refer_to = forms.CharField(required=False, max_length=200)
    original = forms.CharField(required=False, max_length=20)
    agency_code = forms.CharField(required=False, max_length=40)
    assignee_id = forms.IntegerField(required=False)
    service_code = forms.CharField(required=False, max_length=40)


class EditForm(forms.Form):
    seen_version = forms.IntegerField()
    title = forms.CharField(required=False, max_length=140)
    kind = forms.ChoiceField(required=False, choices=[("", ""), *ServiceRequest.Kind.choices])
    service_code = forms.CharField(required=False, max_length=40)
    landmark_text = forms.CharField(required=False, max_length=300)
    lon_deg = forms.FloatField(required=False, min_value=-180, max_value=180)
    lat_deg = forms.FloatField(required=False, min_value=-90, max_value=90)
    is_confidential = forms.BooleanField(required=False)
    is_anonymous = forms.BooleanField(required=False)
    with_flags = forms.BooleanField(required=False)  # the form showed the two flags: unticked means no


class ValueForm(forms.Form):
    seen_version = forms.IntegerField()
    value = forms.CharField(required=False, max_length=400)


class ReplyForm(forms.Form):
    text = forms.CharField(max_length=8000)
    client_id = forms.UUIDField()


class NoteForm(forms.Form):
    text = forms.CharField(max_length=4000)


class ProofForm(forms.Form):
    file = forms.FileField()
    stage = forms.ChoiceField(choices=Proof.Stage.choices)
    caption = forms.CharField(required=False, max_length=200)
    is_for_citizen = forms.BooleanField(required=False)


class PublishForm(forms.Form):
    seen_version = forms.IntegerField()
    public_text = forms.CharField(max_length=2000)
    photos = forms.CharField(required=False)


class BulkForm(forms.Form):
    agency_code = forms.CharField(max_length=40)
    items = forms.CharField()  # "2026-000123:4,2026-000124:1"

    def clean_items(self) -> list[tuple[str, int]]:
        try:
            pairs = [item.split(":") for item in self.cleaned_data["items"].split(",")]
            return [(number, int(version)) for number, version in pairs]
        except ValueError as error:
            raise forms.ValidationError("number:version, number:version") from error


class FilterForm(forms.Form):
    name = forms.CharField(max_length=60)
    query = forms.CharField(required=False, max_length=1000)
    is_shared = forms.BooleanField(required=False)


class TypedInForm(forms.Form):
    """A call or a visit, written down by a call-taker."""

    kind = forms.ChoiceField(choices=ServiceRequest.Kind.choices, initial=ServiceRequest.Kind.COMPLAINT)
    description = forms.CharField(max_length=8000, min_length=5)
    service_code = forms.CharField(required=False, max_length=40)
    landmark_text = forms.CharField(required=False, max_length=300)
    lon_deg = forms.FloatField(required=False, min_value=-180, max_value=180)
    lat_deg = forms.FloatField(required=False, min_value=-90, max_value=90)
    reporter_name = forms.CharField(required=False, max_length=120)
    reporter_phone = forms.CharField(required=False, max_length=32)
    is_anonymous = forms.BooleanField(required=False)
    is_confidential = forms.BooleanField(required=False)
    priority = forms.ChoiceField(required=False, choices=[("", ""), *ServiceRequest.Priority.choices])


def first_error(form: forms.Form) -> str:
    """One sentence: which field, what is wrong."""
    errors: Any = form.errors
    for name, words in errors.items():
        return f"{name.replace('_', ' ')}: {words[0]}"
    return ""
