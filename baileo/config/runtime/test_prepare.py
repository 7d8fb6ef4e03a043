"""Before the processes start."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from baileo.config.environment import Environment
from baileo.config.runtime import prepare as steps
from baileo.ground.people.models import Agency, User
from baileo.ground.places.models import Area

PASSWORD = "a long walk to Latuhalat"


@pytest.fixture
def prepared(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run every step; what the terminal shows."""

    def run(**settings: str) -> str:
        steps.prepare(Environment(**settings))
        return capsys.readouterr().out

    return run


@pytest.mark.django_db
def test_an_empty_database_becomes_a_city(prepared: Callable[..., str]) -> None:
    prepared()
    assert Area.objects.filter(code__startswith="81.71").count() >= 56  # the city, 5 kecamatan, 50 villages
    assert Agency.objects.exists()


@pytest.mark.django_db
def test_the_first_password_is_shown_once(prepared: Callable[..., str]) -> None:
    assert "First administrator: " in prepared()
    assert prepared() == ""


@pytest.mark.django_db
def test_a_given_password_is_taken_and_not_shown(prepared: Callable[..., str]) -> None:
    assert prepared(admin_password=PASSWORD) == ""
    assert [user.check_password(PASSWORD) for user in User.objects.all()] == [True]


@pytest.mark.django_db
def test_preparing_again_changes_nothing(prepared: Callable[..., str]) -> None:
    prepared()
    before = (Area.objects.count(), Agency.objects.count(), User.objects.count())
    prepared()
    assert (Area.objects.count(), Agency.objects.count(), User.objects.count()) == before
