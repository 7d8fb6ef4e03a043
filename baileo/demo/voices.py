"""What the pretend people say: the texts of `texts/`, read once and drawn at random."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

TEXTS = Path(__file__).parent / "texts"


class _Read(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Topic(_Read):
    """Something to report. `picture` is a scene of `providers.pictures`; empty: nobody photographs it."""

    name: str
    service: str  # the service_code an officer would choose
    picture: str = ""
    in_villages: bool = False  # a landmark will not do: "the school in the cathedral"
    weight: int = Field(gt=0)
    texts: tuple[str, ...] = Field(min_length=1)


class Rejection(_Read):
    """Why the city cannot do something and who can; without `services` it fits everything."""

    reason: str
    refer_to: str
    services: tuple[str, ...] = ()


class Notes(_Read):
    lines: tuple[str, ...]


class People(_Read):
    first: tuple[str, ...]
    last: tuple[str, ...]


class Talk(_Read):
    """Everything that is not a report; the officers' lines last."""

    greetings: tuple[str, ...]
    thanks: tuple[str, ...]
    solved: tuple[str, ...]
    unsolved: tuple[str, ...]
    further: tuple[str, ...]
    answers: tuple[str, ...]
    chatter: tuple[str, ...]
    corrections: tuple[str, ...]
    questions: tuple[str, ...]
    replies: tuple[str, ...]
    resolved: tuple[str, ...]
    resolved_by_service: dict[str, tuple[str, ...]]
    notes: Notes
    rejections: tuple[Rejection, ...]
    people: People


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((TEXTS / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def topics() -> tuple[Topic, ...]:
    return tuple(Topic.model_validate(entry) for entry in _load("reports.toml")["topic"])


@lru_cache(maxsize=1)
def talk() -> Talk:
    return Talk.model_validate(_load("talk.toml"))


def topic_of(random: Random) -> Topic:
    """A topic, the common ones more often."""
    return random.choices(topics(), [topic.weight for topic in topics()])[0]


def said(random: Random, lines: Sequence[str], place: str = "") -> str:
    """One of the lines, with the place filled in."""
    return random.choice(lines).replace("{di}", place)


def answer_for(random: Random, service_code: str) -> str:
    """What an officer writes when the work is done."""
    return random.choice(talk().resolved_by_service.get(service_code) or talk().resolved)


def rejection_for(random: Random, service_code: str) -> Rejection:
    """A reason that fits the service, else one that fits everything."""
    fitting = [one for one in talk().rejections if service_code in one.services]
    return random.choice(fitting or [one for one in talk().rejections if not one.services])


def service_of(text: str) -> str:
    """The service a pretend report is about, found by its own words; "" for what nobody here has said."""
    for topic in topics():
        for line in topic.texts:
            before, _, after = line.partition("{di}")
            if text.startswith(before) and text.endswith(after):
                return topic.service
    return ""
