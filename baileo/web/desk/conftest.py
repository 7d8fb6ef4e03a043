"""The cast of the house and a request each desk test can work on."""

from __future__ import annotations

import pytest
from django.test import Client

from baileo.city.service_requests.models import ServiceRequest
from baileo.city.service_requests.testing import a_request, a_service
from baileo.ground.people.testing import Cast, cast, sign_in


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


@pytest.fixture
def request_new(people: Cast) -> ServiceRequest:
    a_service()
    return a_request(description="Lampu jalan mati di depan pasar Mardika, gelap sekali")


@pytest.fixture
def cora(client: Client, people: Cast) -> Client:
    """The coordinator, signed in."""
    return sign_in(client, people.cora)
