import struct
import zlib
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from baileo.core import images
from baileo.core.errors import BaileoError, InvalidInput, TooLarge
from baileo.core.images import FileKind, clean_image, inspect_upload, thumbnail

RED, BLUE = (200, 20, 20), (20, 20, 200)
ORIENTATION, GPS_IFD, ARTIST = 0x0112, 0x8825, 0x013B


def picture(mode: str = "RGB", size: tuple[int, int] = (80, 40)) -> Image.Image:
    """Left half red, right half blue."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, size[0], size[1]))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def phone_photo(orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[ARTIST] = "Octovianus Patty"
    exif.get_ifd(GPS_IFD)[2] = (3.0, 41.0, 42.7)
    return encoded(picture(), exif=exif, comment=b"my own house")


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("kind", "mime", "extension"),
    [
        ("JPEG", "image/jpeg", "jpg"),
        ("PNG", "image/png", "png"),
        ("WEBP", "image/webp", "webp"),
        ("GIF", "image/gif", "gif"),
    ],
)
def test_pictures_are_known_by_their_content(kind: str, mime: str, extension: str) -> None:
    found = inspect_upload(encoded(picture(), kind))
    assert found == FileKind(mime, extension, "image", 80, 40)


@pytest.mark.parametrize(
    ("data", "mime", "group"),
    [
        (b"%PDF-1.7\n", "application/pdf", "document"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video/mp4", "video"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "video/quicktime", "video"),
        (b"OggS" + b"\0" * 24 + b"OpusHead", "audio/ogg", "audio"),
        (b"ID3\x03", "audio/mpeg", "audio"),
        (b"\0\0\0\x20ftypM4A ", "audio/mp4", "audio"),
        (b"#!AMR\n", "audio/amr", "audio"),
    ],
)
def test_recordings_and_documents_are_known_by_their_content(data: bytes, mime: str, group: str) -> None:
    found = inspect_upload(data + b"\0" * 64)
    assert (found.mime, found.group, found.width) == (mime, group, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"PK\x03\x04" + b"\0" * 60,
        b"MZ" + b"\0" * 60,
        b"#!/bin/sh\nrm -rf /",
        b"lampu mati",
    ],
)
def test_anything_else_is_refused_with_what_would_do(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="not accepted"):
        inspect_upload(data)


def test_heic_is_refused_with_the_way_out() -> None:
    with pytest.raises(InvalidInput, match="Most Compatible"):
        inspect_upload(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(InvalidInput, match="empty"):
        inspect_upload(b"")


def test_each_kind_has_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(images.MAX_BYTES, "audio", 1_000)
    with pytest.raises(TooLarge, match="audio files may have at most"):
        inspect_upload(b"ID3\x03" + b"\0" * 2_000)
    inspect_upload(b"%PDF-1.7\n" + b"\0" * 2_000)


@pytest.mark.parametrize("side", [12_000, 20_000, 100_000])
def test_a_pixel_bomb_is_refused_before_it_unpacks(side: int) -> None:
    for judge in (inspect_upload, clean_image, thumbnail):
        with pytest.raises(TooLarge, match="pixels"):
            judge(png_claiming(side, side))


def test_a_photo_loses_its_place_its_owner_and_its_comment() -> None:
    data = phone_photo()
    assert b"Octovianus" in data
    clean = clean_image(data)
    assert not opened(clean.content).getexif()
    for secret in (b"Octovianus", b"my own house", b"Exif"):
        assert secret not in clean.content


def test_what_hides_behind_the_picture_is_gone() -> None:
    hidden = b"<?php system($_GET['c']); ?>"
    assert hidden not in clean_image(encoded(picture()) + hidden).content
    assert hidden not in clean_image(encoded(picture(), "PNG") + hidden).content


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_come_out_upright(orientation: int) -> None:
    expected = ImageOps.exif_transpose(opened(phone_photo(orientation)))
    clean = opened(clean_image(phone_photo(orientation)).content)
    assert clean.size == expected.size
    corner, wanted = clean.getpixel((2, 2)), expected.getpixel((2, 2))
    assert isinstance(corner, tuple)
    assert isinstance(wanted, tuple)
    assert all(abs(one - other) < 30 for one, other in zip(corner, wanted, strict=True))


def test_large_photos_become_smaller_and_small_ones_stay() -> None:
    large = clean_image(encoded(picture(size=(4_000, 3_000))))
    assert (large.width, large.height) == (2_560, 1_920)
    small = clean_image(encoded(picture()))
    assert (small.width, small.height) == (80, 40)
    assert opened(large.content).size == (2_560, 1_920)


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (encoded(picture("CMYK")), "image/jpeg"),
        (encoded(picture("L")), "image/jpeg"),
        (encoded(picture("P"), "PNG"), "image/png"),
        (encoded(picture("1"), "PNG"), "image/png"),
        (encoded(Image.new("I;16", (30, 30), 40_000), "PNG"), "image/png"),
        (encoded(Image.new("RGBA", (30, 30), (200, 20, 20, 90)), "WEBP"), "image/png"),
        (encoded(picture("RGB"), "WEBP"), "image/jpeg"),
        (encoded(picture("P"), "GIF", transparency=0), "image/png"),
        (encoded(picture(), "GIF", save_all=True, append_images=[picture("L")]), "image/png"),
        (encoded(picture(), "MPO", save_all=True, append_images=[picture()]), "image/jpeg"),
    ],
)
def test_every_way_of_storing_pixels_comes_out_plain(data: bytes, mime: str) -> None:
    clean = clean_image(data)
    assert clean.mime == mime == inspect_upload(clean.content).mime
    assert opened(clean.content).mode in ("RGB", "RGBA")
    assert getattr(opened(clean.content), "n_frames", 1) == 1


def test_colours_are_brought_to_srgb_and_the_profile_is_dropped() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    clean = opened(clean_image(encoded(picture(), icc_profile=profile)).content)
    assert "icc_profile" not in clean.info
    red = clean.getpixel((2, 2))
    assert isinstance(red, tuple)
    assert abs(red[0] - RED[0]) < 20


def test_a_broken_colour_profile_does_not_cost_the_picture() -> None:
    clean = clean_image(encoded(picture(), icc_profile=b"not a profile"))
    assert clean.width == 80


def test_a_photo_cut_off_by_a_poor_link_is_refused_clearly() -> None:
    noise = Image.effect_noise((400, 400), 80)
    with pytest.raises(InvalidInput, match="damaged"):
        clean_image(encoded(noise)[:9_000])


def test_a_thumbnail_is_small_and_has_no_holes() -> None:
    see_through = Image.new("RGBA", (1_000, 500), (0, 0, 0, 0))
    small = thumbnail(encoded(see_through, "PNG"))
    assert (small.mime, small.width, small.height) == ("image/jpeg", 320, 160)
    assert opened(small.content).getpixel((5, 5)) == (255, 255, 255)
    assert len(small.content) < 20_000


PHOTO = phone_photo()


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(max_examples=150)
@given(st.integers(0, len(PHOTO) - 1), st.binary(min_size=1, max_size=8))
def test_a_tampered_photo_never_breaks_more_than_itself(at: int, junk: bytes) -> None:
    data = PHOTO[:at] + junk + PHOTO[at + len(junk) :]
    for judge in (inspect_upload, clean_image, thumbnail):
        with suppress(BaileoError):
            judge(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_judged_without_a_crash(data: bytes) -> None:
    for judge in (inspect_upload, clean_image):
        with suppress(BaileoError):
            judge(data)


def test_cleaning_twice_changes_no_size_and_no_kind() -> None:
    once = clean_image(phone_photo(6))
    twice = clean_image(once.content)
    assert (twice.width, twice.height, twice.mime) == (once.width, once.height, once.mime)


@pytest.mark.parametrize("size", [(1, 1), (1, 4_000), (4_000, 1), (2_560, 2_560), (2_561, 10)])
def test_odd_sizes_are_handled(size: tuple[int, int]) -> None:
    clean = clean_image(encoded(picture(size=size), "PNG"))
    assert 1 <= clean.width <= images.MAX_SIDE_PX
    assert 1 <= clean.height <= images.MAX_SIDE_PX
    small = thumbnail(encoded(picture(size=size), "PNG"))
    assert max(small.width, small.height) <= images.THUMBNAIL_SIDE_PX


def test_a_name_that_lies_changes_nothing_because_no_name_is_asked() -> None:
    assert inspect_upload(encoded(picture(), "PNG")).extension == "png"
    with pytest.raises(InvalidInput):
        inspect_upload(b"%!PS-Adobe-3.0 called foto.jpg")


def test_a_pdf_that_is_also_a_page_is_served_as_what_it_begins_with() -> None:
    assert inspect_upload(b"%PDF-1.4\n<html><script>alert(1)</script>").mime == "application/pdf"


def test_grey_and_colour_come_through_recognisably() -> None:
    for mode in ("L", "CMYK", "RGB"):
        pixels = opened(clean_image(encoded(picture(mode))).content)
        left, right = pixels.getpixel((5, 5)), pixels.getpixel((75, 5))
        assert left != right, mode
