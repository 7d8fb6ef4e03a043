"""Every word in and out: accounts of channels, raw payloads, contacts, conversations, messages, attachments."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from baileo.core.clock import now

NOWHERE = Q(lon_deg__isnull=True, lat_deg__isnull=True)
# Asked whether null first: a comparison with null is neither true nor false, and a check lets that pass.
SOMEWHERE = Q(lon_deg__isnull=False, lat_deg__isnull=False, lon_deg__range=(-180, 180), lat_deg__range=(-90, 90))
ON_EARTH = NOWHERE | SOMEWHERE


class ChannelAccount(models.Model):
    """One account of the city on one channel; the channel's plug-in is found by name, so no choices here."""

    channel = models.CharField(_("channel"), max_length=40)  # plug-in folder name: "whatsapp_cloud"
    slug = models.SlugField(_("slug"), max_length=60)  # last part of the webhook address
    name = models.CharField(_("name"), max_length=80)  # "WhatsApp Kota Ambon"
    is_enabled = models.BooleanField(_("enabled"), default=True)
    settings = models.JSONField(_("settings"), default=dict, blank=True)  # not secret: ids, base address
    sealed_secrets = models.TextField(blank=True)  # core.sealed; never shown again
    poll_cursor = models.CharField(max_length=200, blank=True)  # where long polling goes on
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    last_outbound_at = models.DateTimeField(null=True, blank=True)
    refused_count = models.PositiveIntegerField(default=0)  # bodies whose signature was wrong
    last_refused_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=300, blank=True)  # why sending or polling fails now; empty: works
    trouble_since = models.DateTimeField(null=True, blank=True)
    send_after = models.DateTimeField(null=True, blank=True)  # the provider asked the whole account to wait
    fetch_errors = models.PositiveSmallIntegerField(default=0)  # failed fetches since `fetch_errors_since`
    fetch_errors_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("channel account")
        verbose_name_plural = _("channel accounts")
        constraints: ClassVar = [models.UniqueConstraint(fields=["channel", "slug"], name="channel_account_once")]

    def __str__(self) -> str:
        return self.name


class InboundPayload(models.Model):
    """Raw bytes as a provider sent them, kept before they are understood. Understanding can be run again."""

    class State(models.TextChoices):
        RECEIVED = "received"
        UNDERSTOOD = "understood"
        IGNORED = "ignored"  # valid, but nothing for us in it
        REJECTED = "rejected"  # not what the provider documents; an administrator sees it with the reason

    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, db_index=False)  # the unique key serves
    event_key = models.CharField(max_length=200)
    body = models.BinaryField()
    headers = models.JSONField(default=dict)  # without secrets
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    reason = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)  # a status that came before its message waits
    understood_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "event_key"], name="payload_once")]
        indexes: ClassVar = [
            # Two small indexes, so that statuses waiting for an hour never slow down what came just now.
            models.Index(fields=["id"], condition=Q(state="received", retry_at=None), name="payload_waiting"),
            models.Index(
                fields=["retry_at"], condition=Q(state="received", retry_at__isnull=False), name="payload_retry"
            ),
            models.Index(fields=["-received_at"], condition=Q(state="rejected"), name="payload_rejected"),
        ]

    def __str__(self) -> str:
        return f"payload {self.pk} ({self.state})"


class ContactIdentity(models.Model):
    """Somebody on one channel. Only (channel, scope, external_id) identifies; the rest may be missing or change."""

    channel = models.CharField(max_length=40)
    scope = models.CharField(max_length=80)  # whose id it is: bot id, phone_number_id; ids differ between scopes
    external_id = models.CharField(max_length=200)
    display_name = models.CharField(max_length=200, blank=True)
    username = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=32, blank=True)  # E.164
    email = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=12, blank=True)
    first_seen_at = models.DateTimeField(default=now)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "scope", "external_id"], name="contact_identity_once")
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"


class ContactAlias(models.Model):
    """Every id under which a contact was ever seen, the first one included; this is where senders are looked up."""

    contact = models.ForeignKey(ContactIdentity, on_delete=models.CASCADE, related_name="aliases")
    channel = models.CharField(max_length=40)
    scope = models.CharField(max_length=80)
    external_id = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "scope", "external_id"], name="contact_alias_once")
        ]

    def __str__(self) -> str:
        return f"alias {self.pk}"


