from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from procrastinate.contrib.django.models import ProcrastinateJob

from baileo.city.messages import services
from baileo.city.messages.channel import AccountTrouble
from baileo.city.messages.manifest import Manifest
from baileo.city.messages.models import CannedReply, ChannelAccount
from baileo.city.messages.registry import channel_for, registered
from baileo.city.messages.testing import FakeChannel, Provider, a_conversation, an_account
from baileo.core.clock import now
from baileo.core.errors import DeliveryFailed, InvalidInput, NetworkFailed, NotFound
from baileo.ground.ledger.models import Entry

pytestmark = pytest.mark.django_db
MANIFEST = Manifest.model_validate(
    {
        "name": "fake",
        "adapter": "FakeChannel",
        "label": "Fake",
        "fields": [
            {"name": "token", "label": {"en": "Bot token", "id": "Token bot"}, "is_secret": True},
            {"name": "mode", "label": "Mode", "choices": ["polling", "webhook"], "is_required": False},
        ],
    }
)


@pytest.fixture(autouse=True)
def declared(provider: Provider) -> Any:
    with registered(FakeChannel, MANIFEST):
        yield


def save(account: ChannelAccount | None = None, **over: Any) -> ChannelAccount:
    values = {
        "channel": "fake", "slug": "kota", "name": "Kota", "is_enabled": True,
        "settings": {"mode": "polling"}, "secrets": {"token": "geheim"}, "actor": "user:1",
    }  # fmt: skip
    return services.account_save(account=account, **{**values, **over})


class TestSaving:
    def test_secrets_are_sealed_and_open_only_for_the_channel(self) -> None:
        account = save()
        row = ChannelAccount.objects.values().get()
        assert "geheim" not in str(row)
        assert channel_for(account).account.secrets == {"token": "geheim"}

    def test_a_secret_left_empty_is_kept(self) -> None:
        account = save(save(), secrets={"token": ""}, name="Kota Ambon")
        assert channel_for(account).account.secrets == {"token": "geheim"}
        assert ChannelAccount.objects.get().name == "Kota Ambon"

    def test_the_ledger_says_who_changed_what_without_secrets(self) -> None:
        save(save(), secrets={"token": "neu"}, actor="user:9")
        entry = Entry.objects.filter(kind="channel_account.saved").latest("id")
        assert (entry.subject, entry.actor) == ("channel_account:kota", "user:9")
        changed = {"changed": "secrets.token"}
        assert entry.data == {"channel": "fake", "account": "kota", "is_enabled": True, **changed}
        assert "neu" not in str(entry.data)

    def test_the_ledger_names_what_changed_but_no_value(self) -> None:
        save(save(), name="Kota Ambon", settings={"mode": "webhook"}, secrets={"token": ""}, is_enabled=False)
        first, second = Entry.objects.filter(kind="channel_account.saved").order_by("id")
        assert first.data["changed"] == "slug,name,settings.mode,secrets.token"
        assert second.data["changed"] == "name,is_enabled,settings.mode"

    def test_a_missing_field_is_named_in_the_officers_language(self) -> None:
        with override("id"), pytest.raises(InvalidInput, match="Token bot"):
            save(secrets={})
        assert not ChannelAccount.objects.exists()

    def test_an_account_switched_off_may_be_unfinished(self) -> None:
        assert save(secrets={}, is_enabled=False).pk

    def test_a_value_that_is_no_choice_is_refused(self) -> None:
        with pytest.raises(InvalidInput, match="polling, webhook"):
            save(settings={"mode": "pigeon"})

    def test_the_same_address_twice_is_refused(self) -> None:
        save()
        with pytest.raises(ValidationError):
            save()

    def test_an_unknown_channel_is_refused(self) -> None:
        with pytest.raises(NotFound):
            save(channel="pigeon")

    def test_the_channel_of_an_account_stays(self) -> None:
        with pytest.raises(InvalidInput):
            save(save(), channel="windowed")

    def test_saving_takes_the_account_out_of_its_trouble_and_lets_what_waits_go(self) -> None:
        account = save()
        ChannelAccount.objects.update(trouble="refused", trouble_since=now(), send_after=now())
        account.refresh_from_db()
        save(account)
        account.refresh_from_db()
        assert (account.trouble, account.trouble_since, account.send_after) == ("", None, None)
        assert ProcrastinateJob.objects.filter(task_name="messages.send_outbox").exists()

    def test_secrets_nobody_can_open_any_more_can_be_typed_in_again(self) -> None:
        account = save()
        ChannelAccount.objects.update(sealed_secrets="sealed-with-a-lost-key")
        account.refresh_from_db()
        assert channel_for(save(account, secrets={"token": "neu"})).account.secrets == {"token": "neu"}


