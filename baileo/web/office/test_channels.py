"""Channel accounts: their fields come from the plug-ins, their secrets go in and never come out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from baileo.city.messages import registry
from baileo.city.messages.models import ChannelAccount, InboundPayload
from baileo.city.messages.testing import Provider, an_account, arrive, fake_channels, understand_all
from baileo.core.errors import DeliveryFailed
from baileo.core.net import Http
from baileo.core.testing import FakeHttp
from baileo.ground.ledger.models import Entry
from baileo.web.office.testing import (
    OWN_PAGES,
    SECRET,
    SECTIONS,
    a_telegram_account,
    entries_since,
    errors_on,
    every_page,
    last_entry_id,
    section_of,
)

pytestmark = pytest.mark.django_db
ACCOUNTS = section_of("channel-accounts")
CHANNELS = ("telegram", "web_form", "whatsapp_cloud")
FORMS = {
    "telegram": {"field_bot_token": SECRET, "field_mode": "polling"},
    "web_form": {},
    "whatsapp_cloud": {
        "field_phone_number_id": "106540352242922",
        "field_access_token": SECRET,
        "field_app_secret": SECRET,
        "field_verify_token": SECRET,
    },
}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with fake_channels() as provider:
        yield provider


def test_making_one_begins_with_the_choice_of_a_channel(ana: Client) -> None:
    page = ana.get("/office/channel-accounts/new/").content.decode()
    assert all(f"?channel={channel}" in page for channel in CHANNELS)
    assert "<form" not in page[page.index("office-buttons") :]


def test_a_channel_that_is_not_there_is_not_found(ana: Client) -> None:
    assert ana.get("/office/channel-accounts/new/?channel=fax").status_code == 404


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_form_asks_what_the_plug_in_declares(ana: Client, channel: str) -> None:
    form = ana.get(f"/office/channel-accounts/new/?channel={channel}").context["form"]
    declared = {f"field_{field.name}" for field in registry.manifest_of(channel).fields}
    assert declared <= set(form.fields)


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_account_of_each_channel_can_be_made_and_changed(ana: Client, channel: str) -> None:
    form = {"name": "Kota Ambon", "slug": "kota", "is_enabled": "on", **FORMS[channel]}
    answer = ana.post(f"/office/channel-accounts/new/?channel={channel}", form)
    assert answer.status_code == 302, errors_on(answer)
    account = ChannelAccount.objects.get(channel=channel)
    kept = {name: value for name, value in form.items() if value != SECRET}
    answer = ana.post(ACCOUNTS.edit(account), {**kept, "name": "Pemerintah Kota"})
    assert answer.status_code == 302, errors_on(answer)
    account.refresh_from_db()
    assert (account.name, account.channel) == ("Pemerintah Kota", channel)
    secrets = {field.name for field in registry.manifest_of(channel).fields if field.is_secret and field.is_required}
    assert {name: registry.account_settings(account).secrets[name] for name in secrets} == dict.fromkeys(
        secrets, SECRET
    )


def test_what_is_required_may_wait_while_the_account_is_switched_off(ana: Client) -> None:
    half = {"name": "Bot", "slug": "bot", "field_mode": "polling"}
    assert len(errors_on(ana.post(ACCOUNTS.add(), {**half, "is_enabled": "on"}))) == 1
    assert ana.post(ACCOUNTS.add(), half).status_code == 302


def test_the_same_short_name_twice_on_one_channel_is_a_complaint(ana: Client) -> None:
    account = a_telegram_account()
    answer = ana.post(ACCOUNTS.add(), {**ACCOUNTS.new(), "slug": account.slug})
    assert answer.status_code == 200
    assert errors_on(answer)
    assert ChannelAccount.objects.count() == 1


def test_a_refused_form_keeps_what_was_typed_but_not_the_secret(ana: Client) -> None:
    answer = ana.post(ACCOUNTS.add(), {**ACCOUNTS.new(), "slug": "tidak boleh!"})
    page = answer.content.decode()
    assert "Bot Ambon" in page
    assert SECRET not in page


def test_a_secret_never_comes_back_on_any_page_nor_in_the_ledger(ana: Client, audi: Client) -> None:
    account = a_telegram_account()
    ana.post(ACCOUNTS.edit(account), {**ACCOUNTS.change(account), "field_bot_token": f"{SECRET}-2"})
    pages = {*OWN_PAGES, "/office/ledger/?kind=channel_account.saved"}
    for section in SECTIONS:
        pages.update(every_page(section, account if section is ACCOUNTS else section.make()))
    sealed = ChannelAccount.objects.get(pk=account.pk).sealed_secrets
    for client in (ana, audi):
        for address in pages:
            page = client.get(address).content.decode()
            assert SECRET not in page, address
            assert sealed not in page, address
    assert not [entry for entry in Entry.objects.all() if SECRET in f"{entry.data}{entry.subject}"]


def test_the_ledger_names_the_secret_that_was_exchanged(ana: Client) -> None:
    account, before = a_telegram_account(), last_entry_id()
    ana.post(ACCOUNTS.edit(account), {**ACCOUNTS.change(account), "field_bot_token": f"{SECRET}-2"})
    assert "bot_token" in str(entries_since(before)[0].data["changed"])


def test_the_page_of_an_account_shows_where_the_provider_shall_call(ana: Client) -> None:
    account = a_telegram_account()
    for mode, is_shown in (("polling", False), ("webhook", True)):
        ChannelAccount.objects.filter(pk=account.pk).update(settings={"mode": mode})
        assert ("/hooks/telegram/uji" in ana.get(ACCOUNTS.edit(account)).content.decode()) is is_shown


def test_the_test_button_says_what_the_provider_answered(ana: Client, provider: Provider) -> None:
    account = an_account("fake", "uji")
    provider.files["check"] = b"."
    answer = ana.post(f"/office/channel-accounts/{account.pk}/check/", follow=True)
    assert "The fake provider answers" in answer.content.decode()


def test_the_test_button_says_why_not_and_the_account_remembers(ana: Client, provider: Provider) -> None:
    account = an_account("fake", "uji")
    provider.files["check"] = DeliveryFailed("Kunci ditolak penyedia", permanent=False)
    answer = ana.post(f"/office/channel-accounts/{account.pk}/check/", follow=True)
    assert answer.content.decode().count("Kunci ditolak penyedia") >= 2
    account.refresh_from_db()
    assert account.trouble
    assert "Kunci ditolak penyedia" in ana.get("/office/").content.decode()


def test_the_test_button_of_a_real_plug_in_speaks_to_its_provider(ana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    http: Http = FakeHttp().will(status=200, json={"ok": True, "result": {"id": 1, "username": "ambon_bot", "url": ""}})
    monkeypatch.setattr(registry, "http", lambda: http)
    answer = ana.post(f"/office/channel-accounts/{a_telegram_account().pk}/check/", follow=True)
    assert "ambon_bot" in answer.content.decode(), [str(message) for message in answer.context["messages"]]


def test_the_test_button_needs_a_post_and_an_account(ana: Client) -> None:
    assert ana.get("/office/channel-accounts/1/check/").status_code == 405
    assert ana.post("/office/channel-accounts/999999/check/").status_code == 404


def test_a_rejected_payload_is_shown_with_its_reason_and_can_be_read_again(ana: Client, provider: Provider) -> None:
    account = an_account("fake", "uji")
    payload = _rejected(account)
    page = ana.get("/office/rejected/").content.decode()
    assert payload.reason in page
    before = last_entry_id()
    assert ana.post(f"/office/rejected/{payload.pk}/again/").status_code == 302
    payload.refresh_from_db()
    assert payload.state == InboundPayload.State.RECEIVED
    assert [entry.kind for entry in entries_since(before)] == ["payload.reopened"]


def test_what_is_gone_cannot_be_read_again_and_says_so(ana: Client) -> None:
    answer = ana.post("/office/rejected/999999/again/", follow=True)
    assert "999999" in answer.content.decode()


def test_rejected_payloads_come_in_pages(ana: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baileo.web.office.views.REJECTED_ON_A_PAGE", 2)
    account = an_account("fake", "uji")
    rows = [_rejected(account, b"no json %d" % n) for n in range(3)]
    first = ana.get("/office/rejected/").context
    assert [payload.pk for payload in first["payloads"]] == [rows[2].pk, rows[1].pk]
    older = ana.get(f"/office/rejected/?before={first['older']}").context
    assert [payload.pk for payload in older["payloads"]] == [rows[0].pk]
    assert older["older"] is None


def _rejected(account: ChannelAccount, body: bytes = b"no json") -> InboundPayload:
    arrive(account, body)
    understand_all()
    return InboundPayload.objects.latest("pk")
