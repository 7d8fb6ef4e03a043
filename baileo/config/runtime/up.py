"""`baileo up`: everything on one machine, from an empty folder to a running city."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from socket import socket

from baileo.config.environment import Environment
from baileo.config.runtime.children import Child, start_python
from baileo.config.runtime.folder import folder_lock, make_folder
from baileo.config.runtime.listening import listen, origin_of
from baileo.config.runtime.output import Output
from baileo.config.runtime.postgres import EmbeddedPostgres
from baileo.config.runtime.status import status_path
from baileo.config.runtime.supervisor import StopAsked, Supervisor

CLI = ("-m", "baileo.config.cli")
PROCESSES = ("worker", "watch")


def up(env: Environment, *, host: str, port: int, more: Sequence[str] = ()) -> int:
    """Run until Ctrl-C or SIGTERM; returns the exit code.

    `more` names further single processes of `baileo` to supervise. Raises `BaileoError` before anything started.
    """
    os.umask(0o077)  # what we write is nobody else's to read
    with ExitStack() as stack:
        make_folder(env.data_dir)
        stack.enter_context(folder_lock(env.data_dir))
        listening = stack.enter_context(listen(host, port))
        output = Output(env.data_dir / "logs")
        stack.callback(output.close)
        return _supervise(env, listening, output, more)


def _supervise(env: Environment, listening: socket, output: Output, more: Sequence[str]) -> int:
    environment = _environment_of_children(env, listening)
    database = None if env.database_url else EmbeddedPostgres(env.data_dir)
    foundation = Child("postgres", database.launch) if database else None
    if database:
        database.prepare()
        if database.notice:
            output.say(database.notice)
    children = _children(listening, environment, more)
    supervisor = Supervisor(children, output=output, status_file=status_path(env.data_dir), foundation=foundation)
    with supervisor.listening():
        try:
            supervisor.start_foundation()
            if database:
                supervisor.wait_until(database.is_ready)
            return _prepare_and_run(supervisor, listening, environment, output)
        except StopAsked:
            return 0
        finally:
            supervisor.stop()


def _prepare_and_run(supervisor: Supervisor, listening: socket, environment: Mapping[str, str], output: Output) -> int:
    code = supervisor.wait_for(_run_once("prepare", environment))
    if code != 0:
        return code
    output.say(f"Baileo answers on {origin_of(listening)} (stop with Ctrl-C)")
    supervisor.run()
    output.say("Stopping.")
    return 0


def _run_once(command: str, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Its words go straight to the terminal: a first password is shown there and written nowhere."""
    sys.stdout.flush()
    return start_python([*CLI, command], None, environment=environment)


def _children(listening: socket, environment: Mapping[str, str], more: Sequence[str]) -> list[Child]:
    descriptor = listening.fileno()

    def web(output: int) -> subprocess.Popen[bytes]:
        arguments = [*CLI, "web", "--socket", str(descriptor)]
        return start_python(arguments, output, environment=environment, keep=[descriptor])

    return [Child("web", web), *(_plain(name, environment) for name in (*PROCESSES, *more))]


def _plain(name: str, environment: Mapping[str, str]) -> Child:
    return Child(name, lambda output: start_python([*CLI, name], output, environment=environment))


def _environment_of_children(env: Environment, listening: socket) -> dict[str, str]:
    """Ours, with the choices of the command line; the address is known only now."""
    chosen = {
        "BAILEO_DATA_DIR": str(env.data_dir),
        "DJANGO_SETTINGS_MODULE": "baileo.config.settings",
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": "2",  # threads otherwise keep a heap each
    }
    if "public_url" not in env.model_fields_set:
        chosen["BAILEO_PUBLIC_URL"] = origin_of(listening)
    return dict(os.environ) | chosen
