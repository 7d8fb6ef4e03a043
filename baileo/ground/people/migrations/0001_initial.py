"""Expand: staff accounts, agencies and who holds which role where.

Rollout    1 of 1. Nothing reads or writes these tables before this release.
Old code   does not know the tables.
Lock       none on existing tables; creates new ones.
Undo       `migrate people zero` removes every account. Take a copy of the database first.
"""

from __future__ import annotations

from typing import Any

import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Lower

ROLES = [
    ("administrator", "Administrator"),
    ("coordinator", "Coordinator"),
    ("call_taker", "Call-taker"),
    ("agency_officer", "Agency officer"),
    ("supervisor", "Shift supervisor"),
    ("leader", "Leader"),
    ("editor", "Editor"),
    ("auditor", "Auditor"),
    ("wall", "Wall screen"),
]
CITY_ROLES = ("administrator", "auditor", "call_taker", "coordinator", "wall")

AGENCY_FIELDS: list[tuple[str, models.Field[Any, Any]]] = [
    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
    ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
    ("name", models.CharField(max_length=160, verbose_name="name")),
    ("short_name", models.CharField(max_length=40, verbose_name="short name")),
    ("kind", models.CharField(blank=True, max_length=40, verbose_name="kind")),
    ("duty", models.CharField(blank=True, max_length=400, verbose_name="duty")),
    ("source", models.CharField(blank=True, max_length=300, verbose_name="source")),
    ("is_active", models.BooleanField(default=True, verbose_name="active")),
]
USER_FIELDS: list[tuple[str, models.Field[Any, Any]]] = [
    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
    ("password", models.CharField(max_length=128, verbose_name="password")),
    ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
    (
        "is_superuser",
        models.BooleanField(
            default=False,
            help_text="Designates that this user has all permissions without explicitly assigning them.",
            verbose_name="superuser status",
        ),
    ),
    (
        "username",
        models.CharField(
            error_messages={"unique": "A user with that username already exists."},
            help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
            max_length=150,
            unique=True,
            validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
            verbose_name="username",
        ),
    ),
    ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
    ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
    ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
    (
        "is_staff",
        models.BooleanField(
            default=False,
            help_text="Designates whether the user can log into this admin site.",
            verbose_name="staff status",
        ),
    ),
    (
        "is_active",
        models.BooleanField(
            default=True,
            help_text="Designates whether this user should be treated as active. "
            "Unselect this instead of deleting accounts.",
            verbose_name="active",
        ),
    ),
    ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),  # noqa: TID251
    ("full_name", models.CharField(blank=True, max_length=120, verbose_name="full name")),
    ("language", models.CharField(default="id", max_length=5, verbose_name="language")),
    (
        "groups",
        models.ManyToManyField(
            blank=True,
            help_text="The groups this user belongs to. "
            "A user will get all permissions granted to each of their groups.",
            related_name="user_set",
            related_query_name="user",
            to="auth.group",
            verbose_name="groups",
        ),
    ),
    (
        "user_permissions",
        models.ManyToManyField(
            blank=True,
            help_text="Specific permissions for this user.",
            related_name="user_set",
            related_query_name="user",
            to="auth.permission",
            verbose_name="user permissions",
        ),
    ),
]
MEMBERSHIP_FIELDS: list[tuple[str, models.Field[Any, Any]]] = [
    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
    ("role", models.CharField(choices=ROLES, max_length=20, verbose_name="role")),
    (
        "agency",
        models.ForeignKey(
            blank=True,
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="memberships",
            to="people.agency",
            verbose_name="agency",
        ),
    ),
    (
        "user",
        models.ForeignKey(
            on_delete=django.db.models.deletion.CASCADE,
            related_name="memberships",
            to=settings.AUTH_USER_MODEL,
            verbose_name="staff account",
        ),
    ),
]


class Migration(migrations.Migration):
    initial = True
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.CreateModel(
            name="Agency",
            fields=AGENCY_FIELDS,
            options={"verbose_name": "agency", "verbose_name_plural": "agencies", "ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="User",
            fields=USER_FIELDS,
            options={"verbose_name": "staff account", "verbose_name_plural": "staff accounts"},
            managers=[("objects", django.contrib.auth.models.UserManager())],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=MEMBERSHIP_FIELDS,
            options={"verbose_name": "role", "verbose_name_plural": "roles"},
        ),
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(
                Lower("username"),
                name="user_name_once",
                violation_error_message="Another account has this user name.",
            ),
        ),
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="user_email_once",
                violation_error_message="Another account has this e-mail address.",
            ),
        ),
        migrations.AddConstraint(
            "user", models.CheckConstraint(condition=Q(is_superuser=False), name="power_comes_from_roles")
        ),
        migrations.AddConstraint(
            "membership",
            models.UniqueConstraint(fields=("user", "role", "agency"), nulls_distinct=False, name="membership_once"),
        ),
        migrations.AddConstraint(
            "membership",
            models.CheckConstraint(
                condition=~Q(role="agency_officer") | Q(agency__isnull=False), name="agency_officer_has_agency"
            ),
        ),
        migrations.AddConstraint(
            "membership",
            models.CheckConstraint(
                condition=~Q(role__in=CITY_ROLES) | Q(agency__isnull=True), name="city_role_has_no_agency"
            ),
        ),
    ]
