from __future__ import annotations

import hashlib
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from baileo.city.messages import files, services
from baileo.city.messages.channel import AccountTrouble
from baileo.city.messages.models import Attachment, ChannelAccount, InboundPayload, Message, Upload
from baileo.city.messages.services import attachments
from baileo.city.messages.testing import SPOKEN_AT, Provider, an_account, at_once, hear, words
from baileo.city.messages.workflow import FETCH_ATTEMPTS, FETCH_ERRORS_AN_HOUR
from baileo.core.clock import clock
from baileo.core.errors import DeliveryFailed, InvalidInput, NetworkFailed, NotFound, TooLarge, TransitionNotAllowed
from baileo.core.files import FileStore
from baileo.ground.ledger.models import Entry

pytestmark = pytest.mark.django_db
AMBON = {2: ((3.0, 41.0, 45.0)), 1: "S", 4: ((128.0, 10.0, 52.0)), 3: "E"}
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"


def a_photo(colour: str = "red", size: tuple[int, int] = (40, 30)) -> bytes:
    """A JPEG as phones make it: with the place and the owner inside."""
    image, out = Image.new("RGB", size, colour), BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Kamera Ona"
    exif.get_ifd(0x8825).update(AMBON)
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(files, "store", lambda: FileStore(tmp_path))
    return tmp_path


def waiting(account: ChannelAccount | None = None, message_id: str = "m1", **file: Any) -> Attachment:
    hear(account or an_account(), words(message_id, files=[{"ref": "f1", **file}]))
    return Attachment.objects.get(message__external_id=message_id)


def fetch_all() -> int:
    return sum(iter(services.attachments_fetch, 0))


def test_a_photo_is_stored_without_the_place_it_was_taken_at(provider: Provider, own_store: Path) -> None:
    provider.files["f1"] = a_photo()
    attachment = waiting(type="application/x-wrong")
    assert fetch_all() == 1
    attachment.refresh_from_db()
    assert (attachment.state, attachment.media_type) == ("stored", "image/jpeg")
    assert (attachment.width_px, attachment.height_px) == (40, 30)
    kept = (own_store / attachment.sha256[:2] / attachment.sha256).read_bytes()
    assert len(kept) == attachment.size_bytes
    assert b"Kamera Ona" not in kept
    assert not Image.open(BytesIO(kept)).getexif()


def test_the_ledger_tells_that_it_is_there(provider: Provider) -> None:
    provider.files["f1"] = a_photo()
    attachment = waiting()
    fetch_all()
    entry = Entry.objects.get(kind="attachment.stored")
    assert entry.subject == f"message:{attachment.message_id}"
    assert entry.data == {
        "attachment_id": attachment.pk,
        "message_id": attachment.message_id,
        "conversation_id": attachment.message.conversation_id,
        "state": "stored",
    }


def test_a_document_is_kept_as_it_is(provider: Provider) -> None:
    provider.files["f1"] = PDF
    attachment = waiting()
    fetch_all()
    attachment.refresh_from_db()
    assert attachment.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (attachment.media_type, attachment.width_px) == ("application/pdf", None)


