"""A wall screen stands in a public hall: it never asks for a password, and can open nothing but the wall."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from baileo.core.clock import now
from baileo.ground.people.middleware import WALL_SESSION_S, WallAccountsStayOnTheWall
from baileo.ground.people.models import User
from baileo.ground.people.roles import Role
from baileo.ground.people.services import membership_take
from baileo.ground.people.testing import a_person, cast, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("baileo.ground.people.testing_urls")]

OPEN = [
    "/wall/",
    "/wall/snapshot/",
    "/stream/",
    "/files/token",
    "/static/build/wall.js",
    "/i18n/setlang/",
    "/accounts/logout/",
]
CLOSED = [
    "/", "/desk/", "/desk/requests/2026-000123/", "/office/", "/accounts/login/", "/accounts/password/change/",
    "/accounts/2fa/", "/accounts/reauthenticate/", "/healthz", "/hooks/telegram/main", "/wallet/", "/wall", "//wall/",
    "/desk/../wall/", "/WALL/",
]  # fmt: skip


class Through:
    """One request through the middleware alone; `reached` says whether a view was called."""

    def __init__(self, user: User | AnonymousUser, path: str, method: str = "GET", *, with_cookie: bool = True) -> None:
        self.reached = False
        self.request = RequestFactory().generic(method, path)
        self.request.user = user
        self.request.session = SessionStore()
        if with_cookie:
            self.request.COOKIES["sessionid"] = "x"
        self.response = WallAccountsStayOnTheWall(self._view)(self.request)

    def _view(self, request: HttpRequest) -> HttpResponse:
        self.reached = True
        return HttpResponse("ok")


@pytest.fixture
def wall() -> User:
    return a_person("wall", Role.WALL)


@pytest.mark.parametrize("path", OPEN)
def test_a_wall_reaches_what_it_shows(wall: User, path: str) -> None:
    assert Through(wall, path).reached


@pytest.mark.parametrize("path", CLOSED)
def test_a_wall_that_goes_elsewhere_is_led_back(wall: User, path: str) -> None:
    through = Through(wall, path)
    assert not through.reached
    assert (through.response.status_code, through.response["Location"]) == (302, "/wall/")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_wall_that_sends_something_elsewhere_is_refused(wall: User, method: str) -> None:
    for path in CLOSED:
        with pytest.raises(PermissionDenied):
            Through(wall, path, method)


@pytest.mark.parametrize("who", ["ana", "cora", "tara", "opi", "odi", "supi", "lea", "edi", "audi", "nobody"])
def test_nobody_else_is_held_back(who: str) -> None:
    through = Through(getattr(cast(), who), "/desk/")
    assert through.reached
    assert through.request.session.get_expiry_age() != WALL_SESSION_S


def test_a_stranger_costs_no_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert Through(AnonymousUser(), "/", with_cookie=False).reached


def test_a_wall_that_becomes_a_person_walks_free() -> None:
    wall = a_person("wall", Role.WALL)
    membership_take(membership=wall.memberships.get(), actor="system:test")
    assert Through(wall, "/").reached


class TestTheSession:
    def test_lasts_as_long_as_browsers_allow(self, client: Client, wall: User) -> None:
        response = sign_in(client, wall).get("/wall/")
        assert response.cookies["sessionid"]["max-age"] == WALL_SESSION_S
        assert Session.objects.get().expire_date > now() + timedelta(days=399)

    def test_begins_anew_every_day_and_writes_nothing_in_between(self, client: Client, wall: User) -> None:
        sign_in(client, wall).get("/wall/")
        assert "sessionid" not in client.get("/wall/").cookies
        session = client.session
        session["wall_renewed_on"] = "2026-01-01"
        session.save()
        assert client.get("/wall/").cookies["sessionid"]["max-age"] == WALL_SESSION_S

    def test_ends_when_the_wall_signs_out(self, client: Client, wall: User) -> None:
        sign_in(client, wall).get("/wall/")
        client.post("/accounts/logout/")
        assert "_auth_user_id" not in client.session

    def test_ends_when_the_account_is_closed(self, client: Client, wall: User) -> None:
        sign_in(client, wall).get("/wall/")
        User.objects.update(is_active=False)
        assert not client.get("/wall/").wsgi_request.user.is_authenticated


def test_through_the_whole_product_a_wall_sees_the_wall_only(client: Client, wall: User) -> None:
    sign_in(client, wall)
    assert client.get("/wall/").content == b"here: /wall/"
    for path in ("/", "/desk/", "/office/", "/accounts/2fa/"):
        assert client.get(path)["Location"] == "/wall/"


def test_a_person_of_the_desk_is_not_led_to_the_wall(client: Client) -> None:
    sign_in(client, cast().cora)
    assert client.get("/desk/").content == b"here: /desk/"
