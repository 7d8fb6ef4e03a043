from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from baileo.city.messages import registry
from baileo.city.messages.channel import Channel
from baileo.city.messages.manifest import Manifest
from baileo.city.messages.models import ChannelAccount
from baileo.city.messages.registry import (
    PluginBroken,
    channel_class,
    channel_for,
    channel_names,
    check_enabled,
    manifest_of,
    registered,
    resolve_name,
)
from baileo.city.messages.services import account_save
from baileo.city.messages.testing import FakeChannel, an_account
from baileo.core.errors import NotFound
from baileo.core.sealed import SealBroken

GOOD = 'name = "surat"\nadapter = "Surat"\nlabel = { en = "Letter", id = "Surat" }\n'


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of plug-ins of our own."""
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    registry._manifests.cache_clear()
    yield tmp_path
    registry._manifests.cache_clear()


def put(folder: Path, name: str, manifest: str) -> None:
    (folder / name).mkdir()
    (folder / name / "manifest.toml").write_text(manifest, encoding="utf-8")


class TestFinding:
    def test_a_folder_with_a_manifest_is_a_channel(self, plugins: Path) -> None:
        put(plugins, "surat", GOOD)
        (plugins / "no_manifest").mkdir()
        assert "surat" in channel_names()
        assert "no_manifest" not in channel_names()

    def test_reading_manifests_imports_no_code(self, plugins: Path) -> None:
        put(plugins, "surat", GOOD)
        (plugins / "surat" / "adapter.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
        assert manifest_of("surat").label in {"Letter", "Surat"}
        assert not any(name.endswith("surat.adapter") for name in sys.modules)

    def test_a_channel_nobody_has_is_not_found_and_says_which_there_are(self) -> None:
        with pytest.raises(NotFound, match=r"no channel 'pigeon'.*fake"):
            channel_class("pigeon")

    @pytest.mark.parametrize(
        ("manifest", "what"),
        [
            ("name = ", "cannot be read"),
            ('name = "surat"\nlabel = "x"\n', "adapter"),
            (GOOD + "colour = 1\n", "colour"),
            (GOOD.replace("surat", "other", 1), "calls itself other"),
            (GOOD + '[[fields]]\nname = "Bad Name"\nlabel = "x"\n', "fields.0.name"),
        ],
    )
    def test_a_manifest_that_is_wrong_says_where(self, plugins: Path, manifest: str, what: str) -> None:
        put(plugins, "surat", manifest)
        with pytest.raises(PluginBroken, match=what):
            manifest_of("surat")

    def test_the_channels_that_come_with_baileo_are_all_usable(self) -> None:
        for name in ("web_form", "telegram", "whatsapp_cloud"):
            assert issubclass(channel_class(name), Channel)
            assert channel_class(name).name == name


class TestNames:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("whatsapp", "whatsapp_cloud"),
            ("whatsapp_cloud", "whatsapp_cloud"),
            ("WhatsApp-Cloud", "whatsapp_cloud"),
            ("web-form", "web_form"),
            ("web", "web_form"),
            ("telegram", "telegram"),
            (" tg ", "telegram"),
        ],
    )
    def test_people_may_call_a_channel_by_its_other_names(self, typed: str, meant: str) -> None:
        assert resolve_name(typed) == meant

    def test_a_name_nobody_uses_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            resolve_name("pigeon")


class TestWords:
    def test_a_plug_in_speaks_the_readers_language(self) -> None:
        manifest = Manifest.model_validate({"name": "a", "adapter": "A", "label": {"en": "Letter", "id": "Surat"}})
        with override("id"):
            assert manifest.label == "Surat"
        with override("en"):
            assert manifest.label == "Letter"
        with override("fr"):
            assert manifest.label == "Letter"

    def test_one_word_for_all_languages_is_enough(self) -> None:
        manifest = Manifest.model_validate({"name": "a", "adapter": "A", "label": "Telegram"})
        with override("id"):
            assert manifest.label == "Telegram"

    def test_a_field_declares_all_that_a_form_needs(self) -> None:
        field = {"name": "mode", "label": {"id": "Cara"}, "choices": ["polling", "webhook"], "help": "h"}
        manifest = Manifest.model_validate({"name": "a", "adapter": "A", "label": "A", "fields": [field]})
        found = manifest.fields[0]
        assert (found.label, found.help, found.choices) == ("Cara", "h", ("polling", "webhook"))
        assert (found.is_secret, found.is_required, found.default) == (False, True, "")


class TestBrokenCode:
    def test_an_adapter_that_cannot_be_imported_says_why(self, plugins: Path) -> None:
        put(plugins, "surat", GOOD)
        with pytest.raises(PluginBroken, match="The code of channel surat cannot be loaded: ModuleNotFoundError"):
            channel_class("surat")

    def test_a_class_that_is_no_channel_is_refused(self, plugins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        put(plugins, "surat", GOOD.replace('"Surat"\nlabel', '"Path"\nlabel'))
        monkeypatch.setattr(importlib, "import_module", lambda name: __import__("pathlib"))
        with pytest.raises(PluginBroken, match="is not a Channel"):
            channel_class("surat")


@pytest.mark.django_db
class TestAnAccountsChannel:
    def test_gets_its_settings_and_its_secrets_opened(self) -> None:
        account = account_save(
            account=None, channel="fake", slug="a", name="A", is_enabled=True,
            settings={"base": "x"}, secrets={"token": "geheim"}, actor="user:1",
        )  # fmt: skip
        channel = channel_for(account)
        assert channel.account.slug == "a"
        assert channel.account.settings == {"base": "x"}
        assert channel.account.secrets == {"token": "geheim"}
        assert "geheim" not in repr(channel.account)

    def test_is_made_once_and_anew_when_the_account_changes(self) -> None:
        account = an_account()
        first = channel_for(account)
        assert channel_for(ChannelAccount.objects.get()) is first
        account.settings = {"base": "y"}
        assert channel_for(account) is not first

    def test_shares_one_connection_pool_with_the_others(self) -> None:
        assert channel_for(an_account(slug="a")).http is channel_for(an_account(slug="b")).http

    def test_says_so_when_the_secret_key_was_replaced(self) -> None:
        with pytest.raises(SealBroken):
            channel_for(an_account(sealed_secrets="sealed-with-another-key"))


@pytest.mark.django_db
class TestStartUp:
    def test_goes_on_when_every_enabled_account_can_work(self) -> None:
        an_account()
        an_account("pigeon", "off", is_enabled=False)
        check_enabled()

    @pytest.mark.parametrize(
        ("channel", "over", "why"),
        [("pigeon", {}, "no channel 'pigeon'"), ("fake", {"sealed_secrets": "nonsense"}, "cannot be opened")],
    )
    def test_refuses_in_one_sentence_naming_the_account(self, channel: str, over: dict[str, str], why: str) -> None:
        an_account(channel, "kota", **over)
        with pytest.raises(
            PluginBroken, match=rf"Channel account kota \({channel}\) is enabled but cannot work.*{why}"
        ):
            check_enabled()


def test_a_channel_registered_for_a_test_is_gone_afterwards() -> None:
    class Pigeon(FakeChannel):
        name = "pigeon"

    with registered(Pigeon):
        assert channel_class("pigeon") is Pigeon
        assert manifest_of("pigeon").label == "Pigeon"
    assert "pigeon" not in channel_names()
