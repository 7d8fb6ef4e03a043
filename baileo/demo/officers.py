"""Pretend officers: now and then they verify, assign, answer and resolve, through the same services as real ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from threading import Event
from typing import Any

from django.db.models import Q, QuerySet

from baileo.city.service_requests import services
from baileo.city.service_requests.models import Service, ServiceRequest, StateChange
from baileo.core.clock import now
from baileo.core.errors import BaileoError
from baileo.core.ids import uuid7
from baileo.demo.providers.pictures import KINDS, picture
from baileo.demo.voices import answer_for, rejection_for, said, service_of, talk
from baileo.ground.people.models import User

logger = logging.getLogger(__name__)
State = ServiceRequest.State
LEAVES_FRESH_ONES = timedelta(seconds=45)  # so that whoever presents the demo can be first
URGENT_FIRST = 0.4  # how often somebody looks there first
# Agencies the starter catalogue leaves open, in the pretend city.
AGENCY_OF_SERVICE = {"power_outage": "pln", "dangerous_cable": "pln", "water_supply": "pdam"}
FALLBACK_AGENCY = "diskominfo"

Step = Callable[[ServiceRequest], object]


class Officers:
    """`staff` by username as `staff_ensure` gives them. They leave alone what a real person has touched."""

    def __init__(self, staff: Mapping[str, User], *, seed: int = 2) -> None:
        self._staff = staff
        self._random = Random(seed)
        self._coordinator = staff["koordinator"]
        self._steps: dict[str, list[tuple[int, Step]]] = {
            State.NEW: [(92, self._verify), (6, self._ask), (2, self._reject)],
            State.VERIFIED: [(92, self._assign), (5, self._ask), (3, self._reject)],
            State.REOPENED: [(100, self._verify)],
            State.ASSIGNED: [(94, self._accept), (6, self._give_back)],
            State.ACCEPTED: [(85, self._start), (15, self._reply)],
            State.IN_PROGRESS: [(55, self._resolve), (22, self._reply), (13, self._note), (10, self._prove)],
            State.NEEDS_INFORMATION: [(100, self._go_on)],
            State.RESOLVED: [(100, self._close)],
        }

    def run(self, stop: Event, per_minute: float) -> None:
        """Work until `stop`, at random moments that come to `per_minute` on average."""
        while not stop.wait(self._random.expovariate(per_minute / 60) if per_minute > 0 else 1.0):
            if per_minute > 0:
                self.work_once()

    def work_once(self, *, before: Q | None = None) -> bool:
        """One step on one request; False when nothing waits. `before` narrows down which ones."""
        request = self._pick(before)
        if request is None:
            return False
        steps = self._steps[request.state]
        step = self._random.choices([step for _, step in steps], [weight for weight, _ in steps])[0]
        try:
            step(request)
        except BaileoError as error:  # somebody was faster, or the talk is closed: that is life at a desk
            logger.debug("A pretend officer could not do it: %s", error)
        return True

    def _pick(self, before: Q | None) -> ServiceRequest | None:
        """Any request that waits for a step and that only pretend people have touched."""
        waiting = (
            ServiceRequest.objects.select_related("service__default_agency", "agency")
            .filter(state__in=list(self._steps))
            .filter(before or Q(requested_at__lt=now() - LEAVES_FRESH_ONES))
            .exclude(pk__in=self._touched_by_people())
        )
        urgent = waiting.filter(priority=ServiceRequest.Priority.URGENT)
        return (self._one_of(urgent) if self._random.random() < URGENT_FIRST else None) or self._one_of(waiting)

    def _one_of(self, waiting: QuerySet[ServiceRequest]) -> ServiceRequest | None:
        count = waiting.count()
        return waiting.order_by("pk")[self._random.randrange(count)] if count else None

    def _touched_by_people(self) -> QuerySet[StateChange, Any]:
        """Requests a real person has moved; theirs to finish."""
        pretend = [f"user:{user.pk}" for user in self._staff.values()]
        real = StateChange.objects.filter(actor__startswith="user:").exclude(actor__in=pretend)
        return real.values("request_id")

    # The steps

    def _verify(self, request: ServiceRequest) -> None:
        services.request_verify(
            number=request.number,
            seen_version=request.version,
            actor=self._coordinator,
            service_code=self._service_code(request),
        )

    def _assign(self, request: ServiceRequest) -> None:
        services.request_assign(
            number=request.number,
            agency_code=self._agency_code(request),
            seen_version=request.version,
            actor=self._coordinator,
        )

    def _ask(self, request: ServiceRequest) -> None:
        services.request_ask_information(
            number=request.number,
            seen_version=request.version,
            actor=self._coordinator,
            reason=said(self._random, talk().questions),
        )

    def _reject(self, request: ServiceRequest) -> None:
        why = rejection_for(self._random, self._service_code(request))
        services.request_reject(
            number=request.number,
            seen_version=request.version,
            actor=self._coordinator,
            reason=why.reason,
            refer_to=why.refer_to,
        )

    def _accept(self, request: ServiceRequest) -> None:
        services.request_accept(number=request.number, seen_version=request.version, actor=self._officer(request))

    def _give_back(self, request: ServiceRequest) -> None:
        services.request_return(
            number=request.number,
            seen_version=request.version,
            actor=self._officer(request),
            reason="Bukan kewenangan kami, mohon diteruskan ke dinas yang tepat.",
        )

    def _start(self, request: ServiceRequest) -> None:
        services.request_start(number=request.number, seen_version=request.version, actor=self._officer(request))

    def _reply(self, request: ServiceRequest) -> None:
        services.request_reply(
            number=request.number,
            actor=self._officer(request),
            text=said(self._random, talk().replies),
            client_id=uuid7(),
        )

    def _note(self, request: ServiceRequest) -> None:
        services.request_add_note(
            number=request.number, actor=self._officer(request), text=said(self._random, talk().notes.lines)
        )

    def _prove(self, request: ServiceRequest) -> None:
        photo = picture(self._random.choice(KINDS), seed=self._random.randrange(10**6), taken_at=now())
        services.request_attach_proof(
            number=request.number,
            actor=self._officer(request),
            data=photo,
            stage="before",
            caption="Sebelum dikerjakan",
        )

    def _resolve(self, request: ServiceRequest) -> None:
        services.request_resolve(
            number=request.number,
            seen_version=request.version,
            actor=self._officer(request),
            answer=answer_for(self._random, self._service_code(request)),
        )

    def _go_on(self, request: ServiceRequest) -> None:
        services.request_resume(number=request.number, seen_version=request.version, actor=self._coordinator)

    def _close(self, request: ServiceRequest) -> None:
        services.request_close(number=request.number, seen_version=request.version, actor=self._coordinator)

    # What they know

    def _officer(self, request: ServiceRequest) -> User:
        code = request.agency.code if request.agency else FALLBACK_AGENCY
        return self._staff.get(f"petugas-{code}", self._coordinator)

    def _service_code(self, request: ServiceRequest) -> str:
        known = request.service.service_code if request.service else service_of(request.description)
        return known if Service.objects.filter(service_code=known, is_active=True).exists() else ""

    def _agency_code(self, request: ServiceRequest) -> str:
        code = self._service_code(request)
        service = request.service or Service.objects.select_related("default_agency").filter(service_code=code).first()
        usual = service.default_agency.code if service and service.default_agency else ""
        return usual or AGENCY_OF_SERVICE.get(code, FALLBACK_AGENCY)
