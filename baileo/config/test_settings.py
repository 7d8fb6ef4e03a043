"""Django's settings as an installation would have them."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from baileo.config.environment import EnvironmentRefused
from baileo.config.testing import a_folder, without_settings

SETTINGS = Path(__file__).with_name("settings.py")


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Call with BAILEO_* values to get the settings of such an installation."""

    def read(**variables: str) -> dict[str, Any]:
        for name in [name for name in os.environ if name.startswith("BAILEO_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("BAILEO_DATA_DIR", str(tmp_path))
        for name, value in variables.items():
            monkeypatch.setenv(f"BAILEO_{name}", value)
        return runpy.run_path(str(SETTINGS))

    return read


def test_behind_tls_cookies_travel_by_tls_only_and_browsers_remember(settings_of: Any) -> None:
    found = settings_of(PUBLIC_URL="https://lapor.ambon.go.id", TRUSTED_PROXIES="127.0.0.1")
    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_HSTS_SECONDS"] >= 30 * 24 * 3600
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://lapor.ambon.go.id"]


def test_on_a_laptop_people_can_sign_in_without_tls(settings_of: Any) -> None:
    found = settings_of()
    assert not found["SESSION_COOKIE_SECURE"]
    assert found["SECURE_HSTS_SECONDS"] == 0


def test_only_named_hosts_are_answered(settings_of: Any) -> None:
    found = settings_of(PUBLIC_URL="https://lapor.ambon.go.id", ALLOWED_HOSTS="desk.ambon.go.id")
    assert "*" not in found["ALLOWED_HOSTS"]
    assert {"lapor.ambon.go.id", "desk.ambon.go.id"} <= set(found["ALLOWED_HOSTS"])


def test_nobody_can_claim_tls_by_a_header_of_their_own(settings_of: Any) -> None:
    assert "SECURE_PROXY_SSL_HEADER" not in settings_of(TRUSTED_PROXIES="127.0.0.1")


def test_pages_allow_no_inline_script_and_no_foreign_code(settings_of: Any) -> None:
    directives = settings_of()["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    allowed = {source for name in ("default-src", "script-src", "style-src") for source in directives[name]}
    assert allowed == {"'self'"}
    assert directives["object-src"] == directives["frame-ancestors"] == directives["base-uri"] == ["'none'"]


def test_maps_of_the_citys_own_server_may_be_fetched_and_nothing_else(settings_of: Any) -> None:
    directives = settings_of(TILES_URL="https://tiles.ambon.go.id/{z}/{x}/{y}.png")["CONTENT_SECURITY_POLICY"][
        "DIRECTIVES"
    ]
    assert directives["connect-src"] == ["'self'", "https://tiles.ambon.go.id"]
    assert directives["script-src"] == ["'self'"]


def test_what_an_old_key_sealed_can_still_be_read(settings_of: Any) -> None:
    assert settings_of(OLD_SECRET_KEYS="k" * 40)["SECRET_KEY_FALLBACKS"] == ["k" * 40]


def test_the_embedded_database_is_a_socket_in_the_data_folder(settings_of: Any, tmp_path: Path) -> None:
    database = settings_of()["DATABASES"]["default"]
    assert (database["HOST"], database["NAME"], database["PORT"]) == (str(tmp_path / "postgres"), "baileo", "")


def test_a_database_of_ones_own_keeps_its_options(settings_of: Any) -> None:
    url = "postgresql://ana:p%40ss@db.local:5433/kota?sslmode=require"
    database = settings_of(DATABASE_URL=url)["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["USER"]) == ("db.local", "5433", "ana")
    assert (database["PASSWORD"], database["NAME"]) == ("p@ss", "kota")
    assert database["OPTIONS"]["sslmode"] == "require"


def test_an_address_that_postgresql_would_not_take_is_refused_without_its_password(settings_of: Any) -> None:
    with pytest.raises(EnvironmentRefused, match="BAILEO_DATABASE_URL is refused") as caught:
        settings_of(DATABASE_URL="postgresql://ana:hunter2@db/baileo?no_such_option=1")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_process_without_pages_carries_no_back_office() -> None:
    code = (
        "import sys, baileo.config.runtime.django_ready\n"
        "from django.urls import reverse\n"
        "print(reverse('site:home'), 'wagtail' in sys.modules, 'baileo.city.messages.jobs' in sys.modules)"
    )
    with a_folder() as folder:
        environment = without_settings() | {"BAILEO_DATA_DIR": str(folder), "BAILEO_PAGES": "0"}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "/ False True\n"


def test_behind_a_pooler_of_ones_own_there_is_no_second_pool(settings_of: Any) -> None:
    assert "pool" in settings_of()["DATABASES"]["default"]["OPTIONS"]
    assert "pool" not in settings_of(DATABASE_POOL="0")["DATABASES"]["default"]["OPTIONS"]


def test_a_forgotten_transaction_cannot_hold_up_the_ledger(settings_of: Any) -> None:
    assert "idle_in_transaction_session_timeout" in settings_of()["DATABASES"]["default"]["OPTIONS"]["options"]


def test_the_key_is_made_once_and_kept_private(settings_of: Any, tmp_path: Path) -> None:
    assert settings_of()["SECRET_KEY"] == settings_of()["SECRET_KEY"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_pretend_providers_can_be_reached_in_the_demo_only(settings_of: Any) -> None:
    assert settings_of(DEMO="1", DEMO_PORT="9999")["BAILEO"].net_allow == ("127.0.0.1:9999",)
    assert settings_of(DEMO_PORT="9999")["BAILEO"].net_allow == ()


def test_every_log_line_is_covered(settings_of: Any) -> None:
    logging = settings_of()["LOGGING"]
    assert all("redact" in handler["filters"] for handler in logging["handlers"].values())
