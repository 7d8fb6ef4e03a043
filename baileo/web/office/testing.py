"""One thing of each kind that the office keeps, and the forms that make and change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model

from baileo.city.messages.models import CannedReply, ChannelAccount
from baileo.city.messages.services import account_save
from baileo.city.service_requests.models import DeadlineRule, Holiday, Service, ServiceGroup
from baileo.ground.ledger.models import Entry
from baileo.ground.people.models import Agency, Membership, User
from baileo.ground.people.testing import a_person, an_agency
from baileo.ground.places.models import Area, Landmark

SECRET = "739146250:AArahasia_yang_tidak_boleh_tampak_x1"  # shaped as a bot token
PASSWORD = "gelombang-teluk-ambon"
Form = dict[str, str]


@dataclass(frozen=True)
class Section:
    """`make` puts one row into its table; `new` and `change` are what somebody types; `changed` is what the ledger
    then names."""

    name: str
    model: type[Model]
    make: Callable[[], Model]
    new: Callable[[], Form]
    change: Callable[[Any], Form]
    kinds: tuple[str, ...]  # entries of making one
    changed: str
    kinds_of_change: tuple[str, ...] = ()  # where they are others
    removal: str = ""  # entry of taking it away; "": that is not offered

    def count(self) -> int:
        return self.model._default_manager.count()

    @property
    def root(self) -> str:
        return f"/office/{self.name}/"

    def edit(self, row: Model) -> str:
        return f"{self.root}edit/{row.pk}/"

    def inspect(self, row: Model) -> str:
        return f"{self.root}inspect/{row.pk}/"

    def delete(self, row: Model) -> str:
        return f"{self.root}delete/{row.pk}/"

    def add(self) -> str:
        return f"{self.root}new/" + ("?channel=telegram" if self.name == "channel-accounts" else "")


def a_group(code: str = "jalan") -> ServiceGroup:
    return ServiceGroup.objects.get_or_create(code=code, defaults={"name": "Jalan dan lampu"})[0]


def a_catalogue_service() -> Service:
    values = {"name": "Lampu jalan mati", "group": a_group(), "words": ["lampu jalan", "galap"]}
    return Service.objects.get_or_create(service_code="lampu", defaults=values)[0]


def a_rule() -> DeadlineRule:
    return DeadlineRule.objects.create(
        target="verify_by",
        start_event="requested",
        amount=3,
        unit="working_days",
        valid_from=date(2020, 1, 1),
        source="Perwali 12/2020",
    )


def a_telegram_account() -> ChannelAccount:
    return account_save(
        account=None,
        channel="telegram",
        slug="uji",
        name="Telegram Uji",
        is_enabled=True,
        settings={"mode": "polling", "api_base": "https://api.telegram.org"},
        secrets={"bot_token": SECRET},
        actor="system:test",
    )


def a_role() -> Membership:
    person = a_person("rina")
    return Membership.objects.get_or_create(user=person, role="coordinator", agency=None)[0]


def a_province() -> Area:
    return Area.objects.get_or_create(
        code="81", defaults={"level": "province", "kind": "provinsi", "name": "Maluku", "aliases": ["Molukken"]}
    )[0]


def a_landmark() -> Landmark:
    values = {"kind": "market", "lon_deg": 128.18, "lat_deg": -3.69, "aliases": ["Mardika"]}
    return Landmark.objects.get_or_create(name="Pasar Mardika", defaults=values)[0]


def _staff(**over: str) -> Form:
    return {"username": "sari", "full_name": "Sari", "email": "sari@ambon.example", "language": "id", **over}


def _change_staff(user: User) -> Form:
    return {"username": user.username, "full_name": "Baru", "email": user.email, "language": "id", "is_active": "on"}


def _service(**over: str) -> Form:
    return {"name": "Got tersumbat", "service_code": "got", "group": str(a_group().pk), "position": "2", **over}


def _rule(**over: str) -> Form:
    values = {"target": "resolve_by", "amount": "14", "unit": "working_days", "start_event": "requested"}
    return {**values, "kind": "complaint", "valid_from": "2026-01-01", "source": "Perwali 1/2026", **over}


SECTIONS = (
    Section(
        name="staff",
        model=User,
        make=lambda: a_person("budi"),
        new=lambda: _staff(is_active="on", password=PASSWORD),
        change=_change_staff,
        kinds=("people.user_saved",),
        changed="full_name",
    ),
    Section(
        name="roles",
        model=Membership,
        make=a_role,
        new=lambda: {"user": str(a_person("budi").pk), "role": "agency_officer", "agency": str(an_agency("pupr").pk)},
        change=lambda row: {"role": "call_taker", "agency": ""},
        kinds=("people.membership_given",),
        kinds_of_change=("people.membership_taken", "people.membership_given"),
        changed="",
        removal="people.membership_taken",
    ),
    Section(
        name="agencies",
        model=Agency,
        make=lambda: an_agency("dishub"),
        new=lambda: {"code": "bpbd", "name": "Badan Bencana", "short_name": "BPBD", "kind": "badan", "is_active": "on"},
        change=lambda row: {"name": "Dinas Perhubungan", "short_name": "DISHUB", "kind": "dinas", "is_active": "on"},
        kinds=("people.agency_saved",),
        changed="name",
    ),
    Section(
        name="areas",
        model=Area,
        make=a_province,
        new=lambda: {"code": f"{a_province().code}71", "name": "Kota Ambon", "aliases": "Ambon, Amboina"},
        change=lambda row: {"name": "Maluku", "kind": "provinsi", "aliases": "Molukken, Maluku Utara"},
        kinds=("place.area_saved",),
        changed="aliases",
    ),
    Section(
        name="landmarks",
        model=Landmark,
        make=a_landmark,
        new=lambda: {
            "name": "Gong",
            "kind": "monument",
            "lon_deg": "128.1807",
            "lat_deg": "-3.6955",
            "aliases": "gong",
        },
        change=lambda row: {
            "name": row.name,
            "kind": "market",
            "lon_deg": "128.19",
            "lat_deg": "-3.69",
            "aliases": "Mardika",
        },
        kinds=("place.landmark_saved",),
        changed="",  # places name no fields here yet
        removal="place.landmark_removed",
    ),
    Section(
        name="service-groups",
        model=ServiceGroup,
        make=a_group,
        new=lambda: {"code": "air", "name": "Air", "position": "3"},
        change=lambda row: {"name": "Jalan", "position": "0"},
        kinds=("service_group.saved",),
        changed="name",
    ),
    Section(
        name="services",
        model=Service,
        make=a_catalogue_service,
        new=lambda: _service(words="got, selokan", is_active="on"),
        change=lambda row: _service(name=row.name, words="lampu jalan, galap, pju", position="0", is_active="on"),
        kinds=("service.saved",),
        changed="words",
    ),
    Section(
        name="deadline-rules",
        model=DeadlineRule,
        make=a_rule,
        new=_rule,
        change=lambda row: _rule(
            target="verify_by", amount="3", kind="", valid_from="2020-01-01", valid_to="2025-12-31", source=row.source
        ),
        kinds=("deadline_rule.saved",),
        changed="valid_to",
    ),
    Section(
        name="holidays",
        model=Holiday,
        make=lambda: Holiday.objects.create(on=date(2026, 12, 25), name="Natal"),
        new=lambda: {"on": "2026-08-17", "name": "Hari Kemerdekaan"},
        change=lambda row: {"on": "2026-12-25", "name": "Hari Raya Natal"},
        kinds=("holiday.saved",),
        changed="name",
        removal="holiday.saved",
    ),
    Section(
        name="channel-accounts",
        model=ChannelAccount,
        make=a_telegram_account,
        new=lambda: {
            "name": "Bot Ambon",
            "slug": "bot",
            "is_enabled": "on",
            "field_bot_token": SECRET,
            "field_mode": "polling",
        },
        change=lambda row: {"name": "Bot Kota", "slug": row.slug, "is_enabled": "on", "field_mode": "polling"},
        kinds=("channel_account.saved",),
        changed="name",
    ),
    Section(
        name="canned-replies",
        model=CannedReply,
        make=lambda: CannedReply.objects.create(title="Terima kasih", text="Terima kasih, laporan diterima."),
        new=lambda: {"title": "Salam", "text": "Selamat pagi.", "position": "0", "is_active": "on"},
        change=lambda row: {
            "title": row.title,
            "text": "Laporan sudah kami terima.",
            "position": "0",
            "is_active": "on",
        },
        kinds=("canned_reply.saved",),
        changed="text",
        removal="canned_reply.saved",
    ),
)
OWN_PAGES = ("/office/", "/office/rejected/", "/office/ledger/")


def section_of(name: str) -> Section:
    return next(section for section in SECTIONS if section.name == name)


def every_page(section: Section, row: Model) -> list[str]:
    """The addresses an administrator can open for one kind of thing."""
    pages = [section.root, f"{section.root}results/", section.add(), section.edit(row), section.inspect(row)]
    return [*pages, section.delete(row)] if section.removal else pages


def entries_since(entry_id: int) -> list[Entry]:
    return list(Entry.objects.filter(pk__gt=entry_id).order_by("pk"))


def last_entry_id() -> int:
    last = Entry.objects.order_by("-pk").first()
    return last.pk if last else 0


def errors_on(response: Any) -> list[str]:
    """Every sentence the form of a page complains with."""
    return [str(error) for errors in response.context["form"].errors.values() for error in errors]
