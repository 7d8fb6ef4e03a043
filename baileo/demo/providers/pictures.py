"""Drawn photos of what citizens complain about, with the place and the phone's model in their EXIF.

The EXIF is there to be removed: a photo taken at home tells where home is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter

WIDTH_PX, HEIGHT_PX = 960, 720
CAMERA = "Demo Kamera 1"
_GPS_IFD, _EXIF_IFD = 0x8825, 0x8769
_MODEL, _TAKEN_AT = 0x0110, 0x9003
Draw = ImageDraw.ImageDraw
Colour = tuple[int, int, int]


def picture(kind: str, *, seed: int = 0, lon_deg: float = 128.19, lat_deg: float = -3.69, taken_at: datetime) -> bytes:
    """A JPEG of about 30 KB. `kind` is one of `KINDS`; others get a plain street. The same seed, the same photo."""
    random = Random(seed)
    is_night = kind == "street_lamp"
    image = _street(random, is_night=is_night)
    _SCENES.get(kind, _nothing)(ImageDraw.Draw(image), random)
    image = image.filter(ImageFilter.GaussianBlur(1.2))
    kept = BytesIO()
    image.save(kept, "JPEG", quality=82, exif=_exif(lon_deg, lat_deg, taken_at))
    return kept.getvalue()


def _exif(lon_deg: float, lat_deg: float, taken_at: datetime) -> Image.Exif:
    exif = Image.Exif()
    exif[_MODEL] = CAMERA
    exif.get_ifd(_EXIF_IFD)[_TAKEN_AT] = f"{taken_at:%Y:%m:%d %H:%M:%S}"
    exif.get_ifd(_GPS_IFD).update(
        {1: "S" if lat_deg < 0 else "N", 2: _degrees(lat_deg), 3: "W" if lon_deg < 0 else "E", 4: _degrees(lon_deg)}
    )
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    whole, rest = divmod(abs(value) * 3600, 3600)
    minutes, seconds = divmod(rest, 60)
    return whole, minutes, round(seconds, 3)


def _street(random: Random, *, is_night: bool) -> Image.Image:
    sky, hill, road = (
        ((14, 18, 34), (16, 30, 28), (38, 38, 42)) if is_night else ((166, 199, 226), (70, 112, 74), (120, 118, 116))
    )
    image = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), sky)
    draw = ImageDraw.Draw(image)
    crests = [(x, 300 - random.randint(20, 120)) for x in range(0, WIDTH_PX + 121, 120)]
    draw.polygon([(0, HEIGHT_PX), *crests, (WIDTH_PX, HEIGHT_PX)], fill=hill)
    for x in range(0, WIDTH_PX, 160):
        _house(draw, random, x + random.randint(-10, 30), is_night=is_night)
    draw.polygon([(380, 430), (580, 430), (WIDTH_PX, HEIGHT_PX), (0, HEIGHT_PX)], fill=road)
    for y in range(450, HEIGHT_PX, 70):
        draw.rectangle([476, y, 484 + (y - 430) // 30, y + 30], fill=(210, 206, 190))
    return image


def _house(draw: Draw, random: Random, x: int, *, is_night: bool) -> None:
    wall = tuple(
        shade // 4 if is_night else shade
        for shade in random.choice([(214, 190, 150), (190, 206, 198), (222, 214, 206)])
    )
    roof = (40, 22, 20) if is_night else random.choice([(150, 62, 44), (96, 104, 112)])
    draw.rectangle([x, 340, x + 110, 430], fill=wall)
    draw.polygon([(x - 12, 342), (x + 55, 290), (x + 122, 342)], fill=roof)
    lit = (236, 200, 110) if is_night and random.random() < 0.5 else (52, 62, 74)
    draw.rectangle([x + 40, 365, x + 68, 395], fill=lit)


def _street_lamp(draw: Draw, random: Random) -> None:
    x = random.randint(600, 760)
    draw.rectangle([x, 120, x + 14, 600], fill=(92, 96, 104))
    draw.rectangle([x - 110, 116, x + 14, 128], fill=(92, 96, 104))
    draw.ellipse([x - 140, 112, x - 84, 146], fill=(44, 46, 52), outline=(120, 124, 130))


def _rubbish(draw: Draw, random: Random) -> None:
    for _ in range(110):
        x, y, size = random.gauss(420, 130), random.gauss(600, 45), random.randint(14, 52)
        colour = random.choice(
            [(30, 30, 34), (232, 232, 228), (40, 96, 170), (196, 48, 44), (224, 190, 60), (96, 72, 52)]
        )
        draw.ellipse([x, y, x + size, y + size * 0.7], fill=colour)


def _flood(draw: Draw, random: Random) -> None:
    level = random.randint(440, 500)
    draw.rectangle([0, level, WIDTH_PX, HEIGHT_PX], fill=(128, 104, 78))
    for _ in range(90):
        x, y = random.randint(0, WIDTH_PX), random.randint(level + 6, HEIGHT_PX)
        draw.line([x, y, x + random.randint(30, 110), y], fill=(158, 136, 108), width=3)


def _road_hole(draw: Draw, random: Random) -> None:
    for _ in range(random.randint(2, 4)):
        x, y = random.randint(280, 640), random.randint(520, 640)
        draw.ellipse([x, y, x + 150, y + 56], fill=(62, 56, 50), outline=(150, 146, 140), width=5)
        draw.ellipse([x + 26, y + 18, x + 122, y + 48], fill=(98, 88, 74))


def _fallen_tree(draw: Draw, random: Random) -> None:
    y = random.randint(540, 600)
    draw.polygon([(120, y + 60), (800, y - 60), (806, y - 30), (128, y + 96)], fill=(94, 66, 42))
    for _ in range(70):
        x, top, size = random.randint(560, 900), y - 150 + random.randint(0, 130), random.randint(30, 90)
        leaf = random.choice([(46, 104, 52), (34, 84, 44), (62, 122, 60)])
        draw.ellipse([x, top, x + size, top + size * 0.6], fill=leaf)


def _landslide(draw: Draw, random: Random) -> None:
    draw.polygon([(0, 240), (260, 300), (720, 640), (600, HEIGHT_PX), (0, HEIGHT_PX)], fill=(128, 84, 52))
    for _ in range(60):
        x, y, size = random.randint(20, 640), random.randint(380, 690), random.randint(12, 60)
        draw.ellipse(
            [x, y, x + size, y + size * 0.8], fill=random.choice([(102, 68, 44), (150, 104, 66), (120, 116, 110)])
        )


def _nothing(draw: Draw, random: Random) -> None:
    """Just the street."""


_SCENES: dict[str, Callable[[Draw, Random], None]] = {
    "street_lamp": _street_lamp,
    "rubbish": _rubbish,
    "flood": _flood,
    "road_hole": _road_hole,
    "fallen_tree": _fallen_tree,
    "landslide": _landslide,
}
KINDS = tuple(_SCENES)
