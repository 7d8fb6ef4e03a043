"""Everything that happened to a request in one row of lines: steps, notes, messages, proofs, other changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baileo.city.messages.models import Message
from baileo.city.service_requests.models import Note, Proof, ServiceRequest, StateChange
from baileo.city.service_requests.selectors.promises import LABELS
from baileo.city.service_requests.workflow import State
from baileo.core.text import excerpt
from baileo.ground.ledger.models import Entry
from baileo.ground.people.models import User

# Kinds that say more than the trail's own rows; the others would tell the same thing twice.
TOLD_BY_LEDGER: dict[str, Any] = {
    "service_request.edited": gettext_lazy("Details changed"),
    "service_request.tagged": gettext_lazy("Tags changed"),
    "service_request.prioritised": gettext_lazy("Priority changed"),
    "service_request.visibility_changed": gettext_lazy("Visibility changed"),
    "service_request.became_overdue": gettext_lazy("Promise passed"),
    "service_request.contact_seen": gettext_lazy("Contact looked at"),
    "service_request.message_linked": gettext_lazy("Message linked"),
    "service_request.erased": gettext_lazy("Personal data erased"),
}
UNTOLD = (StateChange.Told.WINDOW_CLOSED, StateChange.Told.CAPPED)
Names = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One line. `kind`: state, note, message_in, message_out, proof or entry; `text` is ready to be shown."""

    at: datetime
    kind: str
    actor: str
    text: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def timeline_of(
    changes: Iterable[StateChange],
    notes: Iterable[Note],
    proofs: Iterable[Proof],
    messages: Iterable[Message],
    entries: Iterable[Entry],
    *,
    names: Names,
) -> list[TimelineItem]:
    """Merge, oldest first. `names` turns an actor word ("user:3") into a person's name. No queries."""
    items = [
        *(_step(change, names) for change in changes),
        *(TimelineItem(note.at, "note", str(note.author), excerpt(note.text), {"id": note.pk}) for note in notes),
        *(_proof(proof) for proof in proofs),
        *(_message(message) for message in messages),
        *(_entry(entry, names) for entry in entries if entry.kind in TOLD_BY_LEDGER),
    ]
    return sorted(items, key=lambda item: item.at)


def actor_names(actors: Iterable[str]) -> Names:
    """One query for all people among the actors."""
    ids = {int(actor.removeprefix("user:")) for actor in actors if actor.startswith("user:")}
    people = {f"user:{person.pk}": str(person) for person in User.objects.filter(pk__in=ids)}
    others = {"contact": _("Reporter")}
    return lambda actor: people.get(actor) or others.get(actor) or _("automatic")


def _step(change: StateChange, names: Names) -> TimelineItem:
    label = str(State(change.to_state).label) if change.from_state else _("Received")
    parts = [label, str(change.agency) if change.agency and change.to_state == State.ASSIGNED else ""]
    actor = names(change.actor)
    detail = {
        "from": change.from_state,
        "to": change.to_state,
        "reason": change.reason,
        "refer_to": change.refer_to,
        "told": change.told,
        "told_label": str(StateChange.Told(change.told).label) if change.told else "",
    }
    untold = detail["told_label"] if change.told in UNTOLD else ""
    return TimelineItem(change.at, "state", actor, _line([*parts, actor, untold]), detail)


def _proof(proof: Proof) -> TimelineItem:
    text = _line([_("Proof: %s") % proof.get_stage_display(), proof.caption, str(proof.author)])
    return TimelineItem(proof.at, "proof", str(proof.author), text, {"id": proof.pk, "sha256": proof.sha256})


def _message(message: Message) -> TimelineItem:
    if message.direction == Message.Direction.IN:
        return TimelineItem(message.happened_at, "message_in", _("Reporter"), _("Reporter wrote"), {"id": message.pk})
    actor = str(message.author) if message.author else _("automatic")
    text = _("%s answered") % actor if message.author else _("Automatic message")
    failed = message.delivery == Message.Delivery.FAILED
    line = _line([text, _("not delivered") if failed else ""])
    return TimelineItem(
        message.happened_at, "message_out", actor, line, {"id": message.pk, "delivery": message.delivery}
    )


def _entry(entry: Entry, names: Names) -> TimelineItem:
    actor = names(entry.actor)
    text = _line([str(TOLD_BY_LEDGER[entry.kind]), _what(entry), actor])
    return TimelineItem(entry.at, "entry", actor, text, {"kind": entry.kind, **entry.data})


def _what(entry: Entry) -> str:
    """The small value that makes the line worth reading."""
    if entry.kind == "service_request.became_overdue":
        return str(LABELS.get(str(entry.data.get("promise", "")), ""))
    if entry.kind == "service_request.prioritised":
        return str(_label(ServiceRequest.Priority.choices, entry.data.get("priority")))
    if entry.kind == "service_request.visibility_changed":
        return str(_label(ServiceRequest.Visibility.choices, entry.data.get("visibility")))
    if entry.data.get("unsolved"):
        return _("the reporter says: not solved")
    return ""


def _label(choices: Sequence[tuple[str, Any]], value: object) -> object:
    return dict(choices).get(str(value), value)


def _line(parts: Iterable[str]) -> str:
    return ", ".join(part for part in parts if part)
