"""What a log may say of an error that was raised over somebody's words."""

from __future__ import annotations

import traceback
from pathlib import Path


def whereabouts(error: BaseException) -> str:
    """Kind and place of an error without its text, which may quote a message or a number: "KeyError at adapter.py:88".

    >>> whereabouts(ValueError("0812..."))
    'ValueError'
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
