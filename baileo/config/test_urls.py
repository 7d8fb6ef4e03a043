"""Which doors the house has, and which it does not."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/accounts/signup/", "/accounts/password/reset/", "/accounts/email/", "/account/login/"]
)
def test_nobody_signs_up_or_resets_a_password_by_letter(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_staff_sign_in_where_the_terminal_says(client: Client) -> None:
    assert client.get("/accounts/login/").status_code == 200


@pytest.mark.parametrize("path", ["/office/login/", "/office/pages/", "/office/images/", "/office/users/"])
def test_wagtails_own_doors_stay_shut(client: Client, path: str) -> None:
    assert client.get(path).status_code in {302, 404}
