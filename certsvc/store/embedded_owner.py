"""Which account embedded PostgreSQL runs under, and the rights that it needs there.

PostgreSQL refuses to run as root. As an ordinary user it runs as that user; as root it runs as
`postgres` if that account exists, else as `nobody`, and only our own directory is given to it.
Where that account cannot pass the folders above (a virtual environment under /root), the
server keeps one capability of root, the smallest that will do.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from certsvc.core.errors import ConfigError

_CAP_DAC_OVERRIDE = 1  # capabilities(7): pass every permission check on files
_CAP_DAC_READ_SEARCH = 2  # capabilities(7): read files and pass folders, no more
# sun_path less the name of the socket; unix(7) has 108 bytes, macOS 104.
_SOCKET_PATH_MAX = 103 - len("/.s.PGSQL.5432.lock")


class Owner(NamedTuple):
    """An account: uid and gid are -1 for our own, capability is -1 for none."""

    name: str
    uid: int = -1
    gid: int = -1
    capability: int = -1


def choose_owner(directory: Path, programs: Path) -> Owner:
    """The account to run under. `directory` exists. Raises ConfigError."""
    if os.geteuid() != 0:
        return Owner("this user")
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(name, account.pw_uid, account.pw_gid, _capability(directory, programs))
    raise ConfigError(["PostgreSQL does not run as root; run certsvc as an ordinary user, or add the account `nobody`"])


def own(directory: Path, owner: Owner) -> None:
    """Gives `directory` itself and the folders of PostgreSQL in it to the account, closed to all others."""
    directory.chmod(0o700)
    run = directory / "run"
    run.mkdir(mode=0o700, exist_ok=True)
    if owner.uid < 0:
        return
    for path in (directory, run):
        os.chown(path, owner.uid, owner.gid)
    for path in (directory / "data", directory / "data.new"):
        if path.exists() and path.stat().st_uid != owner.uid:
            _chown_tree(path, owner)


def socket_directory(directory: Path, owner: Owner) -> Path:
    """Where the socket lies: in `directory`, or in a short one of the same name each time if its path is too long."""
    inside = directory / "run"
    if len(os.fsencode(inside)) <= _SOCKET_PATH_MAX:
        return inside
    uid = owner.uid if owner.uid >= 0 else os.geteuid()
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"certsvc-{uid}-{name}"
    try:
        short.mkdir(mode=0o700)
        if owner.uid >= 0:
            os.chown(short, owner.uid, owner.gid)
    except FileExistsError:
        # In a folder that all may write to, another account may have taken the name to get our sessions.
        found = short.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or stat.S_IMODE(found.st_mode) != 0o700:
            raise ConfigError(
                [f"{short} belongs to someone else; remove it, or use a directory with a shorter path"]
            ) from None
    if len(os.fsencode(short)) > _SOCKET_PATH_MAX:
        raise ConfigError(
            [f"{directory} and {short} are too long for a Unix socket; use a directory with a shorter path"]
        )
    return short


def _capability(directory: Path, programs: Path) -> int:
    """The capability without which the account could not reach its files; -1 if it needs none."""
    if sys.platform != "linux":
        return -1
    binaries = (programs / "postgres", programs / "initdb", *programs.parent.glob("lib/*.so*"))
    if not all(_open_to_all(b, stat.S_IROTH) for b in binaries):
        return _CAP_DAC_OVERRIDE
    above = {*directory.parents, *programs.resolve().parents, programs, *directory.resolve().parents}
    if all(_open_to_all(p, stat.S_IXOTH) for p in above):
        return -1
    return _CAP_DAC_READ_SEARCH if _permitted() >> _CAP_DAC_READ_SEARCH & 1 else _CAP_DAC_OVERRIDE


def _permitted() -> int:
    """Our own capabilities, one bit each (proc(5)): the root of a container has not all of them."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next((int(line.split()[1], 16) for line in lines if line.startswith("CapPrm:")), 0)


def _open_to_all(path: Path, right: int) -> bool:
    return bool(path.stat().st_mode & right)


def _chown_tree(top: Path, owner: Owner) -> None:
    for folder, _, files in os.walk(top):
        os.chown(folder, owner.uid, owner.gid)
        for name in files:
            os.chown(Path(folder) / name, owner.uid, owner.gid, follow_symlinks=False)
