"""The files of embedded PostgreSQL, opened and given away so that no link can send us elsewhere.

We may be root, and an earlier server's account may have put anything under these names. So nothing is followed,
and what is given away was opened first and looked at through its descriptor.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

from certsvc.core.errors import ConfigError

FOLDERS = frozenset({"data", "data.new", "run"})
FILES = frozenset({"lock", "postgres.log", "postgres.log.1"})

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, a named pipe would keep us waiting for its other end.
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def check_kinds(directory: Path) -> None:
    """Raises ConfigError if `directory` or one of our names in it is a link, or not the kind of file that we make."""
    faults = _fault(directory, folder=True)
    if not faults and directory.exists():
        for name in sorted(FOLDERS | FILES):
            faults += _fault(directory / name, folder=name in FOLDERS)
    if faults:
        raise ConfigError(faults)


def _fault(path: Path, *, folder: bool) -> list[str]:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return []
    if stat.S_ISLNK(found.st_mode):
        return [f"{path} is a symbolic link, which embedded PostgreSQL does not follow; name a directory without"]
    if folder and not stat.S_ISDIR(found.st_mode):
        return [f"{path} is not a folder; remove it, or name another directory"]
    if not folder and (not stat.S_ISREG(found.st_mode) or found.st_nlink != 1):
        return [f"{path} is not a file of its own; remove it, or name another directory"]
    return []


def open_own(path: Path) -> IO[bytes]:
    """The file, made if missing and readable by us alone, to append to. Raises ConfigError, OSError."""
    stream = os.fdopen(os.open(path, _APPEND, 0o600), "ab")
    found = os.fstat(stream.fileno())
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        stream.close()
        raise ConfigError([f"{path} is not a file of its own; remove it, or name another directory"])
    return stream


def give(path: Path, uid: int, gid: int, mode: int) -> None:
    """Gives one folder away, not what is in it. Raises OSError for a link."""
    handle = os.open(path, _FOLDER)
    try:
        os.fchown(handle, uid, gid)
        os.fchmod(handle, mode)
    finally:
        os.close(handle)


def give_tree(top: Path, uid: int, gid: int) -> None:
    """Gives a folder with all in it to the account, the folder itself last: a crash before leaves the rest to do.

    Only what belongs to the owner of the folder is given: he could link to files of others, not make them his.
    Raises ConfigError for anything else in it; then nothing outside has changed.
    """
    handle = os.open(top, _FOLDER)
    try:
        owners = {os.fstat(handle).st_uid, uid}
        for folder, folders, files, inside in os.fwalk(".", topdown=False, follow_symlinks=False, dir_fd=handle):
            for name in folders:  # those that are folders have been given by now
                if not stat.S_ISDIR(os.stat(name, dir_fd=inside, follow_symlinks=False).st_mode):
                    raise _strange(top / folder / name)
            for name in files:
                _give_file(top / folder / name, name, inside, owners, uid, gid)
            if os.fstat(inside).st_uid not in owners:
                raise _strange(top / folder)
            os.fchown(inside, uid, gid)
    finally:
        os.close(handle)


def _give_file(path: Path, name: str, inside: int, owners: set[int], uid: int, gid: int) -> None:
    seen = os.stat(name, dir_fd=inside, follow_symlinks=False)
    if not stat.S_ISREG(seen.st_mode) or seen.st_nlink != 1:
        raise _strange(path)
    handle = os.open(name, _LOOK, dir_fd=inside)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_uid not in owners:
            raise _strange(path)
        os.fchown(handle, uid, gid)
    finally:
        os.close(handle)


def _strange(path: Path) -> ConfigError:
    return ConfigError(
        [f"{path} is a link, no ordinary file, or another account's; remove it, or restore the directory from a backup"]
    )
