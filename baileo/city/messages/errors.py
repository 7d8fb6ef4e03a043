"""What can go wrong when the city wants to say something."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from baileo.core.clock import local, zone_label
from baileo.core.errors import BaileoError, TooMany


class ReplyWindowClosed(BaileoError):
    """The provider lets us answer only so long after a person's last word. Nothing was queued."""

    code = "reply-window-closed"
    http_status = 409

    def __init__(self, channel: str, closed_at: datetime | None) -> None:
        self.closed_at = closed_at
        since = _("since {time}").format(time=_clock(closed_at)) if closed_at else _("until this person writes")
        super().__init__(
            _(
                "{channel} takes no free answer in this conversation {since}. Nothing was sent. "
                "Reach the person another way, or wait until they write again."
            ).format(channel=channel, since=since)
        )


class AutomaticCapReached(TooMany):
    """A contact got as many automatic texts as one may get in an hour; two machines may be answering each other."""

    code = "automatic-cap-reached"


def _clock(instant: datetime) -> str:
    """Day and time in the city's zone: "23.11.2026 14.05 WIT"."""
    zone_name = settings.BAILEO.time_zone
    return f"{local(instant, zone_name):%d.%m.%Y %H.%M} {zone_label(instant, zone_name)}"
