"""No address that anybody can open says anything about a request that was not published, or about a person.

Every address of the product is asked without signing in, found from the URL configuration itself, so that a page added
tomorrow is asked as well.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baileo.city.service_requests import services
from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.services import Place, Reporter
from baileo.city.service_requests.testing import SYSTEM, a_request
from baileo.ground.people.models import User
from baileo.ground.people.testing import a_person

pytestmark = pytest.mark.django_db
State = ServiceRequest.State
PERSON = "Yohana Planted"
PHONE = "+6281299887766"
FORBIDDEN = (PERSON, "Yohana", PHONE, PHONE[-8:], "0812-9988-7766", "planted@example.invalid")


def addresses(number: str, resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Every address in the URL configuration, its variables filled with things that exist."""
    fillers = {
        "number": number,
        "submission_id": str(uuid.uuid4()),
        "token": "forged",
        "step": "verify",
        "deed": "retry",
    }
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(number, pattern, prefix + plain(pattern, fillers))
        elif isinstance(pattern, URLPattern):
            yield prefix + plain(pattern, fillers)


def plain(pattern: URLPattern | URLResolver, fillers: dict[str, str]) -> str:
    route = str(pattern.pattern)
    for name in pattern.pattern.converters:
        value = fillers.get(name, "1")
        for kind in ("str", "int", "uuid", "slug", "path", ""):
            route = route.replace(f"<{kind}:{name}>" if kind else f"<{name}>", value)
    return route.strip("^$\\Z").replace("\\", "")


def everything_said(client: Client, number: str) -> str:
    said = []
    for address in sorted(set(addresses(number))):
        if any(sign in address for sign in "<(?["):
            continue  # a regular expression of a library: its own variables cannot be guessed
        answer = client.get(f"/{address}", {"q": "Batu Merah", "number": number})
        body = b"".join(answer) if answer.streaming else answer.content
        said.append(f"{answer.status_code} {dict(answer.headers)} {body.decode(errors='replace')}")
    return "\n".join(said)


@pytest.fixture
def editor(db: None) -> User:
    return a_person("edi", "editor")


words = st.text(alphabet=st.characters(whitelist_categories=("Ll", "Lu"), max_codepoint=127), min_size=14, max_size=22)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    secret=words,
    state=st.sampled_from([state for state in State if state != State.DUPLICATE]),
    is_confidential=st.booleans(),
    is_anonymous=st.booleans(),
    is_published=st.booleans(),
)
def test_no_public_address_tells_a_secret_or_a_person(
    editor: User, secret: str, state: str, is_confidential: bool, is_anonymous: bool, is_published: bool
) -> None:
    is_public = is_published and not is_confidential
    request = a_request(
        state,
        title=f"judul{secret}",
        description=f"isi{secret} {PERSON} {PHONE} planted@example.invalid",
        place=Place(lon_deg=128.190001, lat_deg=-3.690001, landmark_text=f"patokan{secret}"),
        reporter=Reporter(name=PERSON, phone=PHONE),
        is_confidential=is_confidential,
        is_anonymous=is_anonymous,
    )
    request = services.request_set_tags(
        number=request.number, seen_version=request.version, actor=SYSTEM, tags=[f"tanda{secret}"]
    )
    if is_public:
        services.request_publish(
            number=request.number, seen_version=request.version, actor=editor, public_text=f"umum{secret}"
        )
    for language in ("id", "en"):
        with translation.override(language):
            said = everything_said(Client(HTTP_ACCEPT_LANGUAGE=language), request.number)
        for planted in (f"judul{secret}", f"isi{secret}", f"patokan{secret}", f"tanda{secret}", *FORBIDDEN):
            assert planted not in said
        assert (f"umum{secret}" in said) == is_public, "the cleared text is public when published, and only then"
        assert "128.190001" not in said
        assert "-3.690001" not in said
        assert request.track_code not in said


def test_a_right_number_with_a_wrong_code_looks_like_no_number_at_all(client: Client) -> None:
    request = a_request()
    wrong = client.post("/lacak/", {"number": request.number, "code": "ZZZZZZZZ"})
    unknown = client.post("/lacak/", {"number": "2026-999999", "code": "ZZZZZZZZ"})
    assert wrong.status_code == unknown.status_code == 404
    same = wrong.content.decode().replace(request.number, "N").replace("2026-999999", "N")
    assert strip_tokens(same) == strip_tokens(unknown.content.decode().replace("2026-999999", "N"))


def strip_tokens(page: str) -> list[str]:
    return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]


def test_the_tracking_page_opens_only_in_the_browser_that_gave_the_code(client: Client) -> None:
    request = a_request()
    assert client.post("/lacak/", {"number": request.number, "code": request.track_code}).status_code == 302
    assert request.number in client.get(f"/lacak/{request.number}/").content.decode()
    stranger = Client().get(f"/lacak/{request.number}/")
    assert 'class="track"' not in stranger.content.decode()
