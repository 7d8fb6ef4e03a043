"""The states of an outgoing message and the waits between attempts. Pure.

    queued > sending > sent > (failed) > delivered > read

The order is also what a late or repeated word of the provider may do: a message only ever moves to the right. So the
same statuses in any order, any number of times, end in the same state, and "failed" can never undo "delivered".
"""

from __future__ import annotations

from datetime import timedelta

from baileo.city.messages.models import Message

Delivery = Message.Delivery
ORDER = (
    Delivery.NONE,
    Delivery.QUEUED,
    Delivery.SENDING,
    Delivery.SENT,
    Delivery.FAILED,
    Delivery.DELIVERED,
    Delivery.READ,
)
_RANK = {state: rank for rank, state in enumerate(ORDER)}
TIME_FIELD = {
    Delivery.SENT: "sent_at",
    Delivery.DELIVERED: "delivered_at",
    Delivery.READ: "read_at",
    Delivery.FAILED: "failed_at",
}

SEND_ATTEMPTS = 30  # about a day of trying with the waits below
FETCH_ATTEMPTS = 14  # two days; WhatsApp forgets a file after seven
PARSE_ATTEMPTS = 5
SEND_IS_LOST_AFTER = timedelta(seconds=60)  # far longer than any call to a provider may take
STATUS_WAITS_FOR = timedelta(hours=1)  # how long a provider's word waits for its message to be known
AUTOMATIC_AN_HOUR = 12  # automatic texts to one contact; two machines talking to each other stop here
FETCH_ERRORS_AN_HOUR = 9  # WhatsApp blocks fetching after 20 errors in 60 minutes; two windows of ours fit below it

# Our own codes, beside the provider's, in `Message.provider_code`.
CODE_WINDOW_CLOSED = "window-closed"
CODE_GAVE_UP = "gave-up"
CODE_GIVEN_UP = "given-up"
OUR_CODES = frozenset({CODE_WINDOW_CLOSED, CODE_GAVE_UP, CODE_GIVEN_UP})


def is_further(new: str, old: str) -> bool:
    """Whether `new` lies to the right of `old`.

    >>> is_further("read", "sent"), is_further("sent", "read"), is_further("failed", "delivered")
    (True, False, False)
    """
    return _RANK[Delivery(new)] > _RANK[Delivery(old)]


def wait_s(attempts: int, first_s: float, longest_s: float, luck: float) -> float:
    """How long to wait after so many attempts: doubling, and spread by `luck` (0 to 1) over plus or minus a fifth,
    so that a hundred messages that failed together do not come back together.

    >>> [wait_s(n, 10, 3600, 0.5) for n in (1, 2, 5, 20)]
    [10.0, 20.0, 160.0, 3600.0]
    """
    doubled = first_s * 2.0 ** min(max(attempts - 1, 0), 30)
    return min(doubled, longest_s) * (0.8 + 0.4 * luck)


def send_wait_s(attempts: int, luck: float) -> float:
    return wait_s(attempts, 10, 3_600, luck)


def fetch_wait_s(attempts: int, luck: float) -> float:
    return wait_s(attempts, 60, 12 * 3_600, luck)


def parse_wait_s(attempts: int, luck: float) -> float:
    return wait_s(attempts, 15, 900, luck)


def status_wait_s(age_s: float) -> float:
    """How long a word on an unknown message waits: half its age, so that the first look comes soon.

    >>> [status_wait_s(age) for age in (0.1, 8, 4000)]
    [1.0, 4.0, 300.0]
    """
    return min(max(age_s / 2, 1.0), 300.0)
