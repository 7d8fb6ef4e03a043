"""The template words: icons, states, live ages, the built front end."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import override_settings
from django.utils import translation
from django_vite.core.exceptions import DjangoViteManifestError

from baileo.core.clock import clock
from baileo.web.shared.templatetags import baileo_ui

NOON = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_ambon() -> Iterator[None]:
    with override_settings(TIME_ZONE="Asia/Jayapura"), translation.override("id"), clock.stopped_at(NOON):
        yield


def shown(source: str, **values: object) -> str:
    return Template("{% load baileo_ui %}" + source).render(Context(values))


def test_an_icon_is_silent_for_readers_unless_it_says_something() -> None:
    assert 'aria-hidden="true"' in shown('{% icon "lock" %}')
    labelled = shown('{% icon "lock" label="Rahasia" %}')
    assert 'role="img" aria-label="Rahasia"' in labelled
    assert "aria-hidden" not in labelled


def test_lines_and_shapes_are_drawn_differently() -> None:
    assert 'class="i xs"' in shown('{% icon "lock" "xs" %}')
    assert 'class="s"' in shown('{% icon "octagon" %}')


def test_a_changed_sprite_gets_a_new_address() -> None:
    assert f"?v={baileo_ui.icons_version()}#lock" in shown('{% icon "lock" %}')
    assert shown("{% icons %}").endswith(f"icons.svg?v={baileo_ui.icons_version()}")


def test_words_of_a_label_cannot_become_markup() -> None:
    assert "<b>" not in shown('{% icon "lock" label=bad %}', bad="<b>")
    assert "<b>" not in shown('{% state "late" bad %}', bad="<b>")


@pytest.mark.parametrize("name", sorted(baileo_ui.STATES))
def test_a_state_is_shape_colour_and_word_together(name: str) -> None:
    html = shown("{% state name words %}", name=name, words="Lewat 1 hari")
    shape, tone = baileo_ui.STATES[name]
    assert f"#{shape}" in html
    assert f'class="st {tone}"' in html
    assert "Lewat 1 hari" in html


def test_every_state_has_its_own_sign() -> None:
    late, soon, waiting = (baileo_ui.STATES[name][0] for name in ("late", "soon", "waiting"))
    urgent, high, normal, dead = (baileo_ui.STATES[name][0] for name in ("urgent", "high", "normal", "dead"))
    assert (late, soon, waiting) == ("octagon", "triangle", "pause")
    assert (urgent, high, normal, dead) == ("diamond", "square", "circle", "dead")


def test_times_are_filtered_into_words() -> None:
    assert shown("{{ at|wit }}, {{ at|hour }}, {{ at|day }}, {{ at|day_wit }}", at=NOON) == (
        "14.05 WIT, 14.05, Sen 23 Nov, Sen 23 Nov, 14.05 WIT"
    )
    assert shown("{{ at|iso }}", at=NOON) == "2026-11-23T05:05:00+00:00"


def test_ages_count_from_an_instant_or_a_duration() -> None:
    assert shown("{{ at|age }}", at=NOON - timedelta(hours=3)) == "3 jam"
    assert shown("{{ at|age }}", at=timedelta(days=2)) == "2 hari"
    assert shown("{{ left|span }}", left=timedelta(hours=2, minutes=38)) == "2 jam 38 mnt"
    assert shown("{{ n|dots }}", n=12480) == "12.480"


@pytest.mark.parametrize("name", ["wit", "hour", "day", "day_wit", "age", "span", "dots", "iso"])
def test_nothing_known_is_nothing_said(name: str) -> None:
    assert shown("{{ value|" + name + " }}", value=None) == ""


def test_a_zero_is_a_value() -> None:
    assert shown("{{ n|dots }}", n=0) == "0"
    assert shown("{{ n|age }}", n=0) == "baru saja"


def test_a_live_age_carries_its_instant_and_the_exact_time() -> None:
    html = shown("{% ago at %}", at=NOON - timedelta(hours=3))
    assert html.startswith('<baileo-age datetime="2026-11-23T02:05:00+00:00">')
    assert 'title="Sen 23 Nov, 11.05 WIT">3 jam</time>' in html
    assert shown("{% ago at %}", at=None) == ""


def test_the_clock_carries_the_servers_time_and_the_citys_zone() -> None:
    html = shown("{% clock %}")
    assert 'zone="Asia/Jayapura"' in html
    assert "<b>14.05</b> <i>WIT</i>" in html
    assert "WIT" not in shown('{% clock "bare" %}')
    assert shown("{% zone %}") == "WIT"


def test_scripts_get_their_words_in_the_readers_language() -> None:
    html = shown("{% words %}")
    assert 'data-word-age-hour="{n} jam"' in html
    assert 'data-word-lost="Koneksi terputus"' in html
    with translation.override("en"):
        assert 'data-word-age-day-one="{n} day"' in shown("{% words %}")


def test_without_the_build_a_page_is_plain_and_the_log_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def missing(entry: str) -> str:
        raise DjangoViteManifestError(entry)

    monkeypatch.setattr(baileo_ui, "_vite", missing)
    with caplog.at_level(logging.ERROR):
        assert shown('{% front "desk" %}') == ""
    assert "run build" in caplog.text


def test_with_the_build_a_page_gets_style_and_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baileo_ui, "_vite", lambda entry: f"<link {entry}>")
    assert shown('{% front "wall" %}') == "<link src/wall.ts>"


def test_the_lock_file_names_no_download_address() -> None:
    lock = json.loads((Path(__file__).parents[3] / "frontend" / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
