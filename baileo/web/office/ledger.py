"""The ledger as a page: who did what to which thing, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from baileo.ground.ledger.kinds import declared_kinds
from baileo.ground.ledger.models import Entry
from baileo.ground.people.models import User
from baileo.ground.people.selectors import actor_name
from baileo.web.office.door import needs
from baileo.web.office.views import frame

ON_A_PAGE = 100
FILTERS = ("subject", "kind", "actor")


@require_GET
@needs("people.audit")
def ledger(request: HttpRequest) -> HttpResponse:
    """Filter by thing, kind or person (each exact); `?before=<id>` goes on."""
    wanted = {name: request.GET.get(name, "").strip()[:80] for name in FILTERS}
    found = list(_entries(wanted, request.GET.get("before", ""))[: ON_A_PAGE + 1])
    shown = found[:ON_A_PAGE]
    older = urlencode({**wanted, "before": str(shown[-1].pk)}) if len(found) > ON_A_PAGE else ""
    names = _names(entry.actor for entry in shown)
    context = {
        "rows": [_row(entry, names) for entry in shown],
        "older": older,
        "wanted": wanted,
        "kinds": sorted(declared_kinds()),
        "people": [(actor_name(person), str(person)) for person in User.objects.order_by("full_name", "username")],
        **frame(_("Ledger"), "history"),
    }
    return TemplateResponse(request, "office/ledger.html", context)


def _entries(wanted: dict[str, str], before: str) -> QuerySet[Entry]:
    entries = Entry.objects.filter(**{name: value for name, value in wanted.items() if value}).order_by("-id")
    return entries.filter(pk__lt=int(before[:18])) if before.isdecimal() else entries


def _names(actors: Iterable[str]) -> dict[str, str]:
    """ "user:3" -> the person's name; one query."""
    numbers = {actor: actor.removeprefix("user:") for actor in actors if actor.startswith("user:")}
    people = User.objects.in_bulk([int(number) for number in numbers.values() if number.isdecimal()])
    return {actor: str(people[int(n)]) for actor, n in numbers.items() if n.isdecimal() and int(n) in people}


def _row(entry: Entry, names: dict[str, str]) -> dict[str, Any]:
    return {
        "at": entry.at,
        "kind": entry.kind,
        "subject": entry.subject,
        "actor": entry.actor,
        "who": names.get(entry.actor, entry.actor),
        "data": [(name, _plain(value)) for name, value in entry.data.items() if value not in ("", None, [])],
    }


def _plain(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