class TestTheTestButton:
    def test_says_what_works_and_clears_the_trouble(self, provider: Provider) -> None:
        account = an_account(trouble="old")
        provider.files["check"] = b"ok"
        assert services.account_check(account, actor="user:1") == "The fake provider answers"
        account.refresh_from_db()
        assert account.trouble == ""

    @pytest.mark.parametrize(
        "error", [AccountTrouble("The token was refused."), NetworkFailed("The token was refused.", maybe_sent=True)]
    )
    def test_says_what_does_not_and_the_account_shows_it(self, provider: Provider, error: Exception) -> None:
        account = an_account()
        provider.files["check"] = error
        with pytest.raises(DeliveryFailed, match="The token was refused"):
            services.account_check(account, actor="user:1")
        account.refresh_from_db()
        assert account.trouble == "The token was refused."
        assert Entry.objects.get(kind="channel_account.health_changed").actor == "user:1"

    def test_a_channel_without_a_provider_has_nothing_to_test(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(FakeChannel, "check", _not_there)
        assert services.account_check(an_account(), actor="user:1")


def _not_there(self: FakeChannel) -> str:
    raise NotImplementedError


class TestTrouble:
    def test_is_told_once_and_its_end_once(self) -> None:
        account = an_account()
        told = [services.account_trouble(account, words) for words in ("a", "a", "b", "", "")]
        assert told == [True, False, False, True, False]
        states = [entry.data["state"] for entry in Entry.objects.filter(kind="channel_account.health_changed")]
        assert states == ["trouble", "ok"]

    def test_remembers_since_when_though_the_words_change(self) -> None:
        account = an_account()
        services.account_trouble(account, "a")
        since = ChannelAccount.objects.get().trouble_since
        services.account_trouble(account, "b")
        account.refresh_from_db()
        assert (account.trouble, account.trouble_since) == ("b", since)

    def test_long_words_are_cut_to_fit(self) -> None:
        account = an_account()
        services.account_trouble(account, "x" * 400)
        assert not services.account_trouble(account, "x" * 400)
        account.refresh_from_db()
        assert len(account.trouble) == 300


class TestCannedReplies:
    def test_are_saved_with_who_and_what_in_the_ledger(self) -> None:
        reply = services.canned_reply_save(
            reply=None, title="Terima kasih", text="Terima kasih, {nomor}", actor="user:1"
        )
        services.canned_reply_save(reply=reply, title="Salam", text="Salam", position=2, actor="user:2")
        services.canned_reply_delete(reply.pk, actor="user:3")
        entries = Entry.objects.filter(kind="canned_reply.saved").order_by("id")
        assert [(entry.actor, entry.data["what"], entry.data["changed"]) for entry in entries] == [
            ("user:1", "created", "title,text"),
            ("user:2", "changed", "title,text,position"),
            ("user:3", "deleted", ""),
        ]
        assert not CannedReply.objects.exists()

    def test_without_words_are_refused(self) -> None:
        with pytest.raises(ValidationError):
            services.canned_reply_save(reply=None, title="", text="", actor="user:1")

    def test_that_are_gone_cannot_be_deleted_again(self) -> None:
        with pytest.raises(NotFound):
            services.canned_reply_delete(0, actor="user:1")


def test_conversations_still_find_the_channel_after_all_this() -> None:
    assert a_conversation().pk
