"""The city's own report form. The site builds the body and stores it like any other; nobody calls us from outside.

The shape is ours, so it is strict: a field nobody declared is a mistake of the site, and shows at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from baileo.city.messages.channel import (
    Accepted,
    AttachmentRef,
    Channel,
    Event,
    Fetched,
    InboundMessage,
    OutboundMessage,
    Sender,
)
from baileo.core.errors import DeliveryFailed, PayloadRejected

SCOPE = "web"
UPLOAD = "upload:"  # a reference to bytes the site already took in
LONGEST_OFFLINE = timedelta(days=30)

# The form speaks the citizens' language, the rest of the system the standard's.
KINDS = {
    "pengaduan": "complaint",
    "aspirasi": "aspiration",
    "permintaan_informasi": "information",
    "darurat": "emergency",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Flags(_Strict):
    anonim: bool = False  # the reporter is hidden
    rahasia: bool = False  # the content too


class Location(_Strict):
    """`lat` and `lng` may be missing when the person only described the place."""

    lat: float | None = Field(default=None, ge=-90, le=90)
    lng: float | None = Field(default=None, ge=-180, le=180)
    accuracy_m: float | None = Field(default=None, ge=0)
    source: Literal["gps", "map", "text", ""] = ""
    address_text: str = Field(default="", max_length=300)


class Contact(_Strict):
    preferred: Literal["whatsapp", "phone", "email", "telegram", "none", ""] | None = None
    name: str = Field(default="", max_length=120)
    phone: str | None = Field(default=None, max_length=32)
    email: str | None = Field(default=None, max_length=254)


class Upload(_Strict):
    upload_id: str = Field(min_length=1, max_length=200)
    sha256: str = Field(default="", pattern="^([0-9a-f]{64})?$")
    content_type: str = Field(default="", max_length=120)
    bytes: int = Field(default=0, ge=0)
    name: str = Field(default="", max_length=200)


class Consent(_Strict):
    privacy_notice_version: str = Field(max_length=40)
    accepted_at: AwareDatetime


class Submission(_Strict):
    """One filled-in form. `submitted_at` is the site's clock; `created_offline_at` the phone's, so it is only believed
    within `LONGEST_OFFLINE` before that.
    """

    client_submission_id: UUID
    continues: UUID | None = None  # the first submission of the same talk: a further word from the tracking page
    created_offline_at: AwareDatetime | None = None
    submitted_at: AwareDatetime
    type: Literal["pengaduan", "aspirasi", "permintaan_informasi", "darurat"] = "pengaduan"
    flags: Flags = Field(default_factory=Flags)
    text: str = Field(min_length=1, max_length=8000)
    category_hint: str | None = Field(default=None, max_length=40)  # a service_code the person chose
    location: Location | None = None
    contact: Contact | None = None
    attachments: list[Upload] = Field(default_factory=list, max_length=10)
    consent: Consent | None = None
    locale: str = Field(default="", max_length=12)

    def message(self) -> InboundMessage:
        place = self.location or Location()
        contact = self.contact or Contact()
        is_placed = place.lat is not None and place.lng is not None
        # Each submission is a person of its own: two reports of one phone number are nobody's business to connect.
        sender = Sender(
            external_id=f"web:{self.continues or self.client_submission_id}",
            address="",
            display_name=contact.name,
            phone=contact.phone or "",
            email=contact.email or "",
            language=self.locale.partition("-")[0],
        )
        offline_at, submitted_at = self.created_offline_at, self.submitted_at
        is_believable = offline_at is not None and submitted_at - LONGEST_OFFLINE <= offline_at <= submitted_at
        return InboundMessage(
            external_id=str(self.client_submission_id),
            scope=SCOPE,
            sender=sender,
            sent_at=offline_at if offline_at is not None and is_believable else submitted_at,
            text=self.text,
            attachments=tuple(
                AttachmentRef(f"{UPLOAD}{file.upload_id}", file.content_type, file.name, file.sha256)
                for file in self.attachments
            ),
            lon_deg=place.lng if is_placed else None,
            lat_deg=place.lat if is_placed else None,
            place_text=place.address_text,
            details=self._details(place, contact),
        )

    def _details(self, place: Location, contact: Contact) -> dict[str, Any]:
        details: dict[str, Any] = {
            "kind": KINDS[self.type] if self.continues is None else None,
            "is_anonymous": self.flags.anonim if self.continues is None else None,
            "is_confidential": self.flags.rahasia if self.continues is None else None,
            "continues": str(self.continues) if self.continues else None,
            "submitted_at": self.submitted_at.isoformat(),
            "created_offline_at": self.created_offline_at.isoformat() if self.created_offline_at else None,
            "service_code": self.category_hint,
            "accuracy_m": place.accuracy_m,
            "location_source": place.source,
            "preferred_contact": contact.preferred,
            "consent": self.consent.model_dump(mode="json") if self.consent else None,
        }
        return {name: value for name, value in details.items() if value not in (None, "")}


class WebForm(Channel):
    name = "web_form"
    longest_text = 8000

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Nobody may post here from outside; the site hands its submissions over itself."""
        return False

    def event_key(self, body: bytes) -> str:
        try:
            return str(UUID(json.loads(body)["client_submission_id"]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return super().event_key(body)

    @classmethod
    def parse(cls, body: bytes) -> list[Event]:
        try:
            return [Submission.model_validate_json(body).message()]
        except ValidationError as error:
            first = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise PayloadRejected(
                f"Web form: {error.error_count()} field(s) are not as agreed, first: {first or 'the whole body'}."
            ) from error

    def send(self, message: OutboundMessage) -> Accepted:
        """The person reads answers on the tracking page, and we are the provider: once the row is recorded as sent,
        the page shows it. Whether anybody looked is not known, so it never becomes "delivered" or "read".
        """
        return Accepted(external_id=f"lacak:{message.client_id}", is_sent=True)

    def fetch(self, ref: str) -> Fetched:
        raise DeliveryFailed(
            "This file should have come with the form and is not there any more. Ask the person to send it again.",
            permanent=True,
        )

    def check(self) -> str:
        return "The web form is part of this system; it works when the site works."
