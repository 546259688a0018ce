"""A folder that is filled whole or not at all.

Files are made in `.new-building`, which becomes `.new` once it is whole; then they are moved to their
places, the one that makes the folder usable last. A crash before leaves nothing that counts; a crash
during the move is completed by the next run from `.new`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from certsvc.core.errors import ConfigError

_BUILDING = ".new-building"
_WHOLE = ".new"


def complete(folder: Path) -> bool:
    """True if an earlier run had made everything and stopped while moving it; it is then in place."""
    whole = folder / _WHOLE
    if not whole.is_dir():
        return False
    _move(whole, folder)
    return True


def fill(folder: Path, files: Mapping[str, bytes]) -> None:
    """Puts the files into an empty or new folder, readable by us alone; the last file is the last in place.

    Raises ConfigError if there is something else in it, or it cannot be written; nothing is left then.
    """
    made = not folder.exists()
    building = folder / _BUILDING
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(building, ignore_errors=True)
        if any(folder.iterdir()):
            raise ConfigError([f"{folder}: is not empty; name a new or empty folder"])
        building.mkdir(mode=0o700)
        for path, data in files.items():
            _write(building / path, data)
        building.rename(folder / _WHOLE)
    except OSError as error:
        shutil.rmtree(folder if made else building, ignore_errors=True)
        raise ConfigError([f"{error.filename or folder}: {error.strerror}"]) from error
    _move(folder / _WHOLE, folder, last=list(files)[-1])


def _move(whole: Path, folder: Path, last: str = "certsvc.toml") -> None:
    for entry in sorted(whole.iterdir(), key=lambda entry: entry.name == last):
        entry.rename(folder / entry.name)
    whole.rmdir()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    # Made with its final mode: nobody can open a private key in between.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
