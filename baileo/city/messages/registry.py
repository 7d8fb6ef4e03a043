"""Which channels exist and how to reach their code.

A channel is found by the `manifest.toml` in its folder; its code is imported when an account needs it, by name, so
that this room never imports a plug-in and a broken plug-in hurts nobody who does not use it.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import Lock

from django.conf import settings
from pydantic import ValidationError

from baileo.city.messages.channel import AccountSettings, Channel
from baileo.city.messages.manifest import Manifest
from baileo.city.messages.models import ChannelAccount
from baileo.core.errors import BaileoError, NotFound
from baileo.core.net import Http, HttpClient
from baileo.core.sealed import SealBroken, unseal

FOLDER = Path(__file__).resolve().parents[2] / "plugins" / "channels"
PACKAGE = "baileo.plugins.channels"


class PluginBroken(BaileoError):
    """A channel's manifest or code cannot be used."""

    code = "plugin-broken"
    http_status = 500


_for_tests: dict[str, tuple[Manifest, type[Channel]]] = {}
_channels: dict[int, tuple[str, Channel]] = {}  # account id -> what it was made from, the channel
_lock = Lock()


@lru_cache(maxsize=1)
def _manifests() -> dict[str, Manifest]:
    return {path.parent.name: _read_manifest(path) for path in sorted(FOLDER.glob("*/manifest.toml"))}


def _read_manifest(path: Path) -> Manifest:
    name = path.parent.name
    try:
        manifest = Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PluginBroken(f"The manifest of channel {name} cannot be read: {error}. Correct {path}.") from error
    except ValidationError as error:
        fields = ", ".join(".".join(str(part) for part in problem["loc"]) for problem in error.errors())
        raise PluginBroken(f"The manifest of channel {name} is wrong at: {fields}. Correct {path}.") from error
    if manifest.name != name:
        raise PluginBroken(f"The manifest in folder {name} calls itself {manifest.name}. Give both the same name.")
    return manifest


def channel_names() -> list[str]:
    """Every channel there is a folder for, sorted."""
    return sorted({*_manifests(), *_for_tests})


def manifest_of(name: str) -> Manifest:
    """Raises `NotFound` for a channel without a folder, `PluginBroken` for a manifest that cannot be read."""
    if name in _for_tests:
        return _for_tests[name][0]
    try:
        return _manifests()[name]
    except KeyError:
        known = ", ".join(channel_names()) or "none"
        raise NotFound(f"There is no channel {name!r}. There are: {known}.") from None


def resolve_name(name: str) -> str:
    """The channel's own name for whatever people call it: "whatsapp", "web-form". Raises `NotFound`."""
    wanted = name.strip().lower().replace("-", "_")
    for found in channel_names():
        if wanted == found or wanted in {alias.lower().replace("-", "_") for alias in manifest_of(found).aliases}:
            return found
    return manifest_of(name).name  # raises, saying which there are


def channel_class(name: str) -> type[Channel]:
    """The plug-in's class. Raises `NotFound` or `PluginBroken`."""
    if name in _for_tests:
        return _for_tests[name][1]
    manifest = manifest_of(name)
    try:
        found = getattr(importlib.import_module(f"{PACKAGE}.{name}.adapter"), manifest.adapter)
    except Exception as error:
        raise PluginBroken(f"The code of channel {name} cannot be loaded: {type(error).__name__}: {error}.") from error
    if not (isinstance(found, type) and issubclass(found, Channel)):
        raise PluginBroken(f"{manifest.adapter} in the code of channel {name} is not a Channel.")
    return found


def channel_for(account: ChannelAccount) -> Channel:
    """The account's channel, its secrets opened; the same object until the account is changed. Thread-safe.

    Raises `NotFound`, `PluginBroken`, or `SealBroken` when the secret key was replaced.
    """
    version = _version(account)
    with _lock:
        kept = _channels.get(account.pk)
        if kept is None or kept[0] != version:
            kept = (version, channel_class(account.channel)(account_settings(account), http()))
            _channels[account.pk] = kept
    return kept[1]


def _version(account: ChannelAccount) -> str:
    parts = [account.channel, account.slug, json.dumps(account.settings, sort_keys=True), account.sealed_secrets]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def account_settings(account: ChannelAccount) -> AccountSettings:
    """The account as its plug-in sees it, secrets in plain text. Raises `SealBroken`."""
    sealed = account.sealed_secrets
    secrets = unseal(settings.SECRET_KEY, sealed, older_keys=settings.SECRET_KEY_FALLBACKS) if sealed else {}
    return AccountSettings(slug=account.slug, settings=account.settings, secrets=secrets)


@lru_cache(maxsize=1)
def http() -> Http:
    """The one HTTP client of this process for all accounts."""
    return HttpClient(allow=settings.BAILEO.net_allow)


def check_enabled() -> None:
    """Refuse to start when an enabled account cannot work. Raises `PluginBroken` naming the first such account."""
    for account in ChannelAccount.objects.filter(is_enabled=True).order_by("pk"):
        try:
            channel_for(account)
        except (NotFound, PluginBroken, SealBroken) as error:
            raise PluginBroken(
                f"Channel account {account.slug} ({account.channel}) is enabled but cannot work. {error} "
                "Mend it, or switch the account off in the back office."
            ) from error


@contextmanager
def registered(cls: type[Channel], manifest: Manifest | None = None) -> Iterator[None]:
    """Inside, `cls` is a channel under its own name. For tests and the demo's simulators."""
    name, before = cls.name, _for_tests.get(cls.name)
    declared = manifest or Manifest.model_validate({"name": name, "adapter": cls.__name__, "label": name.title()})
    _for_tests[name] = (declared, cls)
    _channels.clear()
    try:
        yield
    finally:
        _for_tests.pop(name)
        if before:
            _for_tests[name] = before
        _channels.clear()
