"""Files of citizens on our disk: judged by content, freed of what their maker did not mean to tell, stored by hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from baileo.core.errors import TooLarge
from baileo.core.files import FileStore
from baileo.core.images import Group, clean_image, inspect_upload

# What providers let through, rounded up: WhatsApp takes images to 5 MB, audio and video to 16 MB; Telegram gives bots
# 20 MB (omnichannel facts, sections 4.2 and 4.3). Bytes.
LIMITS: Final[dict[Group, int]] = {
    "image": 10_000_000,
    "audio": 16_000_000,
    "video": 16_000_000,
    "document": 20_000_000,
}
LARGEST = max(LIMITS.values())


@dataclass(frozen=True)
class KeptFile:
    """What we keep of a file. `original_sha256` is of the bytes as they came."""

    sha256: str
    media_type: str
    size_bytes: int
    width_px: int | None
    height_px: int | None
    original_sha256: str


def store() -> FileStore:
    return FileStore(settings.BAILEO.media_dir)


def keep(data: bytes) -> KeptFile:
    """Judge, clean and store one file. Raises `InvalidInput` for a kind we do not take, `TooLarge`.

    Pictures are encoded anew: no EXIF, no position, no owner. Other kinds are kept as they are.
    """
    kind = inspect_upload(data)
    if len(data) > LIMITS[kind.group]:
        raise TooLarge(
            _("The file has {size} MB; files of its kind may have at most {limit} MB. Send a smaller one.").format(
                size=f"{len(data) / 1e6:.1f}", limit=f"{LIMITS[kind.group] / 1e6:.0f}"
            )
        )
    original = hashlib.sha256(data).hexdigest()
    if kind.group != "image":
        return KeptFile(store().put(data), kind.mime, len(data), None, None, original)
    clean = clean_image(data)
    sha256 = store().put(clean.content)
    return KeptFile(sha256, clean.mime, len(clean.content), clean.width, clean.height, original)


def is_used(sha256: str) -> bool:
    """Whether any row of any room names this stored file. By convention such a column is called `sha256`."""
    return any(model._default_manager.filter(sha256=sha256).exists() for model in _models_naming_files())


def _models_naming_files() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if model._meta.label != "city_messages.InboundPayload" and any(
            field.name == "sha256" for field in model._meta.concrete_fields
        ):
            yield model


def forget(sha256s: set[str]) -> int:
    """Delete those of these files that no row names any more. Call it after the rows' transaction has committed."""
    return sum(store().delete(sha256) for sha256 in sha256s if sha256 and not is_used(sha256))
