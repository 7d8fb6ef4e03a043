"""What happened to a request in words: the ledger has the facts, these rows the text that may be personal."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from baileo.city.service_requests.models.request import ServiceRequest


class StateChange(models.Model):
    """One step of the workflow with the reason its actor gave.

    Where `is_public`, the reporter reads the step and its reason on the tracking page, so it is written for them.
    """

    class Told(models.TextChoices):
        NOT = "", _("Not meant to be told")
        QUEUED = "queued", _("Told on the same channel")
        WINDOW_CLOSED = "window_closed", _("Not told: the channel's reply window is closed")
        CAPPED = "capped", _("Not told: too many automatic messages in this hour")
        NO_CONVERSATION = "no_conversation", _("Not told: there is no channel back")

    request = models.ForeignKey(ServiceRequest, on_delete=models.CASCADE, related_name="changes")
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20)
    agency = models.ForeignKey("people.Agency", on_delete=models.PROTECT, null=True)  # responsible after the step
    actor = models.CharField(max_length=80)  # "user:3", "contact", "system:worker"
    reason = models.CharField(max_length=1000, blank=True)
    refer_to = models.CharField(max_length=300, blank=True)  # rejected: who can help instead
    is_public = models.BooleanField(default=True)
    told = models.CharField(max_length=16, choices=Told, default=Told.NOT, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.from_state} > {self.to_state}"


class Note(models.Model):
    """Between officers; no citizen and no public page ever sees it."""

    request = models.ForeignKey(ServiceRequest, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey("people.User", on_delete=models.PROTECT)
    text = models.TextField(max_length=4000)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"note {self.pk}"


class Proof(models.Model):
    """A picture or paper that shows the work: before, after, document. Stored by content hash, EXIF removed."""

    class Stage(models.TextChoices):
        BEFORE = "before", _("Before")
        AFTER = "after", _("After")
        DOCUMENT = "document", _("Document")

    request = models.ForeignKey(ServiceRequest, on_delete=models.CASCADE, related_name="proofs")
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.AFTER)
    author = models.ForeignKey("people.User", on_delete=models.PROTECT)
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=80)
    size_bytes = models.PositiveIntegerField()
    caption = models.CharField(max_length=200, blank=True)
    is_for_citizen = models.BooleanField(default=True)  # shown on the tracking page
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"proof {self.pk}"


class PublicPhoto(models.Model):
    """A picture an officer looked at and cleared for the public page. No row, no picture."""

    request = models.ForeignKey(ServiceRequest, on_delete=models.CASCADE, related_name="public_photos")
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=80)
    cleared_by = models.ForeignKey("people.User", on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "sha256"], name="public_photo_once")]

    def __str__(self) -> str:
        return f"public photo {self.pk}"


class RequestMessage(models.Model):
    """Which messages of the conversation belong to which request: what the person wrote, and what we answered."""

    request = models.ForeignKey(ServiceRequest, on_delete=models.CASCADE, related_name="links")
    message = models.OneToOneField("city_messages.Message", on_delete=models.PROTECT, related_name="request_link")
    is_report = models.BooleanField(default=False)  # its words are the request itself, not talk about it

    def __str__(self) -> str:
        return f"{self.request_id} <- {self.message_id}"


class LooseMessage(models.Model):
    """A message that intake left to people: a greeting, a question, something it did not recognise.

    Gone when the message is linked to a request or somebody lets the conversation be.
    """

    message = models.OneToOneField("city_messages.Message", on_delete=models.CASCADE, related_name="loose")
    conversation = models.ForeignKey(
        "city_messages.Conversation", on_delete=models.CASCADE, related_name="loose_messages"
    )
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"loose message {self.message_id}"


class SavedFilter(models.Model):
    """A filter of the desk that somebody keeps under a name; shared ones are seen by all."""

    owner = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(max_length=60)
    query = models.JSONField(default=dict)  # the filter form's fields
    is_shared = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["owner", "name"], name="saved_filter_once")]

    def __str__(self) -> str:
        return self.name
