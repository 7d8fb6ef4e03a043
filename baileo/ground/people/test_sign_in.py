"""At the door: who comes in, who is turned away, and what is remembered of it."""

from __future__ import annotations

import time
from datetime import timedelta
from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from pytest_django import DjangoCaptureOnCommitCallbacks

from baileo.core.clock import now
from baileo.ground.ledger.models import Entry
from baileo.ground.people.backends import let_through
from baileo.ground.people.forms import SignInForm
from baileo.ground.people.jobs import forget_sessions
from baileo.ground.people.models import User
from baileo.ground.people.selectors import needs_mfa
from baileo.ground.people.services import user_deactivate
from baileo.ground.people.testing import PASSWORD, Cast, cast, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("baileo.ground.people.testing_urls")]

LOGIN = "/accounts/login/"
ACTIVATE = "/accounts/2fa/totp/activate/"
SECOND = "/accounts/2fa/authenticate/"


@pytest.fixture
def people() -> Cast:
    everybody = cast()
    for person in everybody.people():
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return everybody


def knock(client: Client, name: str, password: str = PASSWORD, **more: str):  # type: ignore[no-untyped-def]
    return client.post(LOGIN, {"login": name, "password": password, **more})


def who_is_in(client: Client) -> str:
    user = client.get("/desk/").wsgi_request.user
    return user.get_username() if isinstance(user, User) else ""


def kinds() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("kind", flat=True))


class TestComingIn:
    @pytest.mark.parametrize("name", ["cora", "CORA", " cora ", "cora@ambon.example", "Cora@Ambon.Example"])
    def test_by_user_name_or_address_in_any_case(self, client: Client, people: Cast, name: str) -> None:
        assert knock(client, name).status_code == HTTPStatus.FOUND
        assert who_is_in(client) == "cora"

    def test_is_recorded_with_the_way_it_was_done(self, client: Client, people: Cast) -> None:
        knock(client, "cora")
        entry = Entry.objects.get()
        me = f"user:{people.cora.pk}"
        assert (entry.kind, entry.subject, entry.actor, entry.data) == (
            "people.signed_in", me, me, {"with": "password"},
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("who", "door"),
        [
            ("cora", "/desk/"),
            ("opi", "/desk/"),
            ("ana", "/desk/"),
            ("audi", "/desk/"),
            ("wall", "/wall/"),
            ("nobody", "/"),
        ],
    )
    def test_leads_to_the_first_door_that_opens(self, client: Client, people: Cast, who: str, door: str) -> None:
        assert knock(client, who)["Location"] == door

    def test_goes_on_to_where_the_person_wanted_to_go(self, client: Client, people: Cast) -> None:
        assert knock(client, "cora", next="/office/x/")["Location"] == "/office/x/"

    def test_never_goes_on_to_another_site(self, client: Client, people: Cast) -> None:
        assert knock(client, "cora", next="https://evil.example/")["Location"] == "/desk/"

    def test_speaks_the_persons_language(self, client: Client, people: Cast) -> None:
        User.objects.filter(username="cora").update(language="en")
        assert knock(client, "cora").cookies["django_language"].value == "en"

    def test_lasts_one_shift_at_the_server(self, client: Client, people: Cast) -> None:
        knock(client, "cora")
        until = Session.objects.get().expire_date
        assert timedelta(hours=11, minutes=55) < until - now() <= timedelta(hours=12)

    def test_ends_with_the_browser_unless_the_person_says_otherwise(self, client: Client, people: Cast) -> None:
        assert knock(client, "cora").cookies["sessionid"]["max-age"] == ""
        client.logout()
        assert knock(client, "cora", remember="on").cookies["sessionid"]["max-age"] == 12 * 3600

    def test_ends_when_the_shift_is_over(self, client: Client, people: Cast) -> None:
        knock(client, "cora")
        Session.objects.update(expire_date=now() - timedelta(seconds=1))
        assert who_is_in(client) == ""

    def test_ends_with_the_account(self, client: Client, people: Cast) -> None:
        knock(client, "cora")
        user_deactivate(user=people.cora, actor=people.ana)
        assert who_is_in(client) == ""

    def test_old_sessions_are_forgotten_at_night(self, client: Client, people: Cast) -> None:
        knock(client, "cora")
        knock(Client(), "supi")
        Session.objects.filter(pk=client.session.session_key).update(expire_date=now() - timedelta(days=1))
        forget_sessions(0)
        assert Session.objects.count() == 1


