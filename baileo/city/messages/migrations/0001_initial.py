"""Expand: channel accounts, raw payloads, contacts, conversations, messages, attachments, uploads, canned replies.

Rollout    1 of 1. Nothing reads or writes these tables before this release.
Old code   does not know the tables.
Lock       none on existing tables; creates new ones.
Undo       `migrate city_messages zero` removes every message. Take a copy of the database first.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import baileo.core.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0002_limit_memory"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("token", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("claimed_name", models.CharField(blank=True, max_length=200)),
                ("original_sha256", models.CharField(max_length=64)),
                ("sha256", models.CharField(max_length=64)),
                ("media_type", models.CharField(max_length=80)),
                ("size_bytes", models.PositiveIntegerField()),
                ("width_px", models.PositiveIntegerField(null=True)),
                ("height_px", models.PositiveIntegerField(null=True)),
                ("stored_at", models.DateTimeField(db_index=True, default=baileo.core.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name="CannedReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80, verbose_name="title")),
                ("text", models.TextField(max_length=1000, verbose_name="text")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "agency",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="people.agency",
                        verbose_name="agency",
                    ),
                ),
            ],
            options={
                "verbose_name": "canned reply",
                "verbose_name_plural": "canned replies",
                "ordering": ["position", "title"],
            },
        ),
        migrations.CreateModel(
            name="ChannelAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(max_length=40, verbose_name="channel")),
                ("slug", models.SlugField(max_length=60, verbose_name="slug")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("is_enabled", models.BooleanField(default=True, verbose_name="enabled")),
                ("settings", models.JSONField(blank=True, default=dict, verbose_name="settings")),
                ("sealed_secrets", models.TextField(blank=True)),
                ("poll_cursor", models.CharField(blank=True, max_length=200)),
                ("last_inbound_at", models.DateTimeField(blank=True, null=True)),
                ("last_outbound_at", models.DateTimeField(blank=True, null=True)),
                ("refused_count", models.PositiveIntegerField(default=0)),
                ("last_refused_at", models.DateTimeField(blank=True, null=True)),
                ("trouble", models.CharField(blank=True, max_length=300)),
                ("trouble_since", models.DateTimeField(blank=True, null=True)),
                ("send_after", models.DateTimeField(blank=True, null=True)),
                ("fetch_errors", models.PositiveSmallIntegerField(default=0)),
                ("fetch_errors_since", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "channel account",
                "verbose_name_plural": "channel accounts",
                "constraints": [models.UniqueConstraint(fields=("channel", "slug"), name="channel_account_once")],
            },
        ),
        migrations.CreateModel(
            name="ContactIdentity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(max_length=40)),
                ("scope", models.CharField(max_length=80)),
                ("external_id", models.CharField(max_length=200)),
                ("display_name", models.CharField(blank=True, max_length=200)),
                ("username", models.CharField(blank=True, max_length=100)),
                ("phone", models.CharField(blank=True, max_length=32)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("language", models.CharField(blank=True, max_length=12)),
                ("first_seen_at", models.DateTimeField(default=baileo.core.clock.now)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "scope", "external_id"), name="contact_identity_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Conversation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(blank=True, max_length=200)),
                ("last_inbound_at", models.DateTimeField(null=True)),
                ("reply_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=baileo.core.clock.now)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="city_messages.channelaccount"
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="city_messages.contactidentity"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InboundPayload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_key", models.CharField(max_length=200)),
                ("body", models.BinaryField()),
                ("headers", models.JSONField(default=dict)),
                ("sha256", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("understood", "Understood"),
                            ("ignored", "Ignored"),
                            ("rejected", "Rejected"),
                        ],
                        default="received",
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("retry_at", models.DateTimeField(blank=True, null=True)),
                ("understood_at", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="city_messages.channelaccount"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("direction", models.CharField(choices=[("in", "In"), ("out", "Out")], max_length=3)),
                ("external_id", models.CharField(blank=True, max_length=200)),
                ("client_id", models.UUIDField(null=True, unique=True)),
                ("group_key", models.CharField(blank=True, max_length=100)),
                ("text", models.TextField(blank=True)),
                ("lon_deg", models.FloatField(null=True)),
                ("lat_deg", models.FloatField(null=True)),
                ("place_text", models.CharField(blank=True, max_length=300)),
                ("reply_to", models.CharField(blank=True, max_length=200)),
                ("details", models.JSONField(default=dict)),
                ("happened_at", models.DateTimeField()),
                ("stored_at", models.DateTimeField(default=baileo.core.clock.now)),
                ("edited_at", models.DateTimeField(null=True)),
                ("deleted_at", models.DateTimeField(null=True)),
                ("template", models.CharField(blank=True, max_length=60)),
                (
                    "delivery",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", ""),
                            ("queued", "Queued"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("delivered", "Delivered"),
                            ("read", "Read"),
                            ("failed", "Failed"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("is_unconfirmed", models.BooleanField(default=False)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("attempt_after", models.DateTimeField(null=True)),
                ("sending_since", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("provider_code", models.CharField(blank=True, max_length=40)),
                ("provider_words", models.CharField(blank=True, max_length=300)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="city_messages.channelaccount"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="city_messages.conversation",
                    ),
                ),
                (
                    "payload",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="city_messages.inboundpayload",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("provider_ref", models.TextField()),
                ("claimed_type", models.CharField(blank=True, max_length=120)),
                ("claimed_name", models.CharField(blank=True, max_length=200)),
                ("provider_sha256", models.CharField(blank=True, max_length=64)),
                ("is_inline", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("stored", "Stored"),
                            ("refused", "Refused"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("attempt_after", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("media_type", models.CharField(blank=True, max_length=80)),
                ("size_bytes", models.PositiveIntegerField(null=True)),
                ("width_px", models.PositiveIntegerField(null=True)),
                ("height_px", models.PositiveIntegerField(null=True)),
                ("stored_at", models.DateTimeField(null=True)),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="city_messages.message",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MessageEdit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text_before", models.TextField(blank=True)),
                ("edited_at", models.DateTimeField()),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="edits", to="city_messages.message"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ContactAlias",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(max_length=40)),
                ("scope", models.CharField(max_length=80)),
                ("external_id", models.CharField(max_length=200)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="city_messages.contactidentity",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "scope", "external_id"), name="contact_alias_once")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.UniqueConstraint(fields=("account", "contact"), name="conversation_once"),
        ),
        migrations.AddIndex(
            model_name="inboundpayload",
            index=models.Index(
                condition=models.Q(("retry_at", None), ("state", "received")), fields=["id"], name="payload_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="inboundpayload",
            index=models.Index(
                condition=models.Q(("retry_at__isnull", False), ("state", "received")),
                fields=["retry_at"],
                name="payload_retry",
            ),
        ),
        migrations.AddIndex(
            model_name="inboundpayload",
            index=models.Index(
                condition=models.Q(("state", "rejected")), fields=["-received_at"], name="payload_rejected"
            ),
        ),
        migrations.AddConstraint(
            model_name="inboundpayload",
            constraint=models.UniqueConstraint(fields=("account", "event_key"), name="payload_once"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["conversation", "happened_at"], name="message_conversation"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("delivery", "queued")), fields=["attempt_after"], name="message_outbox"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("delivery", "sending")), fields=["sending_since"], name="message_sending"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("delivery", "failed"), ("is_unconfirmed", True), _connector="OR"),
                fields=["id"],
                name="message_undelivered",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=("account", "external_id"),
                name="message_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lat_deg__isnull", True), ("lon_deg__isnull", True)),
                    models.Q(
                        ("lat_deg__isnull", False),
                        ("lat_deg__range", (-90, 90)),
                        ("lon_deg__isnull", False),
                        ("lon_deg__range", (-180, 180)),
                    ),
                    _connector="OR",
                ),
                name="message_on_earth",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("delivery", ""), ("direction", "in")),
                    models.Q(("direction", "out"), models.Q(("delivery", ""), _negated=True)),
                    _connector="OR",
                ),
                name="only_outgoing_is_delivered",
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["attempt_after"], name="attachment_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(fields=("message", "position"), name="attachment_once"),
        ),
    ]
