"""Settings: declared or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from baileo.config.environment import Environment, EnvironmentRefused, read_environment


def refusal(**variables: str) -> str:
    with pytest.raises(EnvironmentRefused) as caught:
        read_environment({f"BAILEO_{name}": value for name, value in variables.items()})
    return str(caught.value)


def test_nothing_set_is_a_working_city_on_loopback() -> None:
    env = read_environment({})
    assert (env.city_code, env.time_zone, env.public_url) == ("81.71", "Asia/Jayapura", "http://127.0.0.1:8000")
    assert env.data_dir == Path("data").absolute()


def test_variables_of_others_are_none_of_our_business() -> None:
    assert read_environment({"HOME": "/root", "DATABASE_URL": "mysql://x"}) == read_environment({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CITY_CODE", "Ambon"),
        ("TIME_ZONE", "Asia/Ambon"),
        ("PUBLIC_URL", "lapor.ambon.go.id"),
        ("PUBLIC_URL", "ftp://lapor.ambon.go.id"),
        ("PUBLIC_URL", "https://lapor.ambon.go.id/desk"),
        ("DATABASE_URL", "mysql://db/baileo"),
        ("DATABASE_POOL", "many"),
        ("DEMO", "perhaps"),
        ("NET_ALLOW", "10.0.0.5"),
        ("TRUSTED_PROXIES", "the proxy"),
        ("ALLOWED_HOSTS", "https://lapor.ambon.go.id"),
        ("SECRET_KEY", "short"),
    ],
)
def test_nonsense_is_refused_by_name(name: str, value: str) -> None:
    assert refusal(**{name: value}).startswith(f"BAILEO_{name} is refused: ")


def test_a_misspelt_setting_is_not_ignored() -> None:
    assert refusal(CITY_KODE="81.71") == "BAILEO_CITY_KODE is not a setting of Baileo. Remove it or correct its name."


def test_every_wrong_setting_is_told_at_once() -> None:
    assert len(refusal(DEMO="perhaps", CITY_CODE="x", TYPO="y").splitlines()) == 3


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "ADMIN_PASSWORD"])
def test_a_refusal_never_repeats_a_secret(name: str) -> None:
    told = refusal(**{name: "hunter2", "TYPO": "1"})
    assert "hunter2" not in told


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("correct horse battery\n")
    assert read_environment({"BAILEO_ADMIN_PASSWORD_FILE": str(path)}).admin_password == "correct horse battery"


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refusal(SECRET_KEY_FILE=str(tmp_path / "nowhere"))


def test_a_setting_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("k" * 40)
    assert "given twice" in refusal(SECRET_KEY="k" * 40, SECRET_KEY_FILE=str(path))


def test_lists_are_separated_by_commas() -> None:
    env = read_environment({"BAILEO_ALLOWED_HOSTS": "a.go.id, b.go.id,", "BAILEO_TRUSTED_PROXIES": "10.0.0.0/8,::1"})
    assert env.allowed_hosts == ("a.go.id", "b.go.id")
    assert env.trusted_proxies == ("10.0.0.0/8", "::1")


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read_environment({"BAILEO_CITY_CODE": "", "BAILEO_DEMO": ""}) == read_environment({})


def test_the_address_has_no_slash_at_its_end() -> None:
    assert Environment(public_url="https://lapor.ambon.go.id/").public_url == "https://lapor.ambon.go.id"


def test_settings_cannot_be_changed_while_running() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_environment({}).demo = True  # type: ignore[misc]
