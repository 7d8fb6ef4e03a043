"""Template words of the house: icons, states, times and the built front end.

`{% load baileo_ui %}` once per template; `wit`, `age`, `dots` are filters, `icon`, `state`, `ago`,
`clock`, `front` are tags. Everything works under a strict content security policy.
"""

import hashlib
import logging
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django_vite.core.asset_loader import DjangoViteAssetLoader
from django_vite.core.exceptions import DjangoViteAssetNotFoundError, DjangoViteManifestError

from baileo.core import clock as core_clock
from baileo.web.shared import wording

log = logging.getLogger(__name__)
register = template.Library()

ICONS = Path(__file__).parent.parent / "static" / "shared" / "icons.svg"
SHAPES = frozenset({"octagon", "triangle", "pause", "diamond", "square", "circle", "ring", "dead", "tick"})
# state -> (shape, tone): colour never speaks alone, the word is given by the template
STATES = {
    "late": ("octagon", "crit"),
    "soon": ("triangle", "warn"),
    "waiting": ("pause", "soft"),
    "urgent": ("diamond", "crit"),
    "high": ("square", "warn"),
    "normal": ("circle", "soft"),
    "dead": ("dead", "soft"),
    "new": ("ring", "info"),
    "ok": ("tick", "good"),
    "failed": ("octagon", "crit"),
}


@cache
def icons_version() -> str:
    """Changes with the file, so that browsers may keep the sprite for long."""
    return hashlib.sha256(ICONS.read_bytes()).hexdigest()[:8]


def icons_url() -> str:
    return f"{static('shared/icons.svg')}?v={icons_version()}"


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """`{% icon "lock" "xs" %}`; sizes xs, lg, xl. Silent for readers unless a label is given."""
    classes = f"{'s' if name in SHAPES else 'i'} {size}".strip()
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    # a size of its own: where no style sheet comes (saving data, a bad link) it stays as small as its word
    return format_html(
        '<svg class="{}" width="16" height="16" {}><use href="{}#{}"/></svg>', classes, said, icons_url(), name
    )


@register.simple_tag
def state(name: str, words: object) -> SafeString:
    """`{% state "late" "Lewat 1 hari" %}`: shape, colour and word together."""
    shape, tone = STATES[name]
    return format_html('<span class="st {}">{}{}</span>', tone, icon(shape), words)


@register.filter
def wit(value: datetime | None) -> str:
    """14.05 WIT"""
    return wording.time_in_words(value) if value else ""


@register.filter
def hour(value: datetime | None) -> str:
    """14.05, where the zone is said elsewhere on the page."""
    return f"{wording.city_time(value):%H.%M}" if value else ""


@register.filter
def day_wit(value: datetime | None) -> str:
    """Sen 23 Nov, 14.05 WIT"""
    return wording.day_and_time_in_words(value) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """today 11.05, or Sen 23 Nov 11.05"""
    return wording.moment_in_words(value) if value else ""


@register.filter
def brief(value: datetime | None) -> str:
    """Rab 16.43, or 18 Nov"""
    return wording.brief_in_words(value) if value else ""


@register.filter
def limit(value: datetime | None) -> str:
    """16.43 when it is today, else Sel 8 Des"""
    return wording.limit_in_words(value) if value else ""


@register.filter
def day(value: datetime | None) -> str:
    """Sen 23 Nov"""
    return wording.day_in_words(value) if value else ""


@register.filter
def age(value: datetime | timedelta | int | float | None) -> str:
    """3 jam, from an instant until now or from a duration."""
    if value is None or value == "":
        return ""
    since = core_clock.now() - value if isinstance(value, datetime) else value
    return wording.age_in_words(since)


@register.filter
def span(value: timedelta | int | float | None) -> str:
    """2 jam 38 mnt; the sign is dropped, the words around it say "left" or "late"."""
    return "" if value is None or value == "" else wording.span_in_words(value)


@register.filter
def dots(value: int | float | Decimal | None) -> str:
    """12.480"""
    return "" if value is None or value == "" else wording.number_in_words(value)


@register.filter
def iso(value: datetime | None) -> str:
    """For `<time datetime>` and element attributes, UTC: 2026-11-23T05:05:00+00:00"""
    return core_clock.as_utc(value).isoformat(timespec="seconds") if value else ""


@register.simple_tag
def ago(value: datetime | None) -> SafeString | str:
    """An age that stays true while the page is open; the exact time on hover."""
    if value is None:
        return ""
    return format_html(
        '<baileo-age datetime="{0}"><time datetime="{0}" title="{1}">{2}</time></baileo-age>',
        iso(value),
        day_wit(value),
        age(value),
    )


@register.simple_tag
def clock(part: str = "") -> SafeString:
    """The city's clock, running. `{% clock "bare" %}` leaves the zone to the page."""
    now = core_clock.now()
    label = "" if part == "bare" else format_html(" <i>{}</i>", wording.zone_label(now))
    return format_html(
        '<baileo-clock now="{}" zone="{}"><b>{}</b>{}</baileo-clock>',
        now.isoformat(),
        settings.TIME_ZONE,
        hour(now),
        label,
    )


@register.simple_tag
def zone() -> str:
    """WIT"""
    return wording.zone_label()


@register.simple_tag
def words() -> SafeString:
    """What scripts have to say, as attributes of `<html>`: one catalogue for both sides."""
    said = {
        "age-now": gettext("just now"),
        "age-minute": ngettext("%(n)d min", "%(n)d min", 2),
        "age-hour": ngettext("%(n)d h", "%(n)d h", 2),
        "age-day": ngettext("%(n)d day", "%(n)d days", 2),
        "age-day-one": ngettext("%(n)d day", "%(n)d days", 1),
        "live": gettext("Live"),
        "late": gettext("Late"),
        "lost": gettext("Connection lost"),
        "close": gettext("Close"),
        "undo": gettext("Undo"),
        "keys": gettext("Keys"),
        "zoom-in": gettext("Zoom in"),
        "zoom-out": gettext("Zoom out"),
        "map-pick": gettext("Choose the place: arrow keys move it, Enter takes it"),
        "failed": gettext("That did not work. Nothing was saved; try again."),
        "offline": gettext("No connection. Nothing was sent; try again when it is back."),
    }
    pairs = ((name, text.replace("%(n)d", "{n}")) for name, text in said.items())
    return format_html_join(" ", 'data-word-{}="{}"', pairs)


@register.simple_tag
def city() -> object:
    """The installation: `{% city as city %}`, then city_name, demo, tiles_url. Never fails."""
    return settings.BAILEO


@register.simple_tag
def icons() -> str:
    """Where the sprite is, for scripts: `<html data-icons="…">`."""
    return icons_url()


@register.simple_tag
def front(surface: str) -> SafeString:
    """Style and script of one surface: desk, site, wall or error.

    Without the build the page comes plain but readable, and the log says what to do: an error page
    must not fail for want of its style.
    """
    try:
        return mark_safe(_vite(f"src/{surface}.ts"))  # noqa: S308 - tags made by django-vite
    except (DjangoViteManifestError, DjangoViteAssetNotFoundError, OSError) as error:
        log.error("The front end is not built (%s). Run: npm --prefix frontend run build", error)
        return SafeString("")


def _vite(entry: str) -> str:
    return str(DjangoViteAssetLoader.instance().generate_vite_asset(entry))
