"""A database for a command: the city's own server, the running embedded one, or one started for the occasion."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from baileo.config.environment import Environment
from baileo.config.runtime.folder import folder_lock, is_held, make_folder
from baileo.config.runtime.postgres import EmbeddedPostgres


@contextmanager
def database_of(env: Environment) -> Iterator[None]:
    """Inside, the settings' database answers. A server started here is stopped at the end."""
    if env.database_url:
        yield
        return
    make_folder(env.data_dir)
    if is_held(env.data_dir):  # `baileo up` runs: its server is ours to use
        yield
        return
    with folder_lock(env.data_dir):
        database = EmbeddedPostgres(env.data_dir)
        database.prepare()
        database.launch(output=subprocess.DEVNULL)
        database.wait_ready()
        try:
            yield
        finally:
            database.stop()
