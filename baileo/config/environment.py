"""The only place that reads the process environment. Every `BAILEO_*` variable is declared here or refused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from baileo.core.errors import SettingsRefused

PREFIX = "BAILEO_"
FILE_SUFFIX = "_FILE"
SHORTEST_KEY = 32


class EnvironmentRefused(SettingsRefused):
    """A setting makes no sense; `str(error)` names it and says what it takes."""


class Environment(BaseModel):
    """All settings of one installation.

    Field `x_y` is read from `BAILEO_X_Y` or, as text of a file, from `BAILEO_X_Y_FILE`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_dir: Path = Field(default=Path("data"), validate_default=True)
    database_url: str = ""  # empty: the embedded PostgreSQL
    database_pool: int = Field(default=12, ge=0, le=200)  # connections a process; 0 behind a pooler of your own
    secret_key: str = ""  # empty: made once and kept in the data folder
    old_secret_keys: tuple[str, ...] = ()  # still read what they sealed, after the key was changed
    admin_password: str = ""
    city_code: str = Field(default="81.71", pattern=r"^\d{2}(\.\d{2}){0,3}$")
    city_name: str = Field(default="Kota Ambon", min_length=1, max_length=60)
    time_zone: str = "Asia/Jayapura"
    public_url: str = "http://127.0.0.1:8000"
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-* headers are believed
    net_allow: tuple[str, ...] = ()  # host:port pairs that outgoing calls may reach although private
    pages: bool = True  # a process that answers no pages leaves the back office out of its memory
    demo: bool = False
    demo_port: int = Field(default=0, ge=0, le=65535)  # where the pretend providers listen, on loopback
    demo_rate: float = Field(default=6.0, ge=0, le=6000)  # messages of pretend citizens a minute
    debug: bool = False
    tiles_url: str = ""  # raster tile template for production maps; empty: the offline base map
    oidc_server_url: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""

    @field_validator("allowed_hosts", "trusted_proxies", "net_allow", "old_secret_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone {value!r}; use a name such as Asia/Jayapura") from error
        return value

    @field_validator("public_url")
    @classmethod
    def _http_origin(cls, value: str) -> str:
        parts = urlsplit(value.rstrip("/"))
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
            raise ValueError("must be an address without a path, such as https://lapor.ambon.go.id")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _postgres_only(cls, value: str) -> str:
        if value and not value.startswith(("postgres://", "postgresql://")):
            raise ValueError("must start with postgresql://; Baileo runs on PostgreSQL only")
        return value

    @field_validator("secret_key")
    @classmethod
    def _hard_to_guess(cls, value: str) -> str:
        if value and len(value) < SHORTEST_KEY:
            raise ValueError(f"must have {SHORTEST_KEY} characters or more; leave it out and one is made")
        return value

    @field_validator("net_allow")
    @classmethod
    def _host_and_port(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            host, _, port = value.rpartition(":")
            if not host or not port.isdigit():
                raise ValueError("takes host:port pairs separated by commas, such as 10.0.0.5:8443")
        return values

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        try:
            for value in values:
                ip_network(value, strict=False)
        except ValueError as error:
            raise ValueError("takes addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8") from error
        return values

    @field_validator("allowed_hosts")
    @classmethod
    def _names(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if any(set(value) & set("/:* ") and not value.startswith("[") for value in values):
            raise ValueError("takes host names separated by commas, without http:// and port")
        return values


def read_environment(variables: Mapping[str, str] = os.environ) -> Environment:
    """Raises `EnvironmentRefused` with one sentence per wrong variable; secrets never appear in it."""
    try:
        return Environment(**_collect(variables))
    except ValidationError as error:
        raise EnvironmentRefused("\n".join(_sentence(problem) for problem in error.errors())) from error


def _collect(variables: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in sorted(name for name, value in variables.items() if name.startswith(PREFIX) and value):
        key = name.removeprefix(PREFIX)
        if key.endswith(FILE_SUFFIX):
            key, value = key.removesuffix(FILE_SUFFIX), _read_secret(name, variables[name])
        else:
            value = variables[name]
        if key.lower() in found:
            raise EnvironmentRefused(f"{PREFIX}{key} is given twice, directly and as a file. Keep one of them.")
        found[key.lower()] = value
    return found


def _read_secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not a text file"
        raise EnvironmentRefused(f"{name} names {path}, which cannot be read: {why}. Correct the path.") from error


def _sentence(problem: Any) -> str:
    name = PREFIX + "_".join(str(part) for part in problem["loc"][:1]).upper()
    if problem["type"] == "extra_forbidden":
        return f"{name} is not a setting of Baileo. Remove it or correct its name."
    return f"{name} is refused: {problem['msg'].removeprefix('Value error, ')}."
