"""What one can ask of the city, and by when the city promises to act. All of it dated data, none of it code."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def in_language(name: str, name_en: str) -> str:
    """The name for the language of the screen; the Indonesian one where English is missing."""
    return name_en if name_en and (get_language() or "").startswith("en") else name


class ServiceGroup(models.Model):
    """Upper level of the catalogue: "Jalan dan lampu"."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("service group")
        verbose_name_plural = _("service groups")
        ordering: ClassVar = ["position", "name"]

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class Service(models.Model):
    """Lower level: one thing that can be asked, with the agency that usually answers."""

    service_code = models.SlugField(_("service code"), max_length=40, unique=True)  # Open311 word
    group = models.ForeignKey(ServiceGroup, on_delete=models.PROTECT, related_name="services", verbose_name=_("group"))
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    words = models.JSONField(_("words"), default=list, blank=True)  # that people use for it, local ones too
    default_agency = models.ForeignKey(
        "people.Agency", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("usual agency")
    )
    is_urgent = models.BooleanField(_("danger to people"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering: ClassVar = ["group__position", "position", "name"]

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class DeadlineRule(models.Model):
    """One promise: from `start_event`, within `amount` `unit`, valid in a span of days, with its source in law.

    The most specific valid rule wins: service before kind before all. Old rules stay: old promises can be computed.
    """

    class Target(models.TextChoices):
        VERIFY = "verify_by", _("verify by")
        RESPOND = "respond_by", _("respond by")
        RESOLVE = "resolve_by", _("resolve by")
        CLOSE = "close_by", _("close by itself")  # a resolved request to which nobody answers

    class StartEvent(models.TextChoices):
        REQUESTED = "requested", _("received")
        VERIFIED = "verified", _("verified")
        ASSIGNED = "assigned", _("assigned")
        RESOLVED = "resolved", _("resolved")

    class Unit(models.TextChoices):
        HOURS = "hours", _("hours")
        WORKING_DAYS = "working_days", _("working days")
        CALENDAR_DAYS = "calendar_days", _("calendar days")

    target = models.CharField(_("promise"), max_length=12, choices=Target)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("service"))
    kind = models.CharField(_("kind of request"), max_length=24, blank=True)  # ServiceRequest.Kind; empty: every kind
    start_event = models.CharField(_("counts from"), max_length=12, choices=StartEvent)
    amount = models.PositiveSmallIntegerField(_("amount"))
    unit = models.CharField(_("unit"), max_length=16, choices=Unit)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)  # last day, inclusive
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        verbose_name = _("deadline rule")
        verbose_name_plural = _("deadline rules")
        ordering: ClassVar = ["target", "-valid_from"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="deadline_rule_amount_positive"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="deadline_rule_span"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target}: {self.amount} {self.unit} ({self.valid_from})"


class Holiday(models.Model):
    """A day that is not a working day in this city, beside Saturdays and Sundays."""

    on = models.DateField(_("date"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering: ClassVar = ["on"]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"
