"""What people send us as files: judged by content, never by name; pictures made harmless."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Final, Literal

import filetype
from PIL import Image, ImageCms, ImageOps

from baileo.core.errors import InvalidInput, TooLarge

Group = Literal["image", "document", "video", "audio"]
MAX_BYTES: Final[dict[Group, int]] = {
    "image": 20_000_000,
    "document": 25_000_000,
    "video": 60_000_000,
    "audio": 20_000_000,
}
LARGEST_UPLOAD = max(MAX_BYTES.values())
MAX_PIXELS = 60_000_000  # the largest ordinary phone picture has 50; a bomb has billions
MAX_SIDE_PX = 2_560
THUMBNAIL_SIDE_PX = 320

# mime as `filetype` says it -> (mime as we say it, extension, group)
_ACCEPTED: Final[dict[str, tuple[str, str, Group]]] = {
    "image/jpeg": ("image/jpeg", "jpg", "image"),
    "image/png": ("image/png", "png", "image"),
    "image/webp": ("image/webp", "webp", "image"),
    "image/gif": ("image/gif", "gif", "image"),
    "application/pdf": ("application/pdf", "pdf", "document"),
    "video/mp4": ("video/mp4", "mp4", "video"),
    "video/x-m4v": ("video/mp4", "mp4", "video"),
    "video/quicktime": ("video/quicktime", "mov", "video"),
    "video/3gpp": ("video/3gpp", "3gp", "video"),
    "audio/ogg": ("audio/ogg", "ogg", "audio"),
    "audio/mpeg": ("audio/mpeg", "mp3", "audio"),
    "audio/mp4": ("audio/mp4", "m4a", "audio"),
    "audio/x-m4a": ("audio/mp4", "m4a", "audio"),
    "audio/m4a": ("audio/mp4", "m4a", "audio"),
    "audio/aac": ("audio/aac", "aac", "audio"),
    "audio/amr": ("audio/amr", "amr", "audio"),
}
_HEIF = frozenset({"image/heic", "image/heif", "image/heic-sequence", "image/avif"})
_PILLOW_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")  # MPO (several JPEGs in one) opens as JPEG
# All that Pillow was seen to raise on bytes made to confuse it.
_DAMAGED = (
    OSError,  # UnidentifiedImageError is one
    SyntaxError,
    ValueError,
    LookupError,
    ArithmeticError,
    TypeError,
    AttributeError,
    EOFError,
    struct.error,
)
_SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is, by its content. Width and height in pixels for pictures, else 0."""

    mime: str
    extension: str
    group: Group
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class CleanImage:
    """A picture encoded by us: nothing in it but pixels."""

    content: bytes
    mime: str
    width: int
    height: int


def inspect_upload(data: bytes) -> FileKind:
    """Decide what these bytes are. Raises `InvalidInput` for kinds we do not take and for damaged
    pictures, `TooLarge` past the limit of the kind or past 60 million pixels.
    """
    if not data:
        raise InvalidInput("The file is empty. Send it again.")
    guess = filetype.guess_mime(data)
    if guess in _HEIF:
        raise InvalidInput(
            "Pictures in HEIC format cannot be shown everywhere. Send it as JPEG: on an iPhone, "
            "Settings > Camera > Formats > Most Compatible, or take a screenshot of it."
        )
    if guess not in _ACCEPTED:
        raise InvalidInput(
            "This kind of file is not accepted. Send a picture (JPEG, PNG, WebP, GIF), a PDF, "
            "a video (MP4) or a voice recording (OGG, MP3, M4A, AMR)."
        )
    mime, extension, group = _ACCEPTED[guess]
    if len(data) > MAX_BYTES[group]:
        raise TooLarge(
            f"The file has {len(data) / 1e6:.1f} MB; {group} files may have at most "
            f"{MAX_BYTES[group] / 1e6:.0f} MB. Send a smaller one."
        )
    if group != "image":
        return FileKind(mime, extension, group)
    with _opened(data) as image:
        image.verify()
        return FileKind(mime, extension, group, image.width, image.height)


def clean_image(data: bytes, max_side_px: int = MAX_SIDE_PX, quality: int = 85) -> CleanImage:
    """The picture upright, in sRGB, at most `max_side_px` a side, encoded anew: no EXIF, no place,
    no owner, no hidden trailer. Photographs become JPEG; what has transparency or came as PNG or
    GIF (first frame) becomes PNG. Raises like `inspect_upload`.
    """
    with _opened(data) as image:
        source = image.format
        if source in ("JPEG", "MPO"):
            image.draft("RGB", (max_side_px, max_side_px))  # decode smaller: less memory and time
        pixels = _upright_rgb(image)
        pixels.thumbnail((max_side_px, max_side_px), Image.Resampling.LANCZOS)
        as_png = source in ("PNG", "GIF") or pixels.mode == "RGBA"
        return _encoded(pixels, as_png=as_png, quality=quality)


def thumbnail(data: bytes, side_px: int = THUMBNAIL_SIDE_PX) -> CleanImage:
    """A small JPEG for lists; transparent parts become white. Raises like `inspect_upload`."""
    with _opened(data) as image:
        image.draft("RGB", (side_px * 2, side_px * 2))
        pixels = _upright_rgb(image)
        pixels.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
        if pixels.mode == "RGBA":
            ground = Image.new("RGB", pixels.size, "white")
            ground.paste(pixels, mask=pixels.getchannel("A"))
            pixels = ground
        return _encoded(pixels, as_png=False, quality=75)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """The picture, its size judged before a single pixel is unpacked; every way in which a damaged
    file makes Pillow fail becomes one clear error.
    """
    try:
        with Image.open(BytesIO(data), formats=_PILLOW_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise TooLarge(
                    f"The picture has {image.width} x {image.height} pixels; at most "
                    f"{MAX_PIXELS // 1_000_000} million can be handled. Send a smaller one."
                )
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooLarge("The picture has too many pixels. Send a smaller one.") from error
    except _DAMAGED as error:
        raise InvalidInput("The picture is damaged and cannot be opened. Send it again.") from error


def _upright_rgb(image: Image.Image) -> Image.Image:
    image.seek(0)
    upright = ImageOps.exif_transpose(image)
    has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    profile = upright.info.get("icc_profile")
    plain = upright.convert("RGBA" if has_alpha else "RGB")
    if profile and upright.mode in ("RGB", "RGBA"):
        plain = _to_srgb(plain, profile)
    return plain


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode=image.mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a broken profile costs a shade of colour, not the picture
    return converted or image


def _encoded(pixels: Image.Image, *, as_png: bool, quality: int) -> CleanImage:
    pixels.info.clear()  # what is not here cannot be written
    target = BytesIO()
    if as_png:
        pixels.save(target, "PNG", optimize=False)
    else:
        pixels.save(target, "JPEG", quality=quality, progressive=True)
    mime = "image/png" if as_png else "image/jpeg"
    return CleanImage(target.getvalue(), mime, pixels.width, pixels.height)
