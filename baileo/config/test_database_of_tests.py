"""The test database itself."""

from __future__ import annotations

import socket

import pytest
from django.db import connection


@pytest.mark.django_db
def test_tests_run_on_a_real_postgresql_18() -> None:
    with connection.cursor() as cursor:
        cursor.execute("show server_version")
        assert cursor.fetchone()[0].startswith("18")


def test_a_test_cannot_reach_the_world() -> None:
    with pytest.raises(RuntimeError, match="Tests run without network"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
