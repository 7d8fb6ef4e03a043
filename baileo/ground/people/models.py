"""Staff, the agencies they work for, and which role they hold where."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from baileo.ground.people.roles import CITY_ROLES, Role


class Agency(models.Model):
    """A body responsible for services (in Indonesian: OPD). Open311's `agency_responsible`."""

    code = models.SlugField(_("code"), max_length=40, unique=True)  # "pupr"
    name = models.CharField(_("name"), max_length=160)
    short_name = models.CharField(_("short name"), max_length=40)
    kind = models.CharField(_("kind"), max_length=40, blank=True)  # dinas, badan, satuan, external
    duty = models.CharField(_("duty"), max_length=400, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)  # where the name and duty were read
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.short_name or self.name


class User(AbstractUser):
    """A member of staff, or a wall screen. Citizens have no account."""

    full_name = models.CharField(_("full name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=5, default="id")

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("staff account")
        verbose_name_plural = _("staff accounts")
        constraints: ClassVar = [  # people sign in by either, in any case of letters
            models.UniqueConstraint(
                Lower("username"),
                name="user_name_once",
                violation_error_message=_("Another account has this user name."),
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="user_email_once",
                violation_error_message=_("Another account has this e-mail address."),
            ),
            models.CheckConstraint(condition=Q(is_superuser=False), name="power_comes_from_roles"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Membership(models.Model):
    """One role of one person, for the whole city or for one agency."""

    user = models.ForeignKey(
        User, verbose_name=_("staff account"), on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    agency = models.ForeignKey(
        Agency, verbose_name=_("agency"), on_delete=models.PROTECT, null=True, blank=True, related_name="memberships"
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "role", "agency"], nulls_distinct=False, name="membership_once"),
            models.CheckConstraint(
                condition=~Q(role=Role.AGENCY_OFFICER) | Q(agency__isnull=False), name="agency_officer_has_agency"
            ),
            models.CheckConstraint(
                condition=~Q(role__in=CITY_ROLES) | Q(agency__isnull=True), name="city_role_has_no_agency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} @ {self.agency or '-'}"
