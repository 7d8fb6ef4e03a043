"""What the commands do. Imported when one is called; each imports its heavy parts by name."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

from baileo.config.environment import Environment, read_environment
from baileo.core.errors import BaileoError

RUNTIME = "baileo.config.runtime"
DEMO_FOLDER = "data-demo"
BROKEN_PARSER = 1


class NotHere(BaileoError):
    """This command needs a part that this installation does not have."""

    code = "not-here"


def _environment(data: Path | None, **more: str) -> Environment:
    """Settings with the command line's choices in them; children and Django's settings read the same variables."""
    if data is not None:
        os.environ["BAILEO_DATA_DIR"] = str(data.expanduser().absolute())
    os.environ.update(more)
    return read_environment()


def _part(module: str) -> Any:
    """A module that needs Django, with Django made ready."""
    import_module(f"{RUNTIME}.django_ready")
    return import_module(module)


@contextmanager
def _tables(data: Path | None) -> Iterator[None]:
    """For commands that read and write the city's tables."""
    env = _environment(data)
    with import_module(f"{RUNTIME}.database").database_of(env):
        _part(f"{RUNTIME}.reaching").reach_database()
        _part(f"{RUNTIME}.migrations").refuse_missing()
        yield


def up(data: Path | None, host: str, port: int) -> int:
    env = _environment(data)
    return int(import_module(f"{RUNTIME}.up").up(env, host=host, port=port))


def demo(data: Path | None, host: str, port: int, rate: float) -> int:
    """Its own data folder, so that nobody's real city gets pretend citizens."""
    given = data or Path(os.environ.get("BAILEO_DATA_DIR", DEMO_FOLDER))
    with socket.create_server(("127.0.0.1", 0)) as free:
        simulators = free.getsockname()[1]
    env = _environment(given, BAILEO_DEMO="1", BAILEO_DEMO_PORT=str(simulators), BAILEO_DEMO_RATE=str(rate))
    return int(import_module(f"{RUNTIME}.up").up(env, host=host, port=port, more=["pretend"]))


def prepare(data: Path | None) -> None:
    env = _environment(data)
    steps = _part(f"{RUNTIME}.prepare")
    steps.prepare(env)


def migrate(data: Path | None) -> None:
    env = _environment(data)
    with import_module(f"{RUNTIME}.database").database_of(env):
        _part(f"{RUNTIME}.reaching").reach_database()
        applied = _part(f"{RUNTIME}.migrations").migrate()
    typer.echo(f"{applied} migrations applied." if applied else "The schema is up to date.")


def pg(data: Path | None, program: str, arguments: Sequence[str]) -> int:
    env = _environment(data)
    with import_module(f"{RUNTIME}.database").database_of(env):
        return int(import_module(f"{RUNTIME}.programs").run_program(env, program, arguments))


def web(data: Path | None, host: str, port: int, descriptor: int) -> None:
    env = _environment(data)
    listening = import_module(f"{RUNTIME}.listening")
    held = socket.socket(fileno=descriptor) if descriptor >= 0 else listening.listen(host, port)
    _part(f"{RUNTIME}.web").serve(env, listening=held)


def worker(data: Path | None) -> None:
    _environment(data, BAILEO_PAGES="0")
    _part(f"{RUNTIME}.reaching").reach_database()
    _part(f"{RUNTIME}.worker").work()


def watch(data: Path | None) -> int:
    _environment(data, BAILEO_PAGES="0")
    part = _part(f"{RUNTIME}.watch")
    return 0 if part.watch(part.loops()) else 1


def pretend(data: Path | None) -> int:
    _environment(data, BAILEO_PAGES="0")
    part = _part(f"{RUNTIME}.watch")
    return 0 if part.watch({"the pretend city": _part("baileo.demo.run").run}) else 1


def doctor(data: Path | None) -> int:
    env = _environment(data)
    return int(_part("baileo.config.cli.checkup").examine(env))


def replay(channel: str, files: Sequence[Path]) -> int:
    """Needs neither database nor settings of a city; a line per file even when a parser breaks."""
    _environment(None)
    outcomes = set()
    for told in _part("baileo.city.messages.replay").replay(channel, files):
        outcomes.add(told["outcome"])
        sys.stdout.write(json.dumps(told, ensure_ascii=False, default=str) + "\n")
    return BROKEN_PARSER if "broken" in outcomes else 0


def places_import(data: Path | None, file: Path) -> None:
    with _tables(data):
        for line in _part("baileo.ground.places.services").places_import(file):
            typer.echo(str(line))


def user_add(data: Path | None, **wanted: str) -> None:
    with _tables(data):
        _part("baileo.config.cli.accounts").add(**wanted)


def user_password(data: Path | None, username: str) -> None:
    with _tables(data):
        _part("baileo.config.cli.accounts").new_password(username)


def bench(arguments: Sequence[str]) -> int:
    """Its options are its own."""
    return int(import_module("baileo.demo.bench.cli").main(list(arguments)))
