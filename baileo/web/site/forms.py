"""What a citizen types, checked and turned into the web form's own payload. Nothing is decided here."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any, ClassVar

import phonenumbers
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from baileo.core.clock import now

MOST_PHOTOS = 5
LONGEST_TEXT = 4000
PRIVACY_NOTICE = "2026-11"  # version of the text the citizen agreed to


class SeveralFilesInput(forms.FileInput):
    allow_multiple_selected = True


class SeveralFiles(forms.FileField):
    """Django's file field takes one file; this one takes a list of them."""

    widget = SeveralFilesInput

    def clean(self, data: object, initial: object = None) -> list[UploadedFile[Any]]:
        files = data if isinstance(data, (list, tuple)) else [data] if data else []
        if len(files) > MOST_PHOTOS:
            raise forms.ValidationError(
                _("At most %(most)d photos. Remove some and send again."), params={"most": MOST_PHOTOS}
            )
        return [super(SeveralFiles, self).clean(item, initial) for item in files]


class ReportForm(forms.Form):
    class Who:
        CONFIDENTIAL = "confidential"
        ANONYMOUS = "anonymous"
        OPEN = "open"

    KINDS: ClassVar = [
        ("complaint", _("Complaint")),
        ("aspiration", _("Aspiration")),
        ("information", _("Question")),
    ]
    WHO: ClassVar = [
        (Who.CONFIDENTIAL, _("Secret")),
        (Who.ANONYMOUS, _("Anonymous")),
        (Who.OPEN, _("Open")),
    ]
    text = forms.CharField(
        label=_("What happened?"),
        min_length=8,
        max_length=LONGEST_TEXT,
        error_messages={
            "required": _("Write what happened, one sentence is enough."),
            "min_length": _("Write a little more, so that the officer knows what to look for."),
        },
    )
    kind = forms.ChoiceField(choices=KINDS, initial="complaint", required=False)
    photos = SeveralFiles(required=False)
    place_text = forms.CharField(label=_("Where?"), max_length=300, required=False)
    lon = forms.FloatField(min_value=-180, max_value=180, required=False)
    lat = forms.FloatField(min_value=-90, max_value=90, required=False)
    accuracy_m = forms.FloatField(min_value=0, max_value=100_000, required=False)
    who = forms.ChoiceField(label=_("Who may see it?"), choices=WHO, initial=Who.CONFIDENTIAL)
    phone = forms.CharField(label=_("Phone number, if the officer may call you"), max_length=32, required=False)
    submission_id = forms.UUIDField(required=False)
    created_offline_at = forms.DateTimeField(
        required=False, input_formats=["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z"]
    )
    website = forms.CharField(required=False)  # people do not see it; machines fill it

    def clean_phone(self) -> str:
        written = self.cleaned_data["phone"].strip()
        if not written:
            return ""
        try:
            number = phonenumbers.parse(written, "ID")
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_possible_number(number):
            raise forms.ValidationError(_("This is not a phone number. Correct it or leave it empty."))
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or "complaint"

    def clean_submission_id(self) -> uuid.UUID:
        return self.cleaned_data["submission_id"] or uuid.uuid4()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("lon") is None) != (data.get("lat") is None):
            data["lon"] = data["lat"] = None
        return data

    @property
    def is_machine(self) -> bool:
        return bool(self.cleaned_data.get("website"))


KIND_WORDS = {"complaint": "pengaduan", "aspiration": "aspirasi", "information": "permintaan_informasi"}


def report_payload(data: dict[str, Any], uploads: list[dict[str, Any]], language: str) -> bytes:
    """The web form's payload (`plugins/channels/web_form`) as bytes, from a valid form and its stored uploads."""
    captured: datetime | None = data.get("created_offline_at")
    flags = {"anonim": data["who"] == ReportForm.Who.ANONYMOUS, "rahasia": data["who"] == ReportForm.Who.CONFIDENTIAL}
    return _body(
        data["submission_id"],
        data["text"],
        language,
        created_offline_at=captured.isoformat() if captured else None,
        type=KIND_WORDS[data["kind"]],
        flags=flags,
        category_hint=None,
        location=_location(data),
        contact={"preferred": "phone" if data["phone"] else None, "phone": data["phone"] or None, "email": None},
        attachments=uploads,
        consent={"privacy_notice_version": PRIVACY_NOTICE, "accepted_at": now().isoformat()},
    )


def follow_up_payload(first_submission: str, submission_id: uuid.UUID, text: str, language: str) -> bytes:
    """A further message of the same reporter: `continues` names the first submission of the conversation."""
    return _body(submission_id, text, language, continues=first_submission)


def _body(submission_id: uuid.UUID, text: str, language: str, **more: Any) -> bytes:
    body = {
        "client_submission_id": str(submission_id),
        "submitted_at": now().isoformat(),
        "text": text,
        "locale": language,
        **more,
    }
    return json.dumps(body, ensure_ascii=False).encode()


def _location(data: dict[str, Any]) -> dict[str, Any] | None:
    if data.get("lon") is None and not data.get("place_text"):
        return None
    return {
        "lat": data.get("lat"),
        "lng": data.get("lon"),
        "accuracy_m": data.get("accuracy_m"),
        "source": "gps" if data.get("accuracy_m") else "map" if data.get("lon") is not None else "text",
        "address_text": data.get("place_text", ""),
    }


class FollowUpForm(forms.Form):
    text = forms.CharField(max_length=LONGEST_TEXT)


class TrackForm(forms.Form):
    number = forms.CharField(max_length=20)
    code = forms.CharField(max_length=20)
