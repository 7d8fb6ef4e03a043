"""Letting the public see a request: an officer's decision, an officer's words, pictures one by one."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baileo.city.messages.models import Attachment
from baileo.city.service_requests.access import request_for, require
from baileo.city.service_requests.models import Proof, PublicPhoto, ServiceRequest
from baileo.city.service_requests.services.common import check_version, record, save_over, words
from baileo.core.clock import now
from baileo.core.errors import InvalidInput
from baileo.core.redact import find_personal_data
from baileo.core.text import fold
from baileo.ground.people.models import User

PUBLISH = "service_requests.publish"
Visibility = ServiceRequest.Visibility


@transaction.atomic
def request_publish(
    *, number: str, seen_version: int, actor: User, public_text: str, photos: Sequence[str] = ()
) -> ServiceRequest:
    """Show `public_text`, and the cleared `photos` (SHA-256 of its pictures), to everybody.

    Emits `service_request.visibility_changed`. Raises `InvalidInput` for a confidential request, for personal data in
    the text (named by kind, never repeated), or for a picture that is not this request's.
    """
    request = request_for(actor, number)
    check_version(request, seen_version)
    require(actor, PUBLISH, request)
    if request.is_confidential:
        raise InvalidInput(_("Request %s is confidential and is never published.") % number)
    text = words(public_text, field=_("The public text"), most=2000, least=1)
    check_no_personal_data(text, request)
    request.public_text, request.visibility, request.published_at = text, Visibility.PUBLIC, now()
    save_over(request, seen_version=seen_version, fields=["public_text", "visibility", "published_at"])
    _clear_photos(request, actor, photos)
    record(
        "service_request.visibility_changed", request, actor, data={"visibility": "public", "photos": len(set(photos))}
    )
    return request


@transaction.atomic
def request_unpublish(*, number: str, seen_version: int, actor: User, reason: str) -> ServiceRequest:
    """Take it off the public page. The text stays for the next time; cleared pictures are forgotten."""
    request = request_for(actor, number)
    check_version(request, seen_version)
    require(actor, PUBLISH, request)
    words(reason, field=_("The reason"), most=200, least=1)
    request.visibility = Visibility.SECRET
    save_over(request, seen_version=seen_version, fields=["visibility"])
    request.public_photos.all().delete()
    record("service_request.visibility_changed", request, actor, data={"visibility": "secret"})
    return request


def check_no_personal_data(text: str, request: ServiceRequest) -> None:
    """Raises `InvalidInput` that names the kinds found and where they start, without repeating them."""
    labels = {
        "phone": _("a telephone number"),
        "email": _("an e-mail address"),
        "nik": _("a NIK"),
        "kk": _("a family card number"),
        "plate": _("a number plate"),
    }
    found = [
        _("%(what)s (character %(at)d)") % {"what": labels[finding.kind], "at": finding.start + 1}
        for finding in find_personal_data(text)
    ]
    if _names_reporter(text, request):
        found.append(_("the reporter's name"))
    if found:
        raise InvalidInput(
            ngettext(
                "The public text holds %(found)s. Remove it, then publish.",
                "The public text holds %(found)s. Remove them, then publish.",
                len(found),
            )
            % {"found": ", ".join(found)}
        )


def _names_reporter(text: str, request: ServiceRequest) -> bool:
    contact = request.conversation.contact if request.conversation else None
    names = {fold(request.reporter_name), fold(contact.display_name) if contact else ""}
    padded = f" {fold(text)} "
    return any(len(name) > 2 and f" {name} " in padded for name in names)


def pictures_of(request: ServiceRequest) -> dict[str, str]:
    """SHA-256 -> media type of every stored picture of this request: the citizen's and the proofs."""
    sent = Attachment.objects.filter(
        message__request_link__request=request, state=Attachment.State.STORED, media_type__startswith="image/"
    )
    proofs = Proof.objects.filter(request=request, media_type__startswith="image/")
    return dict(sent.values_list("sha256", "media_type")) | dict(proofs.values_list("sha256", "media_type"))


def _clear_photos(request: ServiceRequest, actor: User, photos: Sequence[str]) -> None:
    known = pictures_of(request)
    strange = [sha256 for sha256 in photos if sha256 not in known]
    if strange:
        raise InvalidInput(_("A chosen picture does not belong to request %s. Choose again.") % request.number)
    request.public_photos.all().delete()
    at = now()
    PublicPhoto.objects.bulk_create(
        PublicPhoto(request=request, sha256=sha256, media_type=known[sha256], cleared_by=actor, at=at)
        for sha256 in dict.fromkeys(photos)
    )
