"""`manifest.toml` of a channel plug-in: what the back office and the start-up must know without importing its code."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import get_language
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


def _by_language(value: object) -> object:
    return {"en": value} if isinstance(value, str) else value


Words = Annotated[dict[str, str], BeforeValidator(_by_language), Field(min_length=1)]  # language -> words


def in_language(words: dict[str, str]) -> str:
    """The words in the reader's language, else in English, else in any.

    A plug-in brings its own words: it has no message catalogue, because it must be addable without touching others.
    """
    language = (get_language() or "en").partition("-")[0]
    return words.get(language) or words.get("en") or next(iter(words.values()))


class Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SettingField(Declared):
    """One field of the account form: kept in `account.settings`, or sealed when it is secret."""

    name: Name
    labels: Words = Field(alias="label")
    helps: Words = Field(alias="help", default={"en": ""})
    is_secret: bool = False
    is_required: bool = True
    default: str = ""
    choices: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return in_language(self.labels)

    @property
    def help(self) -> str:
        return in_language(self.helps)


class Manifest(Declared):
    """One channel as its folder declares it."""

    name: Name  # the folder's
    adapter: str = Field(pattern=r"^[A-Za-z_]\w*$")  # class in adapter.py
    labels: Words = Field(alias="label")
    icon: str = ""  # name in the front end's sprite
    aliases: tuple[str, ...] = ()  # what else people call it: "whatsapp"
    can_poll: bool = False
    needs_webhook: bool = True  # False: nothing to register at a provider
    doc: str = "doc.md"
    fields: tuple[SettingField, ...] = ()

    @property
    def label(self) -> str:
        return in_language(self.labels)
