"""The examples in docstrings are true."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import baileo.ground.places as room

SHOWN = [
    module.name
    for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")
    if not module.name.rpartition(".")[2].startswith(("test_", "conftest", "migrations", "0"))
]


@pytest.mark.parametrize("name", SHOWN)
def test_the_examples_hold(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0
