"""Pictures and papers that show the work."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from baileo.city.service_requests.access import require
from baileo.city.service_requests.models import Proof
from baileo.city.service_requests.services.common import locked, record, words
from baileo.city.service_requests.services.creating import checked_choice
from baileo.core.clock import now
from baileo.core.errors import InvalidInput
from baileo.core.files import FileStore
from baileo.core.images import clean_image, inspect_upload
from baileo.core.text import one_line
from baileo.ground.people.models import User

ATTACH = "service_requests.attach"
GROUPS = ("image", "document")


def request_attach_proof(
    *,
    number: str,
    actor: User,
    data: bytes,
    stage: str = Proof.Stage.AFTER,
    caption: str = "",
    is_for_citizen: bool = True,
) -> Proof:
    """Keep a picture (encoded anew, without EXIF) or a document. Emits `service_request.proof_attached`.

    The citizen sees pictures of before and after unless told otherwise; documents stay inside.
    Raises `InvalidInput` or `TooLarge` for a file we do not take.
    """
    content, media_type = _clean(data)
    with transaction.atomic():
        request = locked(actor, number)
        require(actor, ATTACH, request)
        proof = Proof.objects.create(
            request=request,
            stage=checked_choice(stage, Proof.Stage.values, _("stage")),
            author=actor,
            sha256=FileStore(settings.BAILEO.media_dir).put(content),
            media_type=media_type,
            size_bytes=len(content),
            caption=one_line(words(caption, field=_("The caption"), most=200)),
            is_for_citizen=is_for_citizen and media_type.startswith("image/"),
            at=now(),
        )
        record("service_request.proof_attached", request, actor, data={"proof_id": proof.pk, "stage": stage})
    return proof


def _clean(data: bytes) -> tuple[bytes, str]:
    kind = inspect_upload(data)
    if kind.group not in GROUPS:
        raise InvalidInput(_("A proof is a picture or a PDF. Send one of these."))
    if kind.group == "image":
        picture = clean_image(data)
        return picture.content, picture.mime
    return data, kind.mime
