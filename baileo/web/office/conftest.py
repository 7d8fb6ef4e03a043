"""The cast of the house; Ana the administrator and Audi the auditor are signed in where a test asks for them."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from baileo.ground.people.testing import Cast, cast, sign_in


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


@pytest.fixture
def ana(people: Cast) -> Client:
    """The administrator's browser."""
    return sign_in(Client(), people.ana)


@pytest.fixture
def audi(people: Cast) -> Client:
    """The auditor's."""
    return sign_in(Client(), people.audi)


@pytest.fixture(autouse=True)
def _places_are_read_afresh(settings: Settings) -> None:
    settings.PLACES_CHECK_EVERY_S = 0
