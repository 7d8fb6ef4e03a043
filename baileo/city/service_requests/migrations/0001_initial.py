"""Expand: catalogue, promises, requests, their trail, and the search column kept by the database itself.

Rollout    1 of 1. Nothing reads or writes these tables before this release.
Old code   does not know the tables.
Lock       none on existing tables; creates new ones.
Undo       `migrate service_requests zero` removes every request. Take a copy of the database first.

The search column holds Indonesian stems: number and title weigh most, then place, tags and service, then the words of
the citizen. A trigger keeps it, so that no writer can forget. Renaming a service refreshes its requests when their row
names `service_id` in an UPDATE (see `services.service_save`).
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SEARCH = """
CREATE FUNCTION service_request_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    service_words text;
BEGIN
    SELECT concat_ws(' ', s.name, s.name_en) INTO service_words
    FROM service_requests_service s WHERE s.id = NEW.service_id;
    NEW.search :=
        setweight(to_tsvector('simple', NEW.number), 'A') ||
        setweight(to_tsvector('indonesian', NEW.title), 'A') ||
        setweight(to_tsvector('indonesian', concat_ws(' ', NEW.area_name, NEW.landmark_text, service_words,
            array_to_string(NEW.tags, ' '))), 'B') ||
        setweight(to_tsvector('indonesian', NEW.description), 'C');
    RETURN NEW;
END $$;
CREATE TRIGGER service_request_search BEFORE INSERT OR UPDATE
    OF number, title, description, area_name, landmark_text, tags, service_id
    ON service_requests_servicerequest FOR EACH ROW EXECUTE FUNCTION service_request_search();
