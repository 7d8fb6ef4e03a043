"""Failures as people see them: one sentence, a number, never a traceback."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

import typer
from typer.exceptions import TyperException

from baileo.core.clock import now
from baileo.core.errors import BaileoError
from baileo.core.redact import redact_log

REFUSED = 1
UNFORESEEN = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130


def run_command(app: typer.Typer, arguments: Sequence[str] | None) -> int:
    """Exit code of one call."""
    try:
        typer.main.get_command(app).main(list(sys.argv[1:] if arguments is None else arguments), "baileo")
    except SystemExit as ended:  # typer says itself what is wrong with the words typed
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except TyperException as error:  # the words of a command within a command
        _say(error.format_message())
        return error.exit_code
    except BaileoError as error:
        _say(str(error))
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `baileo replay ... | head`
        return REFUSED
    except Exception as error:  # noqa: BLE001 (the last line of defence)
        return _unforeseen(error)
    return 0


def _unforeseen(error: Exception) -> int:
    if database := _database_words(error):
        _say(database)
        return REFUSED
    path = _keep(error)
    _say(f"Something went wrong that nobody foresaw ({type(error).__name__}). The details are in {path}.")
    return UNFORESEEN


def _database_words(error: Exception) -> str:
    """Django's and psycopg's words for a database that is away; told apart by name, so that neither is imported."""
    if type(error).__name__ not in {"OperationalError", "PoolTimeout"}:
        return ""
    why = (str(error).strip().splitlines() or ["no answer"])[-1].strip()
    return f"The database cannot be reached: {why}. Start it, or check BAILEO_DATABASE_URL; `baileo doctor` tells more."


def _keep(error: Exception) -> Path:
    """Write the traceback, without personal data, where an administrator finds it."""
    text = redact_log("".join(traceback.format_exception(error)))
    for folder in (Path(os.environ.get("BAILEO_DATA_DIR", "data")) / "logs", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "unforeseen.log"
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{now().isoformat()}\n{text}\n")
        except OSError:
            continue
        return path
    return Path(os.devnull)


def _say(sentence: str) -> None:
    """Colour only where a person looks."""
    typer.secho(sentence, fg="red", err=True)
