"""Small words of the desk's templates."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django import template
from django.utils.translation import gettext

from baileo.city.messages.models import Message
from baileo.city.service_requests.workflow import Edge
from baileo.core.clock import now
from baileo.web.shared import wording
from baileo.web.shared.channels import channel_face

register = template.Library()


@register.filter
def channel_icon(name: str) -> str:
    return channel_face(name)[1]


@register.filter
def channel_label(name: str) -> str:
    return channel_face(name)[0]


@register.filter
def urlquery(fields: dict[str, str]) -> str:
    """A saved filter's fields as a query string."""
    return urlencode({name: value for name, value in fields.items() if value})


@register.filter
def percent(share: float) -> str:
    """0.71 -> 71%"""
    return f"{round(share * 100)}%"


@register.filter
def metres(distance_m: float | None) -> str:
    """40 -> 40 m, 1400 -> 1,4 km; empty when unknown"""
    if distance_m is None:
        return ""
    return f"{round(distance_m / 10) * 10} m" if distance_m < 1000 else f"{distance_m / 1000:.1f} km".replace(".", ",")


STEP_KEYS = {
    "verify": "v",
    "assign": "t",
    "accept": "v",
    "start": "w",
    "ask": "i",
    "resume": "u",
    "return": "z",
    "resolve": "s",
    "close": "d",
    "reject": "o",
    "mark_duplicate": "g",
    "reopen": "u",
}


@register.filter
def step_key(edge: Edge) -> str:
    """The key that takes a step; the same step has the same key in every state."""
    return STEP_KEYS.get(edge.step, "")


@register.filter
def bar_words(edge: Edge) -> tuple[str, str]:
    """A big button on a phone: what it does, and what one will be asked for."""
    words = {
        "verify": (gettext("Check"), gettext("it is clear")),
        "assign": (gettext("Assign"), gettext("choose an agency")),
        "accept": (gettext("Accept"), gettext("we take it on")),
        "start": (gettext("Start"), gettext("the reporter is told")),
        "resolve": (gettext("Done"), gettext("send the answer")),
        "ask": (gettext("Ask"), gettext("write the question")),
        "return": (gettext("Not ours"), gettext("write why")),
        "reject": (gettext("Reject"), gettext("write why")),
        "resume": (gettext("Go on"), gettext("without the answer")),
        "reopen": (gettext("Open again"), gettext("write why")),
    }
    return words.get(edge.step, (str(edge.label), ""))


@register.filter
def backwards(items: list[Edge]) -> list[Edge]:
    return items[::-1]


DELIVERY_ICONS = {
    "queued": "clock",
    "sending": "clock",
    "sent": "check",
    "delivered": "double-check",
    "read": "double-check",
}


@register.filter
def delivery_icon(message: Message) -> str:
    return DELIVERY_ICONS.get(message.delivery, "cross")


@register.filter
def delivery_words(message: Message) -> str:
    """What the provider said last, with its time; never "sent" before it said so."""
    if message.delivery == Message.Delivery.READ and message.read_at:
        return gettext("read %(time)s") % {"time": wording.time_in_words(message.read_at)}
    if message.delivery == Message.Delivery.DELIVERED and message.delivered_at:
        return gettext("delivered %(time)s") % {"time": wording.time_in_words(message.delivered_at)}
    if message.delivery == Message.Delivery.SENT and message.sent_at:
        return gettext("sent %(time)s") % {"time": wording.time_in_words(message.sent_at)}
    if message.delivery == Message.Delivery.SENDING:
        return gettext("handed over, no word from the provider yet")
    return gettext("waits to be sent") if message.delivery == Message.Delivery.QUEUED else gettext("not delivered")


@register.filter
def template_words(message: Message) -> str:
    """Which automatic message this is."""
    words = {"receipt": gettext("Automatic receipt with the number")}
    return words.get(message.template, gettext("Automatic message on the new state"))


@register.filter
def until(moment: datetime) -> timedelta:
    """From now to a promise, either way; the words around it say left or late."""
    return abs(moment - now())