"""
NO_SEARCH = """
DROP TRIGGER IF EXISTS service_request_search ON service_requests_servicerequest;
DROP FUNCTION IF EXISTS service_request_search();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("city_messages", "0001_initial"),
        ("people", "0002_limit_memory"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Holiday",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField(unique=True, verbose_name="date")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="source")),
            ],
            options={
                "verbose_name": "holiday",
                "verbose_name_plural": "holidays",
                "ordering": ["on"],
            },
        ),
        migrations.CreateModel(
            name="NumberCounter",
            fields=[
                ("year", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("last", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="ServiceGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("name_en", models.CharField(blank=True, max_length=80, verbose_name="name in English")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "service group",
                "verbose_name_plural": "service groups",
                "ordering": ["position", "name"],
            },
        ),
        migrations.CreateModel(
            name="LooseMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="loose_messages",
                        to="city_messages.conversation",
                    ),
                ),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="loose", to="city_messages.message"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Service",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("service_code", models.SlugField(max_length=40, unique=True, verbose_name="service code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("name_en", models.CharField(blank=True, max_length=80, verbose_name="name in English")),
                ("words", models.JSONField(blank=True, default=list, verbose_name="words")),
                ("is_urgent", models.BooleanField(default=False, verbose_name="danger to people")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "default_agency",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.agency",
                        verbose_name="usual agency",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="services",
                        to="service_requests.servicegroup",
                        verbose_name="group",
                    ),
                ),
            ],
            options={
                "verbose_name": "service",
                "verbose_name_plural": "services",
                "ordering": ["group__position", "position", "name"],
            },
        ),
        migrations.CreateModel(
            name="ServiceRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=16, unique=True)),
                ("track_code", models.CharField(max_length=12)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("complaint", "Complaint"),
                            ("aspiration", "Aspiration"),
                            ("information", "Request for information"),
                            ("emergency", "Emergency"),
                        ],
                        default="complaint",
                        max_length=24,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("verified", "Verified"),
                            ("assigned", "Assigned"),
                            ("accepted", "Accepted"),
                            ("in_progress", "In progress"),
                            ("needs_information", "Needs information"),
                            ("resolved", "Resolved"),
                            ("closed", "Closed"),
                            ("rejected", "Rejected"),
                            ("duplicate_of", "Duplicate"),
                            ("reopened", "Reopened"),
                        ],
                        default="new",
                        max_length=20,
                    ),
                ),
                (
                    "priority",
                    models.CharField(
                        choices=[("normal", "Normal"), ("high", "High"), ("urgent", "Urgent")],
                        default="normal",
                        max_length=8,
                    ),
                ),
                ("title", models.CharField(max_length=140)),
                ("title_is_edited", models.BooleanField(default=False)),
                ("description", models.TextField(max_length=8000)),
                ("resume_state", models.CharField(blank=True, max_length=20)),
                ("similar_count", models.PositiveSmallIntegerField(default=0)),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("lon_deg", models.FloatField(null=True)),
                ("lat_deg", models.FloatField(null=True)),
                ("accuracy_m", models.FloatField(null=True)),
                ("area_code", models.CharField(blank=True, max_length=16)),
                ("area_name", models.CharField(blank=True, max_length=120)),
                ("area_how", models.CharField(blank=True, max_length=12)),
                ("landmark_text", models.CharField(blank=True, max_length=300)),
                ("channel", models.CharField(max_length=40)),
                ("reporter_name", models.CharField(blank=True, max_length=120)),
                ("reporter_phone", models.CharField(blank=True, max_length=32)),
                ("is_anonymous", models.BooleanField(default=False)),
                ("is_confidential", models.BooleanField(default=False)),
                (
                    "visibility",
                    models.CharField(
                        choices=[("secret", "Secret"), ("public", "Public")], default="secret", max_length=8
                    ),
                ),
                ("public_text", models.TextField(blank=True, max_length=2000)),
                ("published_at", models.DateTimeField(null=True)),
                ("requested_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("verified_at", models.DateTimeField(null=True)),
                ("assigned_at", models.DateTimeField(null=True)),
                ("first_response_at", models.DateTimeField(null=True)),
                ("resolved_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("reopened_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("last_citizen_at", models.DateTimeField(null=True)),
                ("last_officer_at", models.DateTimeField(null=True)),
                ("unanswered_since", models.DateTimeField(null=True)),
                ("unsolved_said_at", models.DateTimeField(null=True)),
                ("verify_by", models.DateTimeField(null=True)),
                ("respond_by", models.DateTimeField(null=True)),
                ("resolve_by", models.DateTimeField(null=True)),
                ("close_by", models.DateTimeField(null=True)),
                ("next_by", models.DateTimeField(null=True)),
                (
                    "overdue_told",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("search", django.contrib.postgres.search.SearchVectorField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requests",
                        to="people.agency",
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assigned_requests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="city_messages.conversation"
                    ),
                ),
                (
                    "duplicate_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duplicates",
                        to="service_requests.servicerequest",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requests",
                        to="service_requests.service",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RequestMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_report", models.BooleanField(default=False)),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="request_link",
                        to="city_messages.message",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="service_requests.servicerequest",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PublicPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64)),
                ("media_type", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                (
                    "cleared_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="public_photos",
                        to="service_requests.servicerequest",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Proof",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stage",
                    models.CharField(
                        choices=[("before", "Before"), ("after", "After"), ("document", "Document")],
                        default="after",
                        max_length=10,
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("media_type", models.CharField(max_length=80)),
                ("size_bytes", models.PositiveIntegerField()),
                ("caption", models.CharField(blank=True, max_length=200)),
                ("is_for_citizen", models.BooleanField(default=True)),
                ("at", models.DateTimeField()),
                ("author", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proofs",
                        to="service_requests.servicerequest",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(max_length=4000)),
                ("at", models.DateTimeField()),
                ("author", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="service_requests.servicerequest",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="StateChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_state", models.CharField(blank=True, max_length=20)),
                ("to_state", models.CharField(max_length=20)),
                ("actor", models.CharField(max_length=80)),
                ("reason", models.CharField(blank=True, max_length=1000)),
                ("refer_to", models.CharField(blank=True, max_length=300)),
                ("is_public", models.BooleanField(default=True)),
                (
                    "told",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not meant to be told"),
                            ("queued", "Told on the same channel"),
                            ("window_closed", "Not told: the channel's reply window is closed"),
                            ("capped", "Not told: too many automatic messages in this hour"),
                            ("no_conversation", "Not told: there is no channel back"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "agency",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="people.agency"),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="service_requests.servicerequest",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("query", models.JSONField(default=dict)),
                ("is_shared", models.BooleanField(default=False)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_filters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("owner", "name"), name="saved_filter_once")],
            },
        ),
        migrations.CreateModel(
            name="DeadlineRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "target",
                    models.CharField(
                        choices=[
                            ("verify_by", "verify by"),
                            ("respond_by", "respond by"),
                            ("resolve_by", "resolve by"),
                            ("close_by", "close by itself"),
                        ],
                        max_length=12,
                        verbose_name="promise",
                    ),
                ),
                ("kind", models.CharField(blank=True, max_length=24, verbose_name="kind of request")),
                (
                    "start_event",
                    models.CharField(
                        choices=[
                            ("requested", "received"),
                            ("verified", "verified"),
                            ("assigned", "assigned"),
                            ("resolved", "resolved"),
                        ],
                        max_length=12,
                        verbose_name="counts from",
                    ),
                ),
                ("amount", models.PositiveSmallIntegerField(verbose_name="amount")),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("hours", "hours"),
                            ("working_days", "working days"),
                            ("calendar_days", "calendar days"),
                        ],
                        max_length=16,
                        verbose_name="unit",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
                ("source", models.CharField(max_length=300, verbose_name="source")),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="service_requests.service",
                        verbose_name="service",
                    ),
                ),
            ],
            options={
                "verbose_name": "deadline rule",
                "verbose_name_plural": "deadline rules",
                "ordering": ["target", "-valid_from"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="deadline_rule_amount_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="deadline_rule_span",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(fields=["state", "next_by"], name="request_state_next"),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(fields=["agency", "state"], name="request_agency_state"),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(fields=["next_by", "id"], name="request_next"),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)), fields=["closed_at"], name="request_closed"
            ),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(condition=models.Q(("state", "resolved")), fields=["close_by"], name="request_close"),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(fields=["-requested_at", "-id"], name="request_requested"),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(
                condition=models.Q(("unanswered_since__isnull", False)),
                fields=["unanswered_since"],
                name="request_unanswered",
            ),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(
                condition=models.Q(("lon_deg__isnull", False)), fields=["lon_deg", "lat_deg"], name="request_place"
            ),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(fields=["area_code"], name="request_area"),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(fields=["conversation", "-id"], name="request_conversation"),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="request_search"),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="request_tags"),
        ),
        migrations.AddConstraint(
            model_name="servicerequest",
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
                name="service_request_on_earth",
            ),
        ),
        migrations.AddConstraint(
            model_name="servicerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_confidential", True), _negated=True), ("visibility", "secret"), _connector="OR"
                ),
                name="confidential_is_never_public",
            ),
        ),
        migrations.AddConstraint(
            model_name="servicerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("visibility", "secret"), ("published_at__isnull", False), _connector="OR"),
                name="public_was_published",
            ),
        ),
        migrations.AddConstraint(
            model_name="servicerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("duplicate_of__isnull", False), ("state", "duplicate_of")),
                    models.Q(models.Q(("state", "duplicate_of"), _negated=True), ("duplicate_of__isnull", True)),
                    _connector="OR",
                ),
                name="duplicate_names_its_original",
            ),
        ),
        migrations.AddConstraint(
            model_name="servicerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["assigned", "accepted", "in_progress"]), _negated=True),
                    ("agency__isnull", False),
                    _connector="OR",
                ),
                name="work_has_an_agency",
            ),
        ),
        migrations.AddConstraint(
            model_name="servicerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(models.Q(("state", "needs_information")), models.Q(("resume_state", ""), _negated=True)),
                    models.Q(models.Q(("state", "needs_information"), _negated=True), models.Q(("resume_state", ""))),
                    _connector="OR",
                ),
                name="waiting_knows_where_to_go_on",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicphoto",
            constraint=models.UniqueConstraint(fields=("request", "sha256"), name="public_photo_once"),
        ),
        migrations.RunSQL(SEARCH, NO_SEARCH),
    ]
