"""Whatever happens in whatever order: the laws of the outbox hold.

Hypothesis makes up lives of a few texts (the provider accepts, refuses, is silent; senders die; statuses come late and
twice; officers decide) and after each step the laws are checked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from baileo.city.messages import services
from baileo.city.messages.channel import Accepted, AccountTrouble, DeliveryStatus, OutboundMessage
from baileo.city.messages.models import Message
from baileo.city.messages.testing import SPOKEN_AT, Provider, a_conversation, fake_channels
from baileo.city.messages.workflow import OUR_CODES, is_further
from baileo.core.clock import clock
from baileo.core.errors import DeliveryFailed, NetworkFailed, TransitionNotAllowed
from baileo.ground.ledger.models import Entry

ANSWERS: dict[str, Callable[[OutboundMessage], Accepted]] = {}
DEFINITE = {"refused", "busy", "unreached", "trouble"}  # the provider surely did not take it


def answer(name: str, outcome: Exception | BaseException | bool) -> None:
    def reply(message: OutboundMessage) -> Accepted:
        if isinstance(outcome, BaseException):
            raise outcome
        return Accepted(f"out-{message.text}-{message.client_id}", is_sent=outcome)

    ANSWERS[name] = reply


answer("sent", outcome=True)
answer("accepted", outcome=False)
answer("refused", DeliveryFailed("no", permanent=True, provider_code="403"))
answer("busy", DeliveryFailed("busy", permanent=False))
answer("unreached", NetworkFailed("away", maybe_sent=False))
answer("trouble", AccountTrouble("refused key"))
answer("silent", NetworkFailed("silence", maybe_sent=True))
answer("killed", SystemExit())

STEPS = st.one_of(
    st.tuples(st.just("queue")),
    st.tuples(st.just("send"), st.sampled_from(sorted(ANSWERS))),
    st.tuples(st.just("wait"), st.sampled_from([5, 70, 400, 4_000])),
    st.tuples(st.just("sweep")),
    st.tuples(st.just("status"), st.integers(0, 3), st.sampled_from(["sent", "delivered", "read", "failed"])),
    st.tuples(st.sampled_from(["retry", "confirm", "give_up"]), st.integers(0, 3)),
)
DECISIONS = {
    "retry": services.message_retry,
    "confirm": services.message_confirm,
    "give_up": services.message_give_up,
}


class Life:
    """A few texts of one conversation, and what the world did with them."""

    def __init__(self, provider: Provider, stopped: Any) -> None:
        self.provider, self.clock = provider, stopped
        self.conversation = a_conversation()
        self.may_have_arrived: Counter[str] = Counter()  # by text
        self.permitted: Counter[str] = Counter()  # how often an officer or a definite failure allowed another try

    def texts(self) -> list[Message]:
        return list(Message.objects.filter(direction="out").order_by("pk"))

    def step(self, name: str, *values: Any) -> None:
        before = {message.pk: message for message in self.texts()}
        if name in DECISIONS:
            self.decide(name, *values)
        else:
            getattr(self, f"do_{name}")(*values)
        self.check(before, name)

    def do_queue(self) -> None:
        number = Message.objects.filter(direction="out").count()
        if number < 4:
            services.message_queue(conversation_id=self.conversation.pk, text=str(number), actor="user:1")

    def do_send(self, how: str) -> None:
        def reply(message: OutboundMessage) -> Accepted:
            if how not in DEFINITE:
                self.may_have_arrived[message.text] += 1
            return ANSWERS[how](message)

        self.provider.answer = reply
        with suppress(SystemExit):
            services.outbox_send(limit=4)

    def do_wait(self, seconds: int) -> None:
        self.clock.tick(seconds=seconds)

    def do_sweep(self) -> None:
        services.outbox_sweep()

    def do_status(self, index: int, state: Any) -> None:
        for message in self.texts()[index : index + 1]:
            status = DeliveryStatus(message.external_id or "w", state, self.clock.now(), client_id=message.client_id)
            services.delivery_record(message.account, status)

    def decide(self, name: str, index: int) -> None:
        for message in self.texts()[index : index + 1]:
            try:
                DECISIONS[name](message.pk, actor="user:1")
            except TransitionNotAllowed:
                continue
            if name == "retry":
                self.permitted[message.text] += 1

    def check(self, before: dict[int, Message], step: str) -> None:
        for message in self.texts():
            old = before.get(message.pk, message)
            # 1. Without an officer's word a text reaches the provider at most once.
            assert self.may_have_arrived[message.text] <= 1 + self.permitted[message.text]
            # 2. What is in doubt is being sent, and nothing else is in doubt.
            assert not message.is_unconfirmed or message.delivery == "sending"
            # 3. An officer, a failure that surely sent nothing, or the provider against our giving up moves it back.
            if is_further(old.delivery, message.delivery):
                assert step in {"retry", "send"} or old.provider_code in OUR_CODES
            # 4. What waits has no excuse, what failed has a time.
            assert (message.delivery == "failed") <= (message.failed_at is not None)
            # 5. Delivered and read are never taken back.
            assert old.delivery not in {"delivered", "read"} or message.delivery in {"delivered", "read"}
        # 6. The ledger's last word on each text is the truth.
        for message in self.texts():
            last = Entry.objects.filter(subject=f"message:{message.pk}").exclude(kind="message.queued").last()
            if last and message.delivery not in {"queued", "sending"}:
                assert last.data["delivery"] == message.delivery


@pytest.mark.django_db
@effort(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=1, max_size=25))
def test_the_laws_of_the_outbox_hold_whatever_happens(steps: list[tuple[Any, ...]]) -> None:
    with transaction.atomic(), fake_channels() as provider, clock.stopped_at(SPOKEN_AT + timedelta(hours=1)) as stopped:
        life = Life(provider, stopped)
        for name, *values in [("queue",), *steps]:
            life.step(name, *values)
        transaction.set_rollback(True)
