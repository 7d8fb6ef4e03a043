"""Stored files: who may open them, and that no browser ever runs one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import httpx
import pytest
from django.core.asgi import get_asgi_application
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pytest_django.fixtures import Settings

from baileo.core.clock import clock
from baileo.core.errors import NotFound
from baileo.core.files import FileStore
from baileo.ground.people.testing import cast, sign_in
from baileo.web.api.files import file_url, thumb_url
from baileo.web.api.files.links import Link, LinkExpired, link_open, link_seal
from baileo.web.api.files.ranges import Part, RangeNotSatisfiable, asked_part
from baileo.web.api.testing import serve

AT = datetime(2026, 11, 23, 5, 10, tzinfo=UTC)
HTML = b"<html><script>alert(1)</script>"
SHA = "ab" * 32


@pytest.fixture
def store(tmp_path: object, settings: Settings) -> FileStore:
    settings.BAILEO = replace(settings.BAILEO, media_dir=tmp_path)
    return FileStore(settings.BAILEO.media_dir)


@pytest.fixture
def photo(store: FileStore) -> str:
    target = BytesIO()
    Image.new("RGB", (1600, 1200), "teal").save(target, "JPEG")
    return store.put(target.getvalue())


class TestLinks:
    def test_a_link_opens_what_it_was_made_for(self) -> None:
        link = Link(SHA, "image/jpeg", "foto lampu.jpg", 7)
        assert link_open(link_seal(link)) == link

    def test_a_link_shows_nothing_of_what_it_opens(self) -> None:
        token = link_seal(Link(SHA, "image/jpeg", "KTP-Budi.jpg"))
        assert SHA not in token
        assert "Budi" not in token

    @pytest.mark.parametrize("token", ["", "x", "é", "AAAA", "A" * 200, "..", "%00"])
    def test_nonsense_opens_nothing(self, token: str) -> None:
        with pytest.raises(NotFound, match="names no file"):
            link_open(token)

    def test_every_changed_sign_is_noticed(self) -> None:
        token = link_seal(Link(SHA, "image/jpeg"))
        for place in range(len(token) - 1):
            forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            with pytest.raises(NotFound, match="names no file"):
                link_open(forged)

    def test_a_link_stays_the_same_for_an_hour_so_that_browsers_keep_their_pictures(self) -> None:
        with clock.stopped_at(AT):
            first = link_seal(Link(SHA, "image/jpeg"))
            clock.tick(minutes=40)
            assert link_seal(Link(SHA, "image/jpeg")) == first
            clock.tick(minutes=20)
            assert link_seal(Link(SHA, "image/jpeg")) != first

    @pytest.mark.parametrize(("minutes", "is_open"), [(60, True), (109, True), (110, False), (9999, False)])
    def test_a_link_ends_at_the_second_full_hour(self, minutes: int, *, is_open: bool) -> None:
        with clock.stopped_at(AT):
            token = link_seal(Link(SHA, "image/jpeg"))
            clock.tick(minutes=minutes)
            if is_open:
                assert link_open(token).sha256 == SHA
            else:
                with pytest.raises(LinkExpired):
                    link_open(token)

    def test_another_installations_link_opens_nothing_here(self, settings: Settings) -> None:
        token = link_seal(Link(SHA, "image/jpeg"))
        settings.SECRET_KEY = "another installation's key, as long as ours"
        with pytest.raises(NotFound, match="names no file"):
            link_open(token)


class TestRanges:
    @pytest.mark.parametrize(
        ("header", "part"),
        [
            ("bytes=0-99", Part(0, 100)),
            ("bytes=0-", Part(0, 1000)),
            ("bytes=900-5000", Part(900, 1000)),
            ("bytes=-10", Part(990, 1000)),
            ("bytes=-5000", Part(0, 1000)),
            ("bytes=999-999", Part(999, 1000)),
        ],
    )
    def test_one_part_is_understood(self, header: str, part: Part) -> None:
        assert asked_part(header, 1000) == part

    @given(st.text(max_size=30) | st.from_regex(r"bytes=\d{0,5}-\d{0,5}", fullmatch=True), st.integers(0, 2000))
    def test_whatever_is_asked_the_part_lies_inside_the_file(self, header: str, size: int) -> None:
        try:
            part = asked_part(header, size)
        except RangeNotSatisfiable:
            return
        assert part is None or 0 <= part.start < part.end <= size

    @pytest.mark.parametrize("header", ["", "bytes=-", "bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b"])
    def test_what_cannot_be_read_gives_the_whole(self, header: str) -> None:
        assert asked_part(header, 1000) is None

    @pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
    def test_a_part_behind_the_end_is_refused(self, header: str) -> None:
        with pytest.raises(RangeNotSatisfiable, match="1000 bytes"):
            asked_part(header, 1000)


def test_a_picture_is_shown_with_all_its_powers_taken_away(client: Client, store: FileStore, photo: str) -> None:
    reply = client.get(file_url(photo, "image/jpeg"))
    assert (reply.status_code, reply["Content-Type"]) == (200, "image/jpeg")
    assert reply["Content-Disposition"] == f'inline; filename="baileo-{photo[:8]}.jpg"'
    assert reply["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Cross-Origin-Resource-Policy"] == "same-origin"
    assert reply["Cache-Control"].startswith("private")
    assert reply.content == store.read(photo)


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/plain", ""])
def test_whatever_could_run_is_a_download_without_a_type(client: Client, store: FileStore, media_type: str) -> None:
    reply = client.get(file_url(store.put(HTML), media_type, name="foto.html"))
    assert reply["Content-Type"] == "application/octet-stream"
    assert reply["Content-Disposition"] == 'attachment; filename="foto.bin"'
    assert reply["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_html_that_claims_to_be_a_picture_is_never_taken_for_html(client: Client, store: FileStore) -> None:
    reply = client.get(file_url(store.put(HTML), "image/jpeg", name="a.html"))
    assert (reply["Content-Type"], reply["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert reply["Content-Disposition"] == 'inline; filename="a.jpg"'


def test_a_document_is_downloaded_under_the_name_it_was_given(client: Client, store: FileStore) -> None:
    reply = client.get(file_url(store.put(b"%PDF-1.7"), "application/pdf", name='surat "kelurahan"\r\n.pdf'))
    assert reply["Content-Type"] == "application/pdf"
    assert reply["Content-Disposition"].startswith("attachment; ")
    assert "\n" not in reply["Content-Disposition"]


def test_forged_and_unknown_files_are_not_found_and_ended_links_are_gone(client: Client, store: FileStore) -> None:
    assert client.get("/files/AAAA").status_code == 404
    assert client.get(file_url("0" * 64, "image/jpeg")).status_code == 404
    with clock.stopped_at(AT):
        url = file_url(store.put(b"x"), "image/jpeg")
        clock.tick(hours=2)
        assert client.get(url).status_code == 410


@pytest.mark.django_db
def test_a_link_made_for_somebody_opens_for_nobody_else(client: Client, photo: str) -> None:
    people = cast()
    url = file_url(photo, "image/jpeg", for_user=people.cora)
    assert client.get(url).status_code == 403
    assert sign_in(client, people.tara).get(url).status_code == 403
    assert sign_in(client, people.cora).get(url).status_code == 200
    assert client.get(thumb_url(photo, "image/jpeg", for_user=people.tara)).status_code == 403


def test_a_thumbnail_is_a_small_jpeg(client: Client, photo: str) -> None:
    reply = client.get(thumb_url(photo, "image/jpeg"))
    with Image.open(BytesIO(reply.content)) as small:
        assert (small.format, max(small.size)) == ("JPEG", 320)
    assert reply["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_what_is_no_picture_has_no_thumbnail(client: Client, store: FileStore) -> None:
    assert client.get(thumb_url(store.put(b"%PDF-1.7"), "application/pdf")).status_code == 404
    assert client.get(thumb_url(store.put(HTML), "image/jpeg")).status_code == 404


def test_an_erased_picture_leaves_no_thumbnail(client: Client, store: FileStore, photo: str) -> None:
    url = thumb_url(photo, "image/jpeg")
    assert client.get(url).status_code == 200
    store.delete(photo)
    assert client.get(url).status_code == 404
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_a_browser_that_has_the_file_is_not_sent_it_again(client: Client, photo: str) -> None:
    for url in (file_url(photo, "image/jpeg"), thumb_url(photo, "image/jpeg")):
        etag = client.get(url)["ETag"]
        reply = client.get(url, headers={"If-None-Match": etag})
        assert (reply.status_code, reply.content, reply["ETag"]) == (304, b"", etag)


def test_a_player_may_ask_for_parts(client: Client, store: FileStore) -> None:
    url = file_url(store.put(bytes(range(100))), "video/mp4")
    part = client.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part["Content-Range"], part["Content-Length"]) == (206, "bytes 10-19/100", "10")
    assert part.content == bytes(range(10, 20))
    assert client.get(url, headers={"Range": "bytes=100-"}).status_code == 416
    other = client.get(url, headers={"Range": "bytes=10-19", "If-Range": '"another"'})
    assert (other.status_code, len(other.content)) == (200, 100)


def test_only_reading_is_possible(client: Client, photo: str) -> None:
    assert client.post(file_url(photo, "image/jpeg")).status_code == 405
    head = client.head(file_url(photo, "image/jpeg"))
    assert (head.status_code, head.content) == (200, b"")


@pytest.fixture
def site() -> Iterator[str]:
    with serve(get_asgi_application()) as base:  # type: ignore[arg-type]
        yield base


def test_a_large_file_is_streamed_whole_and_in_parts(site: str, store: FileStore) -> None:
    content = b"".join(n.to_bytes(4, "big") for n in range(700_000))
    url = site + file_url(store.put(content), "video/mp4")
    with httpx.Client(trust_env=False) as browser:
        whole = browser.get(url)
        part = browser.get(url, headers={"Range": "bytes=1000000-2499999"})
    assert (whole.headers["content-length"], whole.content == content) == (str(len(content)), True)
    assert (part.status_code, part.content == content[1_000_000:2_500_000]) == (206, True)
