"""Drawn photos: real JPEGs that carry what must be removed."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image

from baileo.demo.providers.pictures import CAMERA, KINDS, picture

WHEN = datetime(2026, 11, 20, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize("kind", [*KINDS, "something else"])
def test_every_kind_is_a_photo_with_place_time_and_camera(kind: str) -> None:
    image = Image.open(BytesIO(picture(kind, seed=7, lon_deg=128.25, lat_deg=-3.5, taken_at=WHEN)))
    exif = image.getexif()
    gps = exif.get_ifd(0x8825)
    assert (image.format, image.size) == ("JPEG", (960, 720))
    assert exif[0x0110] == CAMERA
    assert exif.get_ifd(0x8769)[0x9003] == "2026:11:20 19:30:00"
    assert (gps[1], tuple(gps[2]), gps[3], tuple(gps[4])) == ("S", (3.0, 30.0, 0.0), "E", (128.0, 15.0, 0.0))


def test_the_same_seed_draws_the_same_photo_and_another_seed_another() -> None:
    one, same, other = (picture("rubbish", seed=seed, taken_at=WHEN) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_no_two_kinds_look_alike() -> None:
    assert len({picture(kind, seed=1, taken_at=WHEN) for kind in KINDS}) == len(KINDS)