class Conversation(models.Model):
    """All messages between the city and one contact on one account."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, db_index=False)  # the unique key serves
    contact = models.ForeignKey(ContactIdentity, on_delete=models.PROTECT)
    address = models.CharField(max_length=200, blank=True)  # where replies go: chat id, phone, user id; empty: nowhere
    last_inbound_at = models.DateTimeField(null=True)
    reply_until = models.DateTimeField(null=True)  # end of the provider's reply window; null: no window
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "contact"], name="conversation_once")]

    def __str__(self) -> str:
        return f"conversation {self.pk}"


class Message(models.Model):
    """One item a person sent or got, verbatim. Outgoing ones carry their delivery state."""

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"

    class Delivery(models.TextChoices):
        NONE = "", ""
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        DELIVERED = "delivered"
        READ = "read"
        FAILED = "failed"

    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="messages", db_index=False
    )  # indexed below, with the time
    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, db_index=False)  # for the unique key below
    payload = models.ForeignKey(
        InboundPayload, on_delete=models.PROTECT, null=True, db_index=False
    )  # the raw bytes it came in
    direction = models.CharField(max_length=3, choices=Direction)
    external_id = models.CharField(max_length=200, blank=True)  # the provider's; empty until it gave one
    client_id = models.UUIDField(unique=True, null=True)  # ours, made before sending
    group_key = models.CharField(max_length=100, blank=True)  # album: items that belong together
    text = models.TextField(blank=True)
    lon_deg = models.FloatField(null=True)
    lat_deg = models.FloatField(null=True)
    place_text = models.CharField(max_length=300, blank=True)
    reply_to = models.CharField(max_length=200, blank=True)  # external id of the message it answers
    details = models.JSONField(default=dict)  # what else the channel said, declared by its plug-in (form fields, kind)
    happened_at = models.DateTimeField()  # provider's time in, our time out
    stored_at = models.DateTimeField(default=now)  # when we learned of it
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)  # by the sender at the provider; our copy stays for the officer
    # outgoing only
    author = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, db_index=False
    )  # null: written by the system
    template = models.CharField(max_length=60, blank=True)  # which automatic text: "receipt", "state_changed"
    delivery = models.CharField(max_length=10, choices=Delivery, default=Delivery.NONE, blank=True)
    is_unconfirmed = models.BooleanField(default=False)  # we stopped between sending and recording: it may have arrived
    attempts = models.PositiveSmallIntegerField(default=0)
    attempt_after = models.DateTimeField(null=True)
    sending_since = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    provider_code = models.CharField(max_length=40, blank=True)
    provider_words = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "external_id"], condition=~Q(external_id=""), name="message_once"
            ),
            models.CheckConstraint(condition=ON_EARTH, name="message_on_earth"),
            models.CheckConstraint(
                condition=Q(direction="in", delivery="") | (Q(direction="out") & ~Q(delivery="")),
                name="only_outgoing_is_delivered",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["conversation", "happened_at"], name="message_conversation"),
            models.Index(fields=["attempt_after"], condition=Q(delivery="queued"), name="message_outbox"),
            models.Index(fields=["sending_since"], condition=Q(delivery="sending"), name="message_sending"),
            models.Index(
                fields=["id"], condition=Q(delivery="failed") | Q(is_unconfirmed=True), name="message_undelivered"
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class MessageEdit(models.Model):
    """What a message said before its sender changed it."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="edits")
    text_before = models.TextField(blank=True)
    edited_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"edit {self.pk}"


class Attachment(models.Model):
    """A file of a message: a placeholder until it was fetched, judged by content and cleaned."""

    class State(models.TextChoices):
        WAITING = "waiting"
        STORED = "stored"
        REFUSED = "refused"  # too large, wrong type, gone at the provider: final, with the reason
        FAILED = "failed"  # gave up after many tries; an officer can try again

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attachments", db_index=False)
    position = models.PositiveSmallIntegerField(default=0)
    provider_ref = models.TextField()  # what the plug-in fetches by
    claimed_type = models.CharField(max_length=120, blank=True)
    claimed_name = models.CharField(max_length=200, blank=True)
    provider_sha256 = models.CharField(max_length=64, blank=True)  # hex, where the provider gives one
    is_inline = models.BooleanField(default=False)  # the bytes lie in the message's payload
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempt_after = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)  # after this the provider forgets it
    sha256 = models.CharField(max_length=64, blank=True)  # of what we keep, the name in the file store
    media_type = models.CharField(max_length=80, blank=True)  # judged by content
    size_bytes = models.PositiveIntegerField(null=True)
    width_px = models.PositiveIntegerField(null=True)
    height_px = models.PositiveIntegerField(null=True)
    stored_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "position"], name="attachment_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["attempt_after"], condition=Q(state="waiting"), name="attachment_waiting")
        ]

    def __str__(self) -> str:
        return f"attachment {self.pk} ({self.state})"


class Upload(models.Model):
    """A file that came with a form, judged and cleaned, waiting for the form's message. Forgotten after a day."""

    token = models.CharField(max_length=40, primary_key=True)  # unguessable; only who uploaded it can attach it
    claimed_name = models.CharField(max_length=200, blank=True)
    original_sha256 = models.CharField(max_length=64)  # of what the person sent
    sha256 = models.CharField(max_length=64)  # of what we keep
    media_type = models.CharField(max_length=80)
    size_bytes = models.PositiveIntegerField()
    width_px = models.PositiveIntegerField(null=True)
    height_px = models.PositiveIntegerField(null=True)
    stored_at = models.DateTimeField(default=now, db_index=True)

    def __str__(self) -> str:
        return f"upload of {self.stored_at:%Y-%m-%d}"


class CannedReply(models.Model):
    """A prepared answer an officer can start from. `{nomor}` and `{layanan}` are filled in."""

    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("text"), max_length=1000)
    agency = models.ForeignKey(
        "people.Agency", on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("agency")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")
        ordering: ClassVar = ["position", "title"]

    def __str__(self) -> str:
        return self.title
