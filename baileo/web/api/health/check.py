"""One answer to "is it well?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["ok", "warn", "fail"]
Group = Literal["processes", "database", "queue", "channels", "disk", "ledger"]


@dataclass(frozen=True)
class Check:
    """`words` says how it is, `what_to_do` what to do about it (empty when nothing), in the active language.

    `figures` are for machines: seconds end in `_s`, sizes in `_bytes`.
    """

    group: Group
    name: str
    state: State
    words: str
    what_to_do: str = ""
    figures: Mapping[str, float | int | str] = field(default_factory=dict)


def by_limits(value: float, *, warn: float, fail: float) -> State:
    """Larger is worse.

    >>> by_limits(31, warn=30, fail=120)
    'warn'
    """
    if value > fail:
        return "fail"
    return "warn" if value > warn else "ok"
