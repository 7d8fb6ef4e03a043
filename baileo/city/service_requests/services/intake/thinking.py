"""Which request a message belongs to. Pure: what was heard and what is open go in, a decision comes out.

Rules, in this order:
1. An answer to one of our messages, or one that names a number of this conversation, belongs to that request.
2. A form is a request of its own, unless it says the same as one just made.
3. Within ten minutes of a request's first words everything belongs to it: people write in several bubbles, send the
   photos after the words and the place last.
4. While we wait for the person's answer, what they write is the answer.
5. A clear report about something else opens a new request.
6. Anything else belongs to the newest open request, or to one that ended less than 14 days ago; a report never joins
   a closed one.
7. Without such a request: a report opens one, the rest is left for an officer.

Nothing depends on the order of arrival where it can be avoided: times are the provider's, earlier words that come late
move a request's beginning back, and words left alone join a request that begins close to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.understanding import Verdict, says_solved, says_unsolved
from baileo.city.service_requests.workflow import FOLDED_CLOSED, State
from baileo.core.text import fold

BURST = timedelta(minutes=10)
TALK_AFTER_END = timedelta(days=14)
CLEAR_SCORE = 2.6  # from here a report is clear enough to leave an open request
NUMBER = re.compile(r"(?<!\d)(20\d\d)\s?-\s?(\d{6})(?!\d)")
Outcome = Literal["created", "linked", "left", "skipped"]


@dataclass(slots=True)
class Heard:
    """One message of a citizen, read."""

    message_id: int
    conversation_id: int
    at: datetime
    text: str
    verdict: Verdict
    topic: str = ""  # group of the likeliest service; empty: unsure
    lon_deg: float | None = None
    lat_deg: float | None = None
    place_text: str = ""
    has_files: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)
    answers: int | None = None  # id of the request whose message it answers

    @property
    def is_form(self) -> bool:
        return "kind" in self.details and "continues" not in self.details

    @property
    def has_point(self) -> bool:
        return self.lon_deg is not None and self.lat_deg is not None

    @property
    def is_silent(self) -> bool:
        """A reaction, a sticker, a button that opens the talk: nothing for anybody to do."""
        is_start = str(self.details.get("command", "")).lstrip("/") == "start"
        return is_start or not (self.text.strip() or self.has_point or self.has_files or self.place_text)

    @property
    def says_something(self) -> bool:
        """More than a greeting or thanks: words, a place, a photo."""
        return not self.verdict.is_chatter or self.has_point or self.has_files or bool(self.place_text)

    @property
    def opens(self) -> bool:
        return self.is_form or self.verdict.is_report

    @property
    def numbers(self) -> set[str]:
        return {f"{year}-{count}" for year, count in NUMBER.findall(self.text)}


@dataclass(slots=True)
class Thread:
    """One request of a conversation, stored or about to be."""

    began_at: datetime  # when the request was spoken
    last_at: datetime  # the person's last word in it
    request: ServiceRequest | None = None  # None: not stored yet
    state: str = State.NEW
    ended_at: datetime | None = None
    topic: str = ""
    reports: list[Heard] = field(default_factory=list)  # whose words are the request
    others: list[Heard] = field(default_factory=list)  # linked in this run, not part of the words
    news: list[Heard] = field(default_factory=list)  # linked in this run, all of them

    @property
    def key(self) -> int | None:
        return self.request.pk if self.request else None

    def is_near(self, at: datetime) -> bool:
        """In the first minutes, or right after the person's last word in them."""
        return abs(at - self.began_at) <= BURST

    def takes(self, heard: Heard) -> bool:
        """Whether it may still be talked in: open, or ended lately."""
        if self.ended_at is None:
            return True
        if heard.opens and self.state != State.RESOLVED:
            return False
        return heard.at <= self.ended_at + TALK_AFTER_END

    def add(self, heard: Heard) -> None:
        self.news.append(heard)
        (self.reports if self.is_near(heard.at) and heard.says_something else self.others).append(heard)
        if heard.opens and heard.at < self.began_at:
            self.began_at = heard.at
        self.last_at = max(self.last_at, heard.at)
        self.topic = self.topic or heard.topic


