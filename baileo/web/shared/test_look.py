"""The design tokens keep their promises: enough contrast in light and dark, and one sprite for all."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from baileo.web.shared.templatetags.baileo_ui import ICONS, SHAPES, STATES

ROOT = Path(__file__).parents[3]
TOKENS = (ROOT / "frontend" / "src" / "css" / "tokens.css").read_text()
TEMPLATES = sorted(Path(__file__).parent.glob("templates/**/*.html"))

Colour = tuple[float, float, float]


def tokens(theme: str) -> dict[str, str]:
    light, dark = TOKENS.split('[data-theme="dark"]')
    found = dict(re.findall(r"--([\w-]+):\s*([^;]+);", light))
    return found | dict(re.findall(r"--([\w-]+):\s*([^;]+);", dark.split("}")[0])) if theme == "dark" else found


def colour(name: str, theme: str) -> Colour:
    value = tokens(theme)[name].strip()
    if value.startswith("var("):
        return colour(value[6:-1], theme)
    digits = value.removeprefix("#")
    return tuple(int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))  # type: ignore[return-value]


def luminance(rgb: Colour) -> float:
    """WCAG 2.2, relative luminance."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(front: Colour, back: Colour) -> float:
    light, dark = sorted((luminance(front), luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


WORDS = ("text", "text-soft", "text-faint", "link", "critical", "warning", "good", "info", "stale")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("back", ["page", "surface", "surface-sunken"])
@pytest.mark.parametrize("front", WORDS)
def test_every_word_can_be_read(front: str, back: str, theme: str) -> None:
    assert contrast(colour(front, theme), colour(back, theme)) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("meaning", ["critical", "warning", "good", "info", "stale"])
def test_every_meaning_can_be_read_on_its_own_soft_ground(meaning: str, theme: str) -> None:
    assert contrast(colour(meaning, theme), colour(f"{meaning}-soft", theme)) >= 4.5
    assert contrast(colour("text", theme), colour(f"{meaning}-soft", theme)) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back"), [("on-action", "action"), ("on-action", "action-deep"), ("on-blind", "blind")]
)
def test_the_words_on_a_filled_plate_can_be_read(front: str, back: str, theme: str) -> None:
    assert contrast(colour(front, theme), colour(back, theme)) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_edges_of_fields_can_be_seen(theme: str) -> None:
    assert contrast(colour("border-strong", theme), colour("surface", theme)) >= 3.0  # non-text, WCAG 1.4.11
    assert contrast(colour("action", theme), colour("surface", theme)) >= 3.0  # the focus ring


def symbols() -> set[str]:
    tree = ET.fromstring(ICONS.read_text())
    return {symbol.attrib["id"] for symbol in tree if "id" in symbol.attrib}


def test_every_icon_a_template_asks_for_is_drawn() -> None:
    asked = {name for path in ROOT.glob("baileo/web/**/templates/**/*.html") for name in used_icons(path)}
    assert asked - symbols() == set()


def used_icons(path: Path) -> list[str]:
    return re.findall(r"""\{% icon ["']([\w-]+)["']""", path.read_text())


def test_every_state_shape_is_in_the_sprite() -> None:
    assert symbols() >= SHAPES
    assert {shape for shape, _tone in STATES.values()} <= SHAPES


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_needs_a_hole_in_the_content_security_policy(path: Path) -> None:
    html = path.read_text()
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", html)
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)


def test_the_style_writes_no_address_of_another_machine() -> None:
    for path in (ROOT / "frontend" / "src" / "css").glob("*.css"):
        assert "http" not in path.read_text(), path.name
