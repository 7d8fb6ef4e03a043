"""Everything intake must know to decide about a chunk of messages, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q

from baileo.city.messages.models import Attachment, Message
from baileo.city.service_requests.deadlines import RuleBook, rulebook_load
from baileo.city.service_requests.models import LooseMessage, RequestMessage, Service, ServiceRequest
from baileo.city.service_requests.placing import area_labels
from baileo.city.service_requests.selectors.suggestions import active_services, catalogue_of
from baileo.city.service_requests.services.intake.thinking import TALK_AFTER_END, Heard, Thread, ended_at
from baileo.city.service_requests.understanding import Catalogue, looks_like_report
from baileo.city.service_requests.workflow import LIVE_STATES
from baileo.core.clock import now

SURE_SHARE = 0.35  # from this share on a suggested service names what a message is about


@dataclass
class Knowledge:
    """What is known about the conversations of one chunk."""

    services: dict[str, Service]
    catalogue: Catalogue
    book: RuleBook
    area_labels: Mapping[str, str]
    messages: dict[int, Message] = field(default_factory=dict)
    threads: dict[int, list[Thread]] = field(default_factory=lambda: defaultdict(list))  # by conversation
    loose: dict[int, list[Heard]] = field(default_factory=lambda: defaultdict(list))  # by conversation

    def hear(self, message: Message, answers: int | None = None) -> Heard:
        self.messages[message.pk] = message
        message.conversation.account = message.account  # the same row; spares asking for it again
        return Heard(
            message_id=message.pk,
            conversation_id=message.conversation_id,
            at=message.happened_at,
            text=message.text,
            verdict=looks_like_report(message.text, self.catalogue.things),
            topic=self.topic_of(message.text),
            lon_deg=message.lon_deg,
            lat_deg=message.lat_deg,
            place_text=message.place_text,
            has_files=bool(getattr(message, "has_files", False)),
            details=message.details,
            answers=answers,
        )

    def topic_of(self, text: str) -> str:
        """The group of the likeliest service, when there is a likely one."""
        found = self.catalogue.suggest(text, limit=1)
        return self.services[found[0][0]].group.code if found and found[0][1] >= SURE_SHARE else ""


def gather(message_ids: Sequence[int]) -> tuple[Knowledge, list[Heard]]:
    """Read the messages and lock the requests they may belong to. Messages linked already are left out."""
    services = active_services()
    known = Knowledge(
        services={service.service_code: service for service in services},
        catalogue=catalogue_of(services),
        book=rulebook_load(),
        area_labels=area_labels(),
    )
    messages = list(with_all(Message.objects.filter(pk__in=message_ids, request_link__isnull=True)))
    conversations = {message.conversation_id for message in messages}
    _gather_threads(known, conversations)
    _gather_loose(known, conversations, {message.pk for message in messages})
    answered = _answered(messages)
    heard = [known.hear(message, answered.get((message.account_id, message.reply_to))) for message in messages]
    return known, sorted(heard, key=lambda one: (one.at, one.message_id))


def with_all(messages: Iterable[Message]) -> Iterable[Message]:
    """With conversation, contact and account, and whether files came along."""
    rows = messages.filter(direction=Message.Direction.IN, deleted_at__isnull=True)  # type: ignore[attr-defined]
    rows = rows.select_related("conversation__contact", "account")
    return rows.annotate(has_files=Exists(Attachment.objects.filter(message=OuterRef("pk"))))  # type: ignore[no-any-return]


def _gather_threads(known: Knowledge, conversations: set[int]) -> None:
    recent = now() - TALK_AFTER_END
    current = Q(state__in=LIVE_STATES) | Q(closed_at__gte=recent) | Q(resolved_at__gte=recent)
    rows = list(
        ServiceRequest.objects.filter(current, conversation__in=conversations)
        .select_related("agency", "service__group", "conversation__contact", "conversation__account")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    reports = _reports(known, [row.pk for row in rows])
    for row in rows:
        known.threads[row.conversation_id or 0].append(_thread(known, row, reports[row.pk]))


def _thread(known: Knowledge, row: ServiceRequest, reports: list[Heard]) -> Thread:
    topic = row.service.group.code if row.service else known.topic_of(row.description)
    return Thread(
        began_at=row.requested_at,
        last_at=row.last_citizen_at or row.requested_at,
        request=row,
        state=row.state,
        ended_at=ended_at(row),
        topic=topic,
        reports=reports,
    )


def _reports(known: Knowledge, request_ids: Sequence[int]) -> dict[int, list[Heard]]:
    """By request: the messages whose words it is made of."""
    found: dict[int, list[Heard]] = defaultdict(list)
    if request_ids:
        links = RequestMessage.objects.filter(request__in=request_ids, is_report=True)
        owner = dict(links.values_list("message_id", "request_id"))
        for message in with_all(Message.objects.filter(pk__in=owner)):
            found[owner[message.pk]].append(known.hear(message))
    return found


def _gather_loose(known: Knowledge, conversations: set[int], new: set[int]) -> None:
    ids = LooseMessage.objects.filter(conversation__in=conversations).exclude(message__in=new)
    message_ids = list(ids.values_list("message_id", flat=True))
    if message_ids:
        for message in with_all(Message.objects.filter(pk__in=message_ids, request_link__isnull=True)):
            known.loose[message.conversation_id].append(known.hear(message))


def _answered(messages: Sequence[Message]) -> dict[tuple[int, str], int]:
    """(account, external id of a message that was answered) -> the request it belongs to."""
    wanted = {message.reply_to for message in messages if message.reply_to}
    if not wanted:
        return {}
    accounts = {message.account_id for message in messages}
    links = RequestMessage.objects.filter(message__account__in=accounts, message__external_id__in=wanted)
    rows = links.values_list("message__account_id", "message__external_id", "request_id")
    return {(account, external_id): request_id for account, external_id, request_id in rows}
