"""Current state of one service request; its history is in the ledger and in `trail`."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from baileo.city.service_requests.models.catalogue import Service

ON_EARTH = Q(lon_deg__isnull=True, lat_deg__isnull=True) | Q(
    lon_deg__isnull=False,  # said aloud: a comparison with NULL would pass the check
    lat_deg__isnull=False,
    lon_deg__range=(-180, 180),
    lat_deg__range=(-90, 90),
)


class NumberCounter(models.Model):
    """The last number given in a year; its row lock makes numbers unique and without gaps."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class ServiceRequest(models.Model):
    """One Open311 service request. Write through `services`, read through `selectors`."""

    class Kind(models.TextChoices):
        COMPLAINT = "complaint", _("Complaint")  # pengaduan
        ASPIRATION = "aspiration", _("Aspiration")  # aspirasi
        INFORMATION = "information", _("Request for information")  # permintaan informasi
        EMERGENCY = "emergency", _("Emergency")  # darurat

    class State(models.TextChoices):
        NEW = "new", pgettext_lazy("state of a request", "New")
        VERIFIED = "verified", pgettext_lazy("state of a request", "Verified")
        ASSIGNED = "assigned", pgettext_lazy("state of a request", "Assigned")
        ACCEPTED = "accepted", pgettext_lazy("state of a request", "Accepted")
        IN_PROGRESS = "in_progress", pgettext_lazy("state of a request", "In progress")
        NEEDS_INFORMATION = "needs_information", pgettext_lazy("state of a request", "Needs information")
        RESOLVED = "resolved", pgettext_lazy("state of a request", "Resolved")
        CLOSED = "closed", pgettext_lazy("state of a request", "Closed")
        REJECTED = "rejected", pgettext_lazy("state of a request", "Rejected")
        DUPLICATE = "duplicate_of", pgettext_lazy("state of a request", "Duplicate")
        REOPENED = "reopened", pgettext_lazy("state of a request", "Reopened")

    class Visibility(models.TextChoices):
        SECRET = "secret", _("Secret")  # nobody outside the desk; the default, always
        PUBLIC = "public", _("Public")  # only after an explicit publish

    class Priority(models.TextChoices):
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("High")
        URGENT = "urgent", _("Urgent")  # people in danger

    number = models.CharField(max_length=16, unique=True)  # public: "2026-000123"
    track_code = models.CharField(max_length=12)  # goes with the number; opens the tracking page
    kind = models.CharField(max_length=24, choices=Kind, default=Kind.COMPLAINT)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, related_name="requests")
    state = models.CharField(max_length=20, choices=State, default=State.NEW)
    priority = models.CharField(max_length=8, choices=Priority, default=Priority.NORMAL)
    title = models.CharField(max_length=140)  # short line for lists; from the citizen's words until an officer edits it
    title_is_edited = models.BooleanField(default=False)  # later words of the citizen no longer change it
    description = models.TextField(max_length=8000)
    agency = models.ForeignKey("people.Agency", on_delete=models.PROTECT, null=True, related_name="requests")
    assignee = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="assigned_requests")
    duplicate_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="duplicates")
    resume_state = models.CharField(
        max_length=20, blank=True
    )  # where it goes on when the person has answered our question
    similar_count = models.PositiveSmallIntegerField(default=0)  # likely the same thing told by others, counted to 9
    tags = ArrayField(models.CharField(max_length=40), default=list)
    # where
    lon_deg = models.FloatField(null=True)
    lat_deg = models.FloatField(null=True)
    accuracy_m = models.FloatField(null=True)
    area_code = models.CharField(max_length=16, blank=True)  # village or kecamatan, Kemendagri
    area_name = models.CharField(max_length=120, blank=True)  # as people call it; copied here so that search finds it
    area_how = models.CharField(max_length=12, blank=True)  # boundary, nearest, text, officer
    landmark_text = models.CharField(max_length=300, blank=True)
    # who asked
    conversation = models.ForeignKey("city_messages.Conversation", on_delete=models.PROTECT, null=True)
    channel = models.CharField(max_length=40)  # how it came: plug-in name, "desk" when typed in
    reporter_name = models.CharField(max_length=120, blank=True)
    reporter_phone = models.CharField(max_length=32, blank=True)
    is_anonymous = models.BooleanField(default=False)  # anonim: the reporter is hidden, also from agencies
    is_confidential = models.BooleanField(default=False)  # rahasia: the content too; never published
    visibility = models.CharField(max_length=8, choices=Visibility, default=Visibility.SECRET)
    public_text = models.TextField(
        max_length=2000, blank=True
    )  # what an officer cleared for the public, instead of the description
    published_at = models.DateTimeField(null=True)
    # when
    requested_at = models.DateTimeField()  # when the person spoke, not when we stored it
    created_at = models.DateTimeField(auto_now_add=True)
    verified_at = models.DateTimeField(null=True)
    assigned_at = models.DateTimeField(null=True)
    first_response_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)  # promises count anew from here
    updated_at = models.DateTimeField(auto_now=True)
    last_citizen_at = models.DateTimeField(null=True)  # the person's last word
    last_officer_at = models.DateTimeField(null=True)
    unanswered_since = models.DateTimeField(null=True)  # the person's first word after an officer last acted
    unsolved_said_at = models.DateTimeField(null=True)  # a resolved request was answered "not yet": suggest reopening
    verify_by = models.DateTimeField(null=True)
    respond_by = models.DateTimeField(null=True)
    resolve_by = models.DateTimeField(null=True)
    close_by = models.DateTimeField(null=True)  # a resolved request closes by itself then, unless the person says no
    next_by = models.DateTimeField(null=True)  # the nearest promise still open; null: none runs (waiting, closed)
    overdue_told = ArrayField(models.CharField(max_length=12), default=list)  # promises whose breach is in the ledger
    version = models.PositiveIntegerField(default=1)  # +1 per write; guards against lost updates
    search = SearchVectorField(
        null=True
    )  # kept by a database trigger: number, title, description, place (Indonesian stems)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=ON_EARTH, name="service_request_on_earth"),
            models.CheckConstraint(
                condition=~Q(is_confidential=True) | Q(visibility="secret"), name="confidential_is_never_public"
            ),
            models.CheckConstraint(
                condition=Q(visibility="secret") | Q(published_at__isnull=False), name="public_was_published"
            ),
            models.CheckConstraint(
                condition=Q(state="duplicate_of", duplicate_of__isnull=False)
                | (~Q(state="duplicate_of") & Q(duplicate_of__isnull=True)),
                name="duplicate_names_its_original",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["assigned", "accepted", "in_progress"]) | Q(agency__isnull=False),
                name="work_has_an_agency",
            ),
            models.CheckConstraint(
                condition=Q(Q(state="needs_information"), ~Q(resume_state=""))
                | Q(~Q(state="needs_information"), Q(resume_state="")),
                name="waiting_knows_where_to_go_on",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "next_by"], name="request_state_next"),
            models.Index(fields=["agency", "state"], name="request_agency_state"),
            models.Index(fields=["next_by", "id"], name="request_next"),
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="request_closed"),
            models.Index(fields=["close_by"], condition=Q(state="resolved"), name="request_close"),
            models.Index(fields=["-requested_at", "-id"], name="request_requested"),
            models.Index(
                fields=["unanswered_since"], condition=Q(unanswered_since__isnull=False), name="request_unanswered"
            ),
            models.Index(fields=["lon_deg", "lat_deg"], condition=Q(lon_deg__isnull=False), name="request_place"),
            models.Index(fields=["area_code"], name="request_area"),
            models.Index(fields=["conversation", "-id"], name="request_conversation"),
            GinIndex(fields=["search"], name="request_search"),
            GinIndex(fields=["tags"], name="request_tags"),
        ]

    def __str__(self) -> str:
        return self.number  # never the description: it may hold personal data