class TestTheForm:
    def test_says_what_to_type_and_how_long_it_lasts(self) -> None:
        with translation.override("en"):
            form = SignInForm()
            labels = {name: str(field.label) for name, field in form.fields.items()}
        assert labels == {
            "login": "User name or e-mail",
            "password": "Password",
            "remember": "Keep me signed in for this shift (12 hours)",
        }

    def test_lets_password_keepers_find_both_fields(self) -> None:
        widgets = [field.widget.attrs.get("autocomplete") for field in SignInForm().fields.values()]
        assert widgets == ["username", "current-password", None]


class TestBeingTurnedAway:
    def test_a_wrong_password_opens_nothing(self, client: Client, people: Cast) -> None:
        assert knock(client, "cora", "wrong").status_code == HTTPStatus.OK
        assert who_is_in(client) == ""

    def test_is_recorded_against_the_account_when_there_is_one(self, client: Client, people: Cast) -> None:
        knock(client, "cora@ambon.example", "wrong")
        entry = Entry.objects.get()
        assert (entry.kind, entry.subject, entry.actor) == (
            "people.sign_in_refused", f"user:{people.cora.pk}", "visitor",
        )  # fmt: skip

    def test_is_recorded_without_what_was_typed_and_without_the_address(self, client: Client, people: Cast) -> None:
        knock(client, "my-secret-password", "x")
        stored = str(list(Entry.objects.values()))
        assert "user:unknown" in stored
        assert "secret" not in stored
        assert "127.0.0.1" not in stored

    def test_the_same_name_leaves_the_same_fingerprint(self, client: Client, people: Cast) -> None:
        for name in ("stranger", "Stranger", "other"):
            knock(client, name, "x")
        first, again, other = (entry.data["name"] for entry in Entry.objects.order_by("id"))
        assert first == again != other

    def test_a_closed_account_stays_outside_even_with_the_right_password(self, client: Client, people: Cast) -> None:
        User.objects.filter(username="cora").update(is_active=False)
        assert knock(client, "cora")["Location"] == "/accounts/inactive/"
        assert who_is_in(client) == ""

    def test_after_five_failures_the_right_password_does_not_help_either(self, client: Client, people: Cast) -> None:
        for _ in range(5):
            knock(client, "cora", "wrong")
        response = knock(client, "cora")
        assert response.status_code == HTTPStatus.OK
        assert who_is_in(client) == ""
        assert kinds() == ["people.sign_in_refused"] * 5  # the sixth was not even tried

    def test_failures_of_one_account_do_not_lock_others_out(self, client: Client, people: Cast) -> None:
        for _ in range(5):
            knock(client, "cora", "wrong")
        knock(client, "supi")
        assert who_is_in(client) == "supi"

    def test_one_address_cannot_try_many_names(self, client: Client, people: Cast) -> None:
        for number in range(10):
            knock(client, f"name-{number}", "wrong")
        knock(client, "cora")
        assert who_is_in(client) == ""
        knock(Client(REMOTE_ADDR="198.51.100.7"), "cora")
        assert kinds()[-1] == "people.signed_in"

    def test_good_sign_ins_use_up_no_attempts(self, people: Cast) -> None:
        for _ in range(12):
            client = Client()
            knock(client, "cora")
            assert who_is_in(client) == "cora"


class TestOtherDoors:
    @pytest.mark.parametrize(
        "name", ["account_signup", "account_email", "account_reset_password", "socialaccount_connections"]
    )
    def test_pages_that_administrators_replace_do_not_exist(self, name: str) -> None:
        with pytest.raises(NoReverseMatch):
            reverse(name)

    def test_djangos_form_which_wagtails_own_page_uses_lets_nobody_in(self, people: Cast, rf: RequestFactory) -> None:
        form = AuthenticationForm(rf.post("/office/login/"), data={"username": "ana", "password": PASSWORD})
        assert not form.is_valid()

    def test_a_password_counts_only_behind_the_limits(self, people: Cast, rf: RequestFactory) -> None:
        assert authenticate(rf.post("/"), username="ana", password=PASSWORD) is None
        let_through(request := rf.post("/"))
        assert authenticate(request, username="ana", password=PASSWORD) == people.ana