def place(heard: Heard, threads: list[Thread]) -> Outcome:
    """Put one message where it belongs: into one of the `threads`, into a new one, or nowhere."""
    named = _named(heard, threads)
    if named:
        named.add(heard)
        return "linked"
    if heard.is_silent:
        return "skipped"
    if heard.is_form and not any(_says_the_same(heard, thread) for thread in threads):
        return _open(heard, threads)
    thread = _home(heard, threads)
    if thread is not None:
        thread.add(heard)
        return "linked"
    return _open(heard, threads) if heard.opens else "left"


def _open(heard: Heard, threads: list[Thread]) -> Outcome:
    thread = Thread(began_at=heard.at, last_at=heard.at, topic=heard.topic)
    thread.add(heard)
    threads.append(thread)
    return "created"


def _named(heard: Heard, threads: Iterable[Thread]) -> Thread | None:
    for thread in threads:
        if thread.request and (thread.request.pk == heard.answers or thread.request.number in heard.numbers):
            return thread
    return None


def _says_the_same(heard: Heard, thread: Thread) -> bool:
    if abs(heard.at - thread.last_at) > BURST and not thread.is_near(heard.at):
        return False
    return fold(heard.text) in {fold(report.text) for report in thread.reports}


def _home(heard: Heard, threads: list[Thread]) -> Thread | None:
    """The newest request that had begun when the message was written and may take it."""
    for thread in sorted(threads, key=lambda one: one.began_at, reverse=True):
        if thread.is_near(heard.at):
            return thread
        if thread.began_at <= heard.at and thread.takes(heard):
            return None if _is_something_else(heard, thread) else thread
        if heard.opens and heard.at < thread.began_at and _is_same_topic(heard, thread) and thread.ended_at is None:
            return thread  # earlier words about the same thing that came late
    return None


def _is_something_else(heard: Heard, thread: Thread) -> bool:
    if thread.state == State.NEEDS_INFORMATION or not heard.opens:
        return False
    is_clear = heard.verdict.score >= CLEAR_SCORE
    return is_clear and bool(heard.topic and thread.topic) and heard.topic != thread.topic


def _is_same_topic(heard: Heard, thread: Thread) -> bool:
    return bool(heard.topic) and heard.topic == thread.topic


def joins(loose: Heard, thread: Thread) -> bool:
    """Whether words that were left alone belong to a request that was made of later or earlier ones."""
    return loose.at >= thread.began_at - BURST and not loose.opens


def is_unsolved(heard: Heard, thread: Thread) -> bool:
    """A resolved request is not resolved after all."""
    if thread.state != State.RESOLVED or (thread.ended_at and heard.at < thread.ended_at):
        return False
    return heard.verdict.is_report or says_unsolved(heard.text)


def is_solved(heard: Heard, thread: Thread) -> bool:
    """The person says yes, it is solved."""
    is_after = thread.ended_at is not None and heard.at >= thread.ended_at
    return thread.state == State.RESOLVED and is_after and says_solved(heard.text)


def words_of(thread: Thread) -> str:
    """The request in the person's words, in the order they were written."""
    told = sorted(thread.reports, key=lambda heard: (heard.at, heard.message_id))
    lines = [heard.text.strip() or heard.place_text.strip() for heard in told]
    return "\n".join(line for line in lines if line)


def first_words(thread: Thread) -> str:
    """What the title is made of: the first message that is a report by itself."""
    told = sorted(thread.reports, key=lambda heard: (not heard.opens, heard.at, heard.message_id))
    return next((heard.text.strip() for heard in told if heard.text.strip()), "")


def ended_at(request: ServiceRequest) -> datetime | None:
    if request.state not in FOLDED_CLOSED:
        return None
    return request.closed_at or request.resolved_at or request.updated_at
