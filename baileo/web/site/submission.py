"""From a valid form to a stored payload: the last step that runs while the citizen waits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from baileo.city.messages.models import ChannelAccount
from baileo.city.messages.services import account_save, attachments_store_upload, payload_store
from baileo.web.site.forms import ReportForm, follow_up_payload, report_payload

CHANNEL = "web_form"


def submit_report(form: ReportForm, *, language: str) -> UUID:
    """Keep the photos and the payload. The same submission sent twice is stored once.

    Raises `InvalidInput` or `TooLarge` for a file that is not a picture Baileo keeps; nothing is stored then.
    """
    uploads = [_keep(photo) for photo in form.cleaned_data["photos"]]
    submission_id: UUID = form.cleaned_data["submission_id"]
    _store(submission_id, report_payload(form.cleaned_data, uploads, language))
    return submission_id


def submit_follow_up(first_submission: str, submission_id: UUID, text: str, *, language: str) -> None:
    """Store what a reporter adds on the tracking page; it continues the conversation of the first report."""
    _store(submission_id, follow_up_payload(first_submission, submission_id, text, language))


def _keep(photo: Any) -> dict[str, Any]:
    upload = attachments_store_upload(photo.read(), name=photo.name or "")
    return {
        "upload_id": upload.token,
        "sha256": upload.sha256,
        "content_type": upload.media_type,
        "bytes": upload.size_bytes,
    }


def _store(submission_id: UUID, body: bytes) -> None:
    payload_store(web_form_account(), [(str(submission_id), body, {"content-type": "application/json"})])


def web_form_account() -> ChannelAccount:
    """The city's own form is an account like any other; made when the first report comes."""
    account = ChannelAccount.objects.filter(channel=CHANNEL).order_by("pk").first()
    return account or account_save(
        account=None,
        channel=CHANNEL,
        slug="web",
        name="Web",
        is_enabled=True,
        settings={},
        secrets={},
        actor="system:site",
    )
