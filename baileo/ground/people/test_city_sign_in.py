"""The city's own sign-in (OIDC): opens accounts that exist, for addresses the provider has verified; nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.core import context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal.flows.login import complete_login
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base import AuthProcess
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from baileo.ground.ledger.models import Entry
from baileo.ground.people.models import User
from baileo.ground.people.testing import PASSWORD, Cast, cast

pytestmark = [pytest.mark.django_db, pytest.mark.urls("baileo.ground.people.testing_urls")]

APP = {
    "provider_id": "city",
    "name": "SSO",
    "client_id": "x",
    "secret": "y",
    "settings": {"server_url": "https://id.example"},
}


@pytest.fixture(autouse=True)
def provider(settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [APP]}}


@pytest.fixture
def people() -> Cast:
    return cast()


def a_request(user: User | None = None) -> HttpRequest:
    request = RequestFactory().get("/accounts/oidc/city/login/callback/")
    request.session = SessionStore()
    request.user = user or AnonymousUser()
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    request.allauth = type("Space", (), {})()  # type: ignore[attr-defined]
    return request


def come_back(
    email: str, *, verified: Any = True, uid: str = "77", process: str = AuthProcess.LOGIN, user: User | None = None
) -> tuple[HttpRequest, HttpResponse]:
    """What happens after the provider has sent the person back with these claims."""
    request = a_request(user)
    with context.request_context(request):
        claims = {"sub": uid, "email": email, "email_verified": verified, "name": "Somebody"}
        city = get_adapter().get_provider(request, "city")
        login = city.sociallogin_from_response(request, {"userinfo": claims})
        login.state = {"process": process}
        return request, complete_login(request, login)


def who_is_in(request: HttpRequest) -> str:
    return request.user.username if request.user.is_authenticated else ""


def test_a_verified_address_opens_the_account_of_that_address(people: Cast) -> None:
    request, response = come_back("Cora@Ambon.Example")
    assert (who_is_in(request), response["Location"]) == ("cora", "/desk/")
    assert SocialAccount.objects.get().user == people.cora


def test_it_is_recorded_like_any_sign_in(people: Cast) -> None:
    come_back(people.cora.email)
    entry = Entry.objects.get(kind="people.signed_in")
    assert (entry.subject, entry.data) == (f"user:{people.cora.pk}", {"with": "socialaccount"})


def test_the_password_of_the_account_stays(people: Cast) -> None:
    come_back(people.cora.email)
    assert User.objects.get(pk=people.cora.pk).check_password(PASSWORD)


def test_the_second_time_the_providers_number_decides_not_the_address(people: Cast) -> None:
    come_back(people.cora.email)
    request, _ = come_back("moved@elsewhere.example")
    assert who_is_in(request) == "cora"
    assert SocialAccount.objects.count() == 1


@pytest.mark.parametrize("verified", [False, None, "", "false", "true", 1, 0])
def test_an_address_that_is_not_plainly_verified_opens_nothing(people: Cast, verified: object) -> None:
    request, _ = come_back(people.cora.email, verified=verified)
    assert who_is_in(request) == ""
    assert not SocialAccount.objects.exists()


def test_a_stranger_gets_no_account(people: Cast) -> None:
    before = User.objects.count()
    request, _ = come_back("stranger@elsewhere.example")
    assert who_is_in(request) == ""
    assert User.objects.count() == before
    assert not SocialAccount.objects.exists()


def test_a_stranger_is_recorded_without_a_name(people: Cast) -> None:
    come_back("stranger@elsewhere.example")
    entry = Entry.objects.get()
    assert (entry.kind, entry.subject) == ("people.sign_in_refused", "user:unknown")
    assert "stranger" not in str(entry.data)


def test_a_closed_account_stays_closed(people: Cast) -> None:
    User.objects.filter(username="cora").update(is_active=False)
    request, _ = come_back(people.cora.email)
    assert who_is_in(request) == ""
    assert not SocialAccount.objects.exists()


def test_an_account_closed_later_stays_outside_too(people: Cast) -> None:
    come_back(people.cora.email)
    User.objects.filter(username="cora").update(is_active=False)
    request, response = come_back(people.cora.email)
    assert who_is_in(request) == ""
    assert response["Location"] == "/accounts/inactive/"


@pytest.mark.parametrize("process", [AuthProcess.CONNECT, AuthProcess.REDIRECT])
def test_nobody_joins_a_foreign_identity_to_the_own_account(people: Cast, process: str) -> None:
    _, response = come_back("other@elsewhere.example", process=process, user=people.cora)
    assert response["Location"] == "/accounts/login/"
    assert not SocialAccount.objects.exists()