class TestSecondFactor:
    @pytest.fixture
    def key(self, people: Cast) -> str:
        secret: str = generate_totp_secret()
        TOTP.activate(people.ana, secret)
        RecoveryCodes.activate(people.ana)
        return secret

    def test_a_password_alone_does_not_open_any_more(self, client: Client, key: str) -> None:
        assert knock(client, "ana")["Location"].startswith(SECOND)
        assert who_is_in(client) == ""
        assert kinds() == []

    def test_the_code_of_the_moment_opens(self, client: Client, key: str) -> None:
        knock(client, "ana")
        assert client.post(SECOND, {"code": code_now(key)}).status_code == HTTPStatus.FOUND
        assert who_is_in(client) == "ana"
        assert Entry.objects.get().data == {"with": "password,mfa"}

    def test_a_wrong_code_does_not(self, client: Client, key: str) -> None:
        knock(client, "ana")
        wrong = f"{(int(code_now(key)) + 1) % 1_000_000:06d}"
        assert client.post(SECOND, {"code": "x" + wrong}).status_code == HTTPStatus.OK
        assert who_is_in(client) == ""

    def test_a_code_opens_once(self, client: Client, key: str) -> None:
        code = code_now(key)
        for browser in (client, Client()):
            knock(browser, "ana")
            browser.post(SECOND, {"code": code})
        assert kinds() == ["people.signed_in"]

    def test_a_recovery_code_opens_once(self, client: Client, people: Cast, key: str) -> None:
        codes = RecoveryCodes(Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES))
        code = codes.get_unused_codes()[0]
        for browser in (client, Client()):
            knock(browser, "ana")
            browser.post(SECOND, {"code": code})
        assert kinds() == ["people.signed_in"]
        assert who_is_in(client) == "ana"

    def test_guessing_codes_is_limited(self, client: Client, key: str) -> None:
        knock(client, "ana")
        for _ in range(5):
            client.post(SECOND, {"code": "nonsense"})
        client.post(SECOND, {"code": code_now(key)})
        assert who_is_in(client) == ""

    def test_keys_lie_sealed_in_the_database(self, key: str) -> None:
        assert key not in str(list(Authenticator.objects.values()))

    def test_cannot_be_set_up_on_a_desk_left_open(self, client: Client, people: Cast) -> None:
        sign_in(client, people.audi)
        assert client.get(ACTIVATE)["Location"].startswith("/accounts/reauthenticate/")

    def test_is_set_up_by_who_knows_the_password_and_recorded(
        self, client: Client, people: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        sign_in(client, people.audi)
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        client.get(ACTIVATE)
        with django_capture_on_commit_callbacks(execute=True):
            client.post(ACTIVATE, {"code": code_now(client.session["mfa.totp.secret"])})
        assert not needs_mfa(people.audi)
        assert Authenticator.objects.filter(user=people.audi).count() == 2  # the app and its recovery codes
        changed = Entry.objects.filter(kind="people.credentials_changed", subject=f"user:{people.audi.pk}")
        assert {"what": "totp_activated"} in [entry.data for entry in changed]


def code_now(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


class TestOwnPassword:
    NEW = "gong-perdamaian-dunia"

    def change(self, client: Client, old: str) -> None:
        form = {"oldpassword": old, "password1": self.NEW, "password2": self.NEW}
        client.post("/accounts/password/change/", form)

    def test_is_changed_by_who_knows_the_old_one_and_recorded(self, client: Client, people: Cast) -> None:
        knock(client, "cora")
        self.change(client, PASSWORD)
        assert User.objects.get(username="cora").check_password(self.NEW)
        assert Entry.objects.latest("id").data == {"what": "password_changed"}

    def test_stays_for_who_does_not(self, client: Client, people: Cast) -> None:
        sign_in(client, people.cora)
        self.change(client, "guess")
        assert User.objects.get(username="cora").check_password(PASSWORD)

    def test_a_change_ends_the_other_sessions(self, client: Client, people: Cast) -> None:
        other = Client()
        knock(other, "cora")
        knock(client, "cora")
        self.change(client, PASSWORD)
        assert (who_is_in(client), who_is_in(other)) == ("cora", "")