class TestTrouble:
    """Pains 5, 20 and 21: a file that cannot be had now comes later, and never costs the words."""

    def test_a_fetch_that_fails_then_succeeds_stores_the_file_and_makes_no_second_message(
        self, provider: Provider
    ) -> None:
        provider.files["f1"] = DeliveryFailed("status 500", permanent=False)
        attachment = waiting()
        with clock.stopped_at(SPOKEN_AT) as stopped:
            fetch_all()
            attachment.refresh_from_db()
            assert (attachment.state, attachment.reason) == ("waiting", "status 500")
            assert fetch_all() == 0
            provider.files["f1"] = a_photo()
            stopped.tick(minutes=2)
            fetch_all()
        attachment.refresh_from_db()
        assert (attachment.state, attachment.reason) == ("stored", "")
        assert Message.objects.count() == Attachment.objects.count() == 1

    @pytest.mark.parametrize(
        "error",
        [
            NetworkFailed("silence", maybe_sent=True),
            KeyError("a bug of the plug-in"),
            DeliveryFailed("busy", permanent=False, retry_after_s=1_000),
        ],
    )
    def test_whatever_fails_the_words_stay_and_the_file_waits(self, provider: Provider, error: Exception) -> None:
        provider.files["f1"] = error
        attachment = waiting()
        with clock.stopped_at(SPOKEN_AT):
            fetch_all()
        attachment.refresh_from_db()
        assert attachment.state == "waiting"
        assert attachment.reason
        assert Message.objects.get().text == "Lampu jalan mati"

    def test_a_provider_that_names_a_time_is_not_asked_before(self, provider: Provider) -> None:
        provider.files["f1"] = DeliveryFailed("busy", permanent=False, retry_after_s=1_000)
        attachment = waiting()
        with clock.stopped_at(SPOKEN_AT):
            fetch_all()
        attachment.refresh_from_db()
        assert attachment.attempt_after == SPOKEN_AT + timedelta(seconds=1_000)

    def test_what_the_provider_no_longer_has_is_refused_with_its_reason(self, provider: Provider) -> None:
        provider.files["f1"] = DeliveryFailed("status 404", permanent=True, provider_words="Media expired")
        attachment = waiting()
        fetch_all()
        attachment.refresh_from_db()
        assert (attachment.state, attachment.reason) == ("refused", "Media expired")
        assert Entry.objects.get(kind="attachment.refused").data["state"] == "refused"

    def test_what_the_provider_has_forgotten_by_now_is_not_asked_for(self, provider: Provider) -> None:
        attachment = waiting(days=7)
        with clock.stopped_at(SPOKEN_AT + timedelta(days=7)):
            fetch_all()
        attachment.refresh_from_db()
        assert attachment.state == "refused"
        assert provider.fetched == []

    def test_what_expires_first_is_fetched_first(self, provider: Provider) -> None:
        account = an_account()
        waiting(account, "late", days=30, ref="late")
        waiting(account, "soon", days=7, ref="soon")
        waiting(account, "never", ref="never")
        provider.files.update(dict.fromkeys(("late", "soon", "never"), PDF))
        with clock.stopped_at(SPOKEN_AT):
            fetch_all()
        assert set(provider.fetched[:1]) <= {"soon", "late", "never"}
        assert Attachment.objects.filter(state="stored").count() == 3

    def test_after_days_of_trying_it_has_failed_and_says_so(self, provider: Provider) -> None:
        provider.files["f1"] = DeliveryFailed("status 500", permanent=False)
        attachment = waiting()
        with clock.stopped_at(SPOKEN_AT) as stopped:
            for _ in range(FETCH_ATTEMPTS):
                stopped.tick(hours=20)
                fetch_all()
        attachment.refresh_from_db()
        assert (attachment.state, attachment.attempts) == ("failed", FETCH_ATTEMPTS)
        assert Entry.objects.get(kind="attachment.refused").data["state"] == "failed"

    def test_bytes_that_are_not_those_announced_are_fetched_again(self, provider: Provider, own_store: Path) -> None:
        provider.files["f1"] = PDF + b"cut off"
        attachment = waiting(sha256=hashlib.sha256(PDF).hexdigest())
        with clock.stopped_at(SPOKEN_AT) as stopped:
            fetch_all()
            assert not [path for path in own_store.rglob("*") if path.is_file()]
            provider.files["f1"] = PDF
            stopped.tick(minutes=2)
            fetch_all()
        attachment.refresh_from_db()
        assert attachment.state == "stored"

    @pytest.mark.parametrize(
        "data", [b"#!/bin/sh\nrm -rf /", b"<html><script>x()</script>", b"", b"\xff\xd8\xff broken"]
    )
    def test_what_is_no_picture_whatever_it_is_called_is_refused(self, provider: Provider, data: bytes) -> None:
        provider.files["f1"] = data
        attachment = waiting(type="image/jpeg")
        fetch_all()
        attachment.refresh_from_db()
        assert attachment.state == "refused"
        assert attachment.sha256 == ""

    def test_a_file_over_the_limit_of_its_kind_is_refused(
        self, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(files.LIMITS, "document", 30)
        provider.files["f1"] = PDF
        attachment = waiting()
        fetch_all()
        attachment.refresh_from_db()
        assert (attachment.state, "0 MB" in attachment.reason) == ("refused", True)


class TestTheProvidersCeiling:
    """WhatsApp blocks all fetching for half an hour after 20 errors in 60 minutes."""

    def test_an_account_with_many_errors_rests_for_the_hour(self, provider: Provider) -> None:
        account = an_account()
        for n in range(30):
            provider.files[f"f{n}"] = DeliveryFailed("status 500", permanent=False)
            waiting(account, f"m{n}", ref=f"f{n}")
        with clock.stopped_at(SPOKEN_AT) as stopped:
            for _ in range(59):
                services.attachments_fetch(limit=1)
                stopped.tick(minutes=1)
            assert len(provider.fetched) == FETCH_ERRORS_AN_HOUR
            stopped.tick(minutes=2)
            services.attachments_fetch(limit=1)
        assert len(provider.fetched) == FETCH_ERRORS_AN_HOUR + 1

    def test_another_account_goes_on(self, provider: Provider) -> None:
        tired, fresh = an_account(slug="tired"), an_account(slug="fresh")
        provider.files["f1"] = PDF
        waiting(tired, "a")
        waiting(fresh, "b")
        with clock.stopped_at(SPOKEN_AT):
            ChannelAccount.objects.filter(pk=tired.pk).update(fetch_errors=9, fetch_errors_since=SPOKEN_AT)
            fetch_all()
        assert set(Attachment.objects.filter(state="stored").values_list("message__external_id", flat=True)) == {"b"}

    def test_a_refused_key_shows_on_the_account(self, provider: Provider) -> None:
        provider.files["f1"] = AccountTrouble("The token has expired. Enter a new one.")
        waiting()
        fetch_all()
        assert ChannelAccount.objects.get().trouble == "The token has expired. Enter a new one."


class TestAFetcherThatDies:
    def test_leaves_the_file_to_the_next_one_after_a_while(
        self, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        provider.files["f1"] = a_photo()
        attachment = waiting()
        with clock.stopped_at(SPOKEN_AT) as stopped:
            with monkeypatch.context() as context:
                context.setattr(attachments, "_stored", _die)
                with pytest.raises(SystemExit):
                    services.attachments_fetch()
            assert fetch_all() == 0
            stopped.tick(minutes=6)
            assert fetch_all() == 1
        attachment.refresh_from_db()
        assert attachment.state == "stored"


def _die(*_: Any) -> None:
    raise SystemExit("killed")


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_fetch_one_file_twice(provider: Provider) -> None:
    account = an_account()
    for n in range(12):
        provider.files[f"f{n}"] = PDF + str(n).encode()
        waiting(account, f"m{n}", ref=f"f{n}")
    at_once(fetch_all, fetch_all, fetch_all)
    assert sorted(provider.fetched) == sorted(f"f{n}" for n in range(12))


class TestFilesInTheBody:
    def test_are_taken_from_the_payload_when_they_are_fetched(self, provider: Provider) -> None:
        attachment = waiting(data=PDF.decode("latin-1"))
        assert attachment.is_inline
        fetch_all()
        attachment.refresh_from_db()
        assert (attachment.state, attachment.media_type) == ("stored", "application/pdf")
        assert provider.fetched == []

    def test_are_refused_when_the_raw_bytes_are_gone(self) -> None:
        attachment = waiting(data=PDF.decode("latin-1"))
        InboundPayload.objects.update(body=b"")
        fetch_all()
        attachment.refresh_from_db()
        assert attachment.state == "refused"


class TestUploads:
    def test_a_file_of_a_form_is_there_when_its_message_comes(self, provider: Provider) -> None:
        upload = services.attachments_store_upload(a_photo(), name="foto.jpg")
        attachment = waiting(ref=f"upload:{upload.token}")
        assert (attachment.state, attachment.claimed_name, attachment.sha256) == ("stored", "foto.jpg", upload.sha256)
        assert fetch_all() == 0

    def test_a_file_that_comes_after_its_message_is_taken_then(self, provider: Provider) -> None:
        with clock.stopped_at(SPOKEN_AT) as stopped:
            attachment = waiting(ref="upload:abc")
            fetch_all()
            upload = services.attachments_store_upload(a_photo())
            Upload.objects.filter(pk=upload.pk).update(token="abc")
            stopped.tick(minutes=3)
            fetch_all()
        attachment.refresh_from_db()
        assert (attachment.state, attachment.sha256) == ("stored", upload.sha256)

    def test_a_file_that_never_comes_is_refused_after_a_day(self) -> None:
        with clock.stopped_at(SPOKEN_AT) as stopped:
            attachment = waiting(ref="upload:abc")
            for _ in range(5):
                fetch_all()
                stopped.tick(hours=6)
            fetch_all()
        attachment.refresh_from_db()
        assert attachment.state == "refused"

    def test_nobody_can_guess_anothers_file(self) -> None:
        tokens = {services.attachments_store_upload(a_photo()).token for _ in range(3)}
        assert len(tokens) == 3
        assert all(len(token) >= 32 for token in tokens)

    @pytest.mark.parametrize("data", [b"", b"MZ program", b"<svg onload=x()>"])
    def test_what_we_do_not_take_is_refused_at_once(self, data: bytes) -> None:
        with pytest.raises(InvalidInput):
            services.attachments_store_upload(data)
        assert not Upload.objects.exists()

    def test_a_picture_over_the_limit_is_refused_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(files.LIMITS, "image", 100)
        with pytest.raises(TooLarge, match=r"at most 0 MB|paling besar 0 MB"):
            services.attachments_store_upload(a_photo())

    def test_what_nobody_claims_is_forgotten_after_a_day(self, own_store: Path) -> None:
        with clock.stopped_at(SPOKEN_AT) as stopped:
            claimed = services.attachments_store_upload(a_photo("blue"))
            lost = services.attachments_store_upload(a_photo("green"))
            waiting(ref=f"upload:{claimed.token}")
            assert services.uploads_forget() == 0
            stopped.tick(hours=25)
            assert services.uploads_forget() == 2
        assert files.store().exists(claimed.sha256)
        assert not files.store().exists(lost.sha256)


class TestAnOfficerTriesAgain:
    @pytest.mark.parametrize("state", ["refused", "failed", "waiting"])
    def test_and_the_file_is_fetched_as_if_new(self, provider: Provider, state: str) -> None:
        attachment = waiting()
        Attachment.objects.update(state=state, attempts=9, reason="gone", attempt_after=SPOKEN_AT + timedelta(days=900))
        provider.files["f1"] = a_photo()
        services.attachment_retry(attachment.pk, actor="user:4")
        fetch_all()
        attachment.refresh_from_db()
        assert (attachment.state, attachment.attempts) == ("stored", 1)
        assert Entry.objects.get(kind="attachment.reopened").actor == "user:4"

    def test_but_not_where_the_file_is_there(self, provider: Provider) -> None:
        provider.files["f1"] = a_photo()
        attachment = waiting()
        fetch_all()
        with pytest.raises(TransitionNotAllowed):
            services.attachment_retry(attachment.pk, actor="user:4")

    def test_nor_where_there_is_none(self) -> None:
        with pytest.raises(NotFound):
            services.attachment_retry(0, actor="user:4")


class TestSharedFiles:
    def test_one_picture_sent_twice_is_stored_once_and_kept_until_nobody_names_it(self, provider: Provider) -> None:
        account = an_account()
        provider.files["f1"] = a_photo()
        waiting(account, "a")
        waiting(account, "b")
        fetch_all()
        [sha256] = set(Attachment.objects.values_list("sha256", flat=True))
        Attachment.objects.filter(message__external_id="a").update(sha256="")
        assert files.forget({sha256}) == 0
        Attachment.objects.update(sha256="")
        assert files.forget({sha256}) == 1
        assert files.forget({sha256, ""}) == 0
