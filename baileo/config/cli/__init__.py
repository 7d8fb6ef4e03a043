"""The `baileo` command: what it offers. What the commands do is imported when one is called, so that help is quick."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from baileo.config.cli.failures import run_command

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A city's command centre. `baileo up` starts everything; `baileo doctor` says what is wrong.",
)
user = typer.Typer(no_args_is_help=True, help="Staff accounts, for when nobody can sign in.")
places = typer.Typer(no_args_is_help=True, help="Areas and their boundaries.")
app.add_typer(user, name="user")
app.add_typer(places, name="places")

Data = Annotated[Path | None, typer.Option(help="Data folder; BAILEO_DATA_DIR or ./data when not given.")]
Host = Annotated[str, typer.Option(help="Address to listen on. Anything but loopback is seen by others.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")]


def _call(action: str, **arguments: Any) -> None:
    """Run one function of `actions`, which imports the heavy parts."""
    code = getattr(import_module("baileo.config.cli.actions"), action)(**arguments)
    if code:
        raise typer.Exit(code)


@app.command()
def up(data: Data = None, host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Start everything on this machine and keep it running. Ctrl-C stops it."""
    _call("up", data=data, host=host, port=port)


@app.command()
def demo(
    data: Data = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    rate: Annotated[float, typer.Option(min=0, max=100, help="Messages of pretend citizens a minute.")] = 6.0,
) -> None:
    """The same with a pretend city in a data folder of its own: simulated providers, citizens and officers."""
    _call("demo", data=data, host=host, port=port, rate=rate)


@app.command()
def doctor(data: Data = None) -> None:
    """Say what works, what does not, and what to do about it."""
    _call("doctor", data=data)


@app.command()
def replay(channel: str, files: list[Path]) -> None:
    """Read stored payloads of a channel without any network or database; one line of JSON per file."""
    _call("replay", channel=channel, files=files)


@app.command()
def migrate(data: Data = None) -> None:
    """Bring the database to this version's schema, one machine at a time."""
    _call("migrate", data=data)


@app.command("pg", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def pg(
    context: typer.Context,
    program: Annotated[str, typer.Argument(help="psql, pg_dump, pg_restore, ...")],
    data: Data = None,
) -> None:
    """Run a program of PostgreSQL on this installation's database, as in `baileo pg pg_dump -Fc -f city.dump`."""
    _call("pg", data=data, program=program, arguments=context.args)


@app.command(hidden=True)
def prepare(data: Data = None) -> None:
    """Schema, starter city and first administrator; `baileo up` does this by itself."""
    _call("prepare", data=data)


@app.command()
def web(
    data: Data = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    socket: Annotated[int, typer.Option(hidden=True)] = -1,
) -> None:
    """The web process alone, for a unit of its own in production."""
    _call("web", data=data, host=host, port=port, descriptor=socket)


@app.command()
def worker(data: Data = None) -> None:
    """The worker process alone."""
    _call("worker", data=data)


@app.command()
def watch(data: Data = None) -> None:
    """The watch process alone."""
    _call("watch", data=data)


@app.command(hidden=True)
def pretend(data: Data = None) -> None:
    """The pretend city's process; `baileo demo` starts it."""
    _call("pretend", data=data)


@user.command("add")
def user_add(
    username: str,
    *,
    role: Annotated[str, typer.Option(help="administrator, coordinator, call_taker, agency_officer, ...")],
    agency: Annotated[str, typer.Option(help="Code of the agency, for roles that belong to one.")] = "",
    email: str = "",
    name: Annotated[str, typer.Option(help="As colleagues should see it.")] = "",
    data: Data = None,
) -> None:
    """Make a staff account; its first password is asked for, or made and shown once."""
    _call("user_add", data=data, username=username, role=role, agency=agency, email=email, name=name)


@user.command("password")
def user_password(username: str, data: Data = None) -> None:
    """Give an account a new password and end its sessions."""
    _call("user_password", data=data, username=username)


@places.command("import")
def places_import(file: Path, data: Data = None) -> None:
    """Load boundaries from a GeoJSON file; invalid polygons are repaired and named."""
    _call("places_import", data=data, file=file)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def bench(context: typer.Context) -> None:
    """Measure this machine; `baileo bench --help` lists the measurements."""
    _call("bench", arguments=context.args)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every failure is one sentence and a number."""
    return run_command(app, arguments)
