import threading

import pytest
from pytest_django.fixtures import Settings

from baileo.ground.places.cache import Rebuilt


class Source:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.version, self.built, self.checked = 1, 0, 0

    def build(self) -> str:
        self.built += 1
        return f"built at version {self.version}"

    def current(self) -> int:
        self.checked += 1
        return self.version


@pytest.fixture
def source() -> Source:
    return Source()


def test_it_is_built_once_and_checked_seldom(source: Source, settings: Settings) -> None:
    settings.PLACES_CHECK_EVERY_S = 60
    kept = Rebuilt(source.build, source.current)
    assert {kept.get() for _ in range(50)} == {"built at version 1"}
    assert (source.built, source.checked) == (1, 1)


def test_a_change_elsewhere_is_seen_at_the_next_check(source: Source) -> None:
    kept = Rebuilt(source.build, source.current)
    kept.get()
    source.version = 2
    assert kept.get() == "built at version 2"


def test_an_unchanged_version_builds_nothing(source: Source) -> None:
    kept = Rebuilt(source.build, source.current)
    kept.get()
    kept.get()
    assert (source.built, source.checked) == (1, 2)


def test_our_own_write_is_seen_at_once(source: Source, settings: Settings) -> None:
    settings.PLACES_CHECK_EVERY_S = 60
    kept = Rebuilt(source.build, source.current)
    kept.get()
    source.version = 2
    kept.forget()
    assert kept.get() == "built at version 2"


def test_a_crowd_at_the_door_builds_once(source: Source, settings: Settings) -> None:
    settings.PLACES_CHECK_EVERY_S = 60
    kept = Rebuilt(source.build, source.current)
    crowd = [threading.Thread(target=kept.get) for _ in range(10)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert source.built == 1


def test_a_failed_build_is_tried_again(source: Source) -> None:
    failures = [RuntimeError("database went away")]

    def build() -> str:
        if failures:
            raise failures.pop()
        return source.build()

    kept = Rebuilt(build, source.current)
    with pytest.raises(RuntimeError):
        kept.get()
    assert kept.get() == "built at version 1"
