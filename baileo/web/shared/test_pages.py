"""Base templates, error pages and account pages: complete, in both languages, and quiet when things break."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import AnonymousUser
from django.forms import BooleanField, CharField, Form
from django.http import HttpRequest
from django.template import Context, Origin, Template
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.utils import translation

from baileo.web.shared.templatetags import baileo_ui

ERRORS = ("400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html", "503.html")
VOID = {"meta", "link", "input", "br", "hr", "img", "use", "path", "circle", "rect"}


class Outline(HTMLParser):
    """Notes headings and landmarks, and whether every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(autouse=True)
def a_built_front_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baileo_ui, "_vite", lambda entry: f'<link rel="stylesheet" href="/static/build/{entry}">')


def visit() -> HttpRequest:
    request = RequestFactory().get("/lapor?x=1")
    request.user = AnonymousUser()
    return request


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_an_error_page_needs_nothing_to_be_shown(name: str, language: str) -> None:
    with translation.override(language):
        html = get_template(name).render()  # no request, no context: all may be broken
    outline = Outline(html)
    assert outline.open == []
    assert outline.seen.count("h1") == 1
    assert f'<html lang="{language}"' in html
    assert "tel:112" in html  # whoever lands here may be in need


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_speaks_the_readers_language(name: str) -> None:
    heading = re.compile(r"<h1>(.*?)</h1>")
    said = []
    for language in ("id", "en"):
        with translation.override(language):
            found = heading.search(get_template(name).render())
            assert found is not None
            said.append(found[1])
    assert said[0] != said[1]


def test_a_refusal_says_why_when_the_view_said_so() -> None:
    html = render_to_string("403.html", {"exception": "Laporan ini dibatasi untuk Inspektorat."}, request=visit())
    assert "Laporan ini dibatasi untuk Inspektorat." in html


@pytest.mark.parametrize("base", ["site_base", "desk_base", "wall_base"])
def test_a_base_page_is_well_formed_and_has_its_landmarks(base: str) -> None:
    html = render_to_string(f"shared/{base}.html", {}, request=visit())
    outline = Outline(html)
    assert outline.open == []
    assert '<meta name="viewport"' in html
    assert "data-icons=" in html
    assert "main" in outline.seen or base == "desk_base"  # the desk's pages bring their own main


def test_sample_data_is_marked_on_every_surface_that_people_read() -> None:
    for base in ("site_base", "desk_base"):
        with translation.override("id"):
            assert "Data contoh" in render_to_string(f"shared/{base}.html", {"demo": True}, request=visit())


def test_the_other_language_is_one_button_away_and_comes_back_to_the_same_page() -> None:
    with translation.override("id"):
        html = render_to_string("shared/language.html", {}, request=visit())
    assert 'value="en" lang="en">English' in html
    assert 'name="next" value="/lapor?x=1"' in html
    with translation.override("en"):
        assert 'lang="id">Bahasa Indonesia' in render_to_string("shared/language.html", {}, request=visit())


class Report(Form):
    words = CharField(label="Apa yang terjadi?", help_text="Cukup satu kalimat.")
    agree = BooleanField(label="Setuju", required=False)


def field(form: Form, name: str) -> str:
    return Template('{% include "shared/field.html" with field=field %}').render(Context({"field": form[name]}))


def test_a_field_ties_its_label_and_its_help_to_the_input() -> None:
    html = field(Report(), "words")
    assert '<label for="id_words">' in html
    assert 'aria-describedby="id_words_helptext"' in html
    assert 'id="id_words_helptext"' in html


def test_a_wrong_field_says_so_in_shape_and_words() -> None:
    html = field(Report({"words": ""}), "words")
    assert 'class="field bad"' in html
    assert 'aria-invalid="true"' in html
    assert "#octagon" in html


def test_what_a_person_typed_cannot_become_markup() -> None:
    assert "<script>" not in field(Report({"words": "<script>"}), "words")


def test_a_box_to_tick_has_its_words_beside_it() -> None:
    assert 'class="tick" for="id_agree"' in field(Report(), "agree")


def element(source: str, **values: object) -> str:
    origin = Origin("test", template_name="test.html")  # allauth asks which template an element stands in
    return Template("{% load allauth %}" + source, origin=origin).render(Context(values))


@pytest.mark.parametrize(
    ("tags", "classes"),
    [
        ("prominent,login", "btn main"),
        ("danger,delete", "btn danger"),
        ("link,cancel", "btn quiet"),
        ("secondary,panel", "btn"),
    ],
)
def test_account_buttons_wear_the_houses_classes(tags: str, classes: str) -> None:
    html = element('{% element button type="submit" tags=tags %}Masuk{% endelement %}', tags=tags)
    assert f'<button class="{classes}" type="submit">Masuk</button>' in html


def test_a_link_among_account_buttons_is_a_link() -> None:
    html = element('{% element button href="/akun/" %}Lihat{% endelement %}')
    assert html.strip() == '<a href="/akun/" class="btn">Lihat</a>'


def test_account_forms_show_every_error_once() -> None:
    form = Report({"words": ""})
    form.add_error(None, "Nama pengguna atau kata sandi salah.")
    html = element("{% element fields form=form %}{% endelement %}", form=form)
    assert html.count("Nama pengguna atau kata sandi salah.") == 1
    assert html.count('class="error"') == 1
    assert 'role="alert"' in html


def test_the_sign_in_page_tells_citizens_that_they_need_no_account() -> None:
    with translation.override("id"):
        html = render_to_string("account/login.html", {"form": Report()}, request=visit())
    assert "Untuk melapor tidak perlu akun." in html
    assert Outline(html).open == []
