"""Room for files and the embedded database."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.utils.translation import gettext as _

from baileo.web.api.health.check import Check, State
from baileo.web.shared.wording import number_in_words

GB = 1_000_000_000
WARN_BYTES, WARN_SHARE = 2 * GB, 0.10
FAIL_BYTES = GB // 2


def disk_check(data_dir: Path) -> Check:
    try:
        usage = shutil.disk_usage(data_dir)
    except OSError as error:
        words = _("The data folder cannot be reached (%(why)s).") % {"why": error.strerror or type(error).__name__}
        return Check("disk", "data", "fail", words, _("Check that its disk is there and may be read."))
    figures = {"free_bytes": usage.free, "total_bytes": usage.total}
    words = _("%(free)s GB of %(total)s GB are free.") % {
        "free": number_in_words(round(usage.free / GB, 1)),
        "total": number_in_words(round(usage.total / GB, 1)),
    }
    state = _state(usage.free, usage.total)
    advice = "" if state == "ok" else _("Make room, or move the data folder to a larger disk.")
    return Check("disk", "data", state, words, advice, figures)


def _state(free: int, total: int) -> State:
    if free < FAIL_BYTES:
        return "fail"
    return "warn" if free < WARN_BYTES or free < total * WARN_SHARE else "ok"
