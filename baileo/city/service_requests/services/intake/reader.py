"""The durable reader of received and edited messages: each once, in the ledger's order, with its effect."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from baileo.city.messages.logs import whereabouts as where
from baileo.city.messages.models import Message
from baileo.city.service_requests.models import LooseMessage
from baileo.city.service_requests.services.intake.correcting import words_renew
from baileo.city.service_requests.services.intake.gathering import Knowledge, gather
from baileo.city.service_requests.services.intake.thinking import Heard, joins, place
from baileo.city.service_requests.services.intake.writing import loose_store, threads_store
from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.selectors import cursor_lock, entries_after, position_of
from baileo.ground.ledger.services import cursor_move

logger = logging.getLogger(__name__)
READER = "service_requests.intake"
RECEIVED, EDITED = "message.received", "message.edited"
LOOK_AHEAD = 500  # entries looked at at once; those of other kinds cost nothing


@dataclass(frozen=True, slots=True)
class IntakeDone:
    """What one run did: entries read, and messages that became requests, joined one, or were left to people."""

    read: int = 0
    created: int = 0
    linked: int = 0
    left: int = 0


class Pace:
    """How many messages one transaction takes: as many as were done in about 100 ms the last time.

    While a transaction writes, nothing younger than it leaves the ledger, for no reader: a long one keeps every
    open desk waiting. Each one costs some 30 statements whatever its size, so very short ones get nothing done.
    """

    GOAL_S = 0.1
    FEWEST, MOST = 16, 40

    def __init__(self) -> None:
        self.messages = self.FEWEST

    def learn(self, messages: int, took_s: float) -> None:
        """Half way towards what would have fitted, so that one slow moment does not decide."""
        if messages:
            fitting = messages * self.GOAL_S / max(took_s, 0.001)
            aim = (self.messages + min(fitting, 2 * self.messages)) / 2
            self.messages = round(min(max(aim, self.FEWEST), self.MOST))


class Hold:
    """How long the transaction has been writing, and so holding the others up; reading first costs nobody anything."""

    def __init__(self) -> None:
        self._since: float | None = None

    def begin(self) -> None:
        self._since = self._since or time.monotonic()

    def took_s(self) -> float:
        return time.monotonic() - self._since if self._since else 0.0


PACE = Pace()


def intake(*, limit: int = LOOK_AHEAD, messages: int = 0) -> IntakeDone:
    """Take the next messages in, in one short transaction with the reader's position. Call again until `read` is 0.

    At most `limit` entries and `messages` messages; without a number, as many messages as the pace allows. Replays
    change nothing: a message that has a request is not looked at again.
    """
    hold = Hold()
    with transaction.atomic():
        entries = _portion(entries_after(cursor_lock(READER), limit=limit), messages or PACE.messages)
        received = _messages_of(entries, RECEIVED)
        counts = take_in(received, hold)
        words_renew(_messages_of(entries, EDITED))
        if entries:
            cursor_move(READER, position_of(entries[-1]))
    PACE.learn(len(received), hold.took_s())
    return IntakeDone(len(entries), counts["created"], counts["linked"], counts["left"])


def _portion(entries: list[Entry], messages: int) -> list[Entry]:
    """The first entries, up to the one that would be a message too many."""
    heard = 0
    for at, entry in enumerate(entries):
        heard += entry.kind in (RECEIVED, EDITED)
        if heard > messages:
            return entries[:at]
    return entries


def _messages_of(entries: Sequence[Entry], kind: str) -> list[int]:
    """Ids of the messages that entries of one kind are about, each once, in the ledger's order."""
    return list(dict.fromkeys(int(entry.data["message_id"]) for entry in entries if entry.kind == kind))


def take_in(message_ids: Sequence[int], hold: Hold | None = None) -> Counter[str]:
    """Decide and store, all together; should that fail, one by one, so that a bad one holds nobody up."""
    if not message_ids:
        return Counter()
    try:
        with transaction.atomic():
            return _take(message_ids, hold or Hold())
    except Exception as error:  # noqa: BLE001  whatever it is, the next lines find out whose fault it is
        logger.error("Intake of %d messages failed together; one by one now: %s", len(message_ids), where(error))
    counts: Counter[str] = Counter()
    for message_id in message_ids:
        counts.update(_take_one(message_id))
    return counts


def _take_one(message_id: int) -> Counter[str]:
    try:
        with transaction.atomic():
            return _take([message_id], Hold())
    except Exception as error:  # noqa: BLE001  the message stays visible to officers, which a crash would not achieve
        logger.error("Message %d could not be taken in and is left for an officer: %s", message_id, where(error))
        message = Message.objects.get(pk=message_id)
        LooseMessage.objects.get_or_create(
            message=message, defaults={"conversation_id": message.conversation_id, "at": message.happened_at}
        )
        return Counter(left=1)


def _take(message_ids: Sequence[int], hold: Hold) -> Counter[str]:
    known, all_heard = gather(message_ids)
    if known.threads:  # their rows are locked, which counts as writing
        hold.begin()
    counts: Counter[str] = Counter()
    left: list[Heard] = []
    for heard in all_heard:
        outcome = place(heard, known.threads[heard.conversation_id])
        counts[outcome] += 1
        if outcome == "left":
            known.loose[heard.conversation_id].append(heard)
            left.append(heard)
        elif outcome == "created":
            _adopt(known, heard.conversation_id)
    adopted = {heard.message_id for threads in known.threads.values() for thread in threads for heard in thread.news}
    hold.begin()
    threads_store(known, [thread for threads in known.threads.values() for thread in threads])
    loose_store([heard for heard in left if heard.message_id not in adopted])
    return counts


def _adopt(known: Knowledge, conversation_id: int) -> None:
    """Words that were left alone join the request that just began near them."""
    thread = known.threads[conversation_id][-1]
    joining = [loose for loose in known.loose[conversation_id] if joins(loose, thread)]
    for loose in joining:
        thread.add(loose)
    known.loose[conversation_id] = [loose for loose in known.loose[conversation_id] if loose not in joining]
