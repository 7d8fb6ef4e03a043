"""Our answers where django-allauth asks: who may enter, what is remembered of it, where people go then."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from baileo.core.sealed import seal, unseal
from baileo.ground.people.address import client_address
from baileo.ground.people.backends import let_through
from baileo.ground.people.models import User
from baileo.ground.people.selectors import permissions_of
from baileo.ground.people.services.sign_ins import (
    credentials_changed_record,
    sign_in_record,
    sign_in_refused_record,
)

# Where somebody goes after sign-in: the first door that opens
DOORS = (("desk.open", "/desk/"), ("office.open", "/office/"), ("wall.view", "/wall/"))


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by administrators; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)  # raises when tried too often
        let_through(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        typed = str(credentials.get("username") or credentials.get("email") or "")
        user = User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed)).first() if typed else None
        sign_in_refused_record(typed=typed, address=client_address(request), user=user)

    def login(self, request: HttpRequest, user: User) -> None:
        methods = [record["method"] for record in get_authentication_records(request, user)]
        super().login(request, user)
        sign_in_record(user=user, methods=methods)

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **how)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, max_age=settings.SESSION_COOKIE_AGE)
        return response

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        held = permissions_of(request.user)
        return next((path for permission, path in DOORS if permission in held), "/")

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **options: Any) -> None:
        """allauth calls this whenever somebody changed how they sign in, whether or not mail is set up."""
        credentials_changed_record(user=user, what=template_prefix.rpartition("/")[2])
        super().send_notification_mail(template_prefix, user, *args, **options)


class CitySignInAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """The city's own sign-in (OIDC) opens accounts that exist; it makes none and joins none to a stranger."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.state.get("process", AuthProcess.LOGIN) != AuthProcess.LOGIN:
            raise ImmediateHttpResponse(redirect("account_login"))  # no joining by hand: e-mail decides
        if sociallogin.is_existing:
            return
        user = staff_by_verified_email(sociallogin)
        if user:
            sociallogin.connect(request, user)
        else:  # allauth then shows that sign-up is closed
            uid = f"{sociallogin.account.provider}:{sociallogin.account.uid}"
            sign_in_refused_record(typed=uid, address=client_address(request))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False


def staff_by_verified_email(sociallogin: SocialLogin) -> User | None:
    """The one active account with an address that the provider says it has verified."""
    # `is True`: some providers send the word "false", which Python takes for yes
    verified = [address.email for address in sociallogin.email_addresses if address.verified is True]
    return next((user for email in verified for user in User.objects.filter(email__iexact=email, is_active=True)), None)


class SealedMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keys of authenticator apps lie sealed in the database, so a stolen copy opens nothing."""

    def encrypt(self, text: str) -> str:
        return seal(settings.SECRET_KEY, {"key": text})

    def decrypt(self, encrypted_text: str) -> str:
        opened = unseal(settings.SECRET_KEY, encrypted_text, older_keys=settings.SECRET_KEY_FALLBACKS)
        return str(opened["key"])
