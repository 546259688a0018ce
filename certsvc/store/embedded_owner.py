"""Which account embedded PostgreSQL runs under, and the rights that it needs there.

PostgreSQL refuses to run as root. As an ordinary user it runs as that user; as root it runs as
`postgres` if that account exists, else under a uid that no account has, so that it shares its
files, its sessions and its processes with nothing else. Only `initdb` insists on an account: it
runs once as `nobody`, but in the group of that uid, which other processes of `nobody` are not in,
so they cannot pass into the directory or look into the process.

The directory stays root's: the server may pass it by its group, and owns only `data` and `run` in
it. Where it cannot pass the folders above (a virtual environment under /root), it keeps one
capability of root, the smallest that will do.
"""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from certsvc.core.errors import ConfigError
from certsvc.store.embedded_files import check_kinds, give, give_tree

# Given to no account by any system that we know of, and within the 65536 uids of an ordinary user namespace.
_FREE = range(65533, 65519, -1)
_MAKER = "nobody"

_CAP_DAC_OVERRIDE = 1  # capabilities(7): pass every permission check on files
_CAP_DAC_READ_SEARCH = 2  # capabilities(7): read files and pass folders, no more
# sun_path less the name of the socket; unix(7) has 108 bytes, macOS 104.
_SOCKET_PATH_MAX = 103 - len("/.s.PGSQL.5432.lock")


class Owner(NamedTuple):
    """An account: uid and gid are -1 for our own, capability is -1 for none; `maker` is the uid for initdb."""

    name: str
    uid: int = -1
    gid: int = -1
    capability: int = -1
    maker: int = -1

    @property
    def making(self) -> Owner:
        """The account that initdb runs under."""
        return self._replace(uid=self.maker)


def choose_owner(directory: Path, programs: Path) -> Owner:
    """The account to run under. `directory` exists. Raises ConfigError."""
    if os.geteuid() != 0:
        return Owner("this user")
    capability = _capability(directory, programs)
    if (account := _account("postgres")) is not None:
        return Owner("postgres", account.pw_uid, account.pw_gid, capability, account.pw_uid)
    maker, free = _account(_MAKER), next((n for n in _FREE if _is_free(n)), None)
    if maker is None or free is None:
        raise ConfigError(
            ["PostgreSQL does not run as root; run certsvc as an ordinary user, or add the account `postgres`"]
        )
    return Owner(f"uid {free}, which no account has", free, free, capability, maker.pw_uid)


def _account(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _is_free(number: int) -> bool:
    """True if no account and no group has this number."""
    for look in (pwd.getpwuid, grp.getgrgid):
        try:
            look(number)
        except KeyError:
            continue
        return False
    return True


def own(directory: Path, owner: Owner) -> None:
    """Closes `directory` to all others, and gives the account what it needs in it. Raises ConfigError for links."""
    check_kinds(directory)
    run, data = directory / "run", directory / "data"
    if owner.uid < 0:
        directory.chmod(0o700)
        run.mkdir(mode=0o700, exist_ok=True)
        return
    give(directory, 0, owner.gid, 0o710)
    # Looked at again: from here on nobody but root can put another name into it.
    check_kinds(directory)
    run.mkdir(mode=0o700, exist_ok=True)
    give(run, owner.uid, owner.gid, 0o700)
    if data.exists() and data.lstat().st_uid != owner.uid:
        give_tree(data, owner.uid, owner.gid)


def make_room(directory: Path, owner: Owner) -> Path:
    """An empty folder for initdb, given to the account that runs it. What an interrupted one left is removed."""
    fresh = directory / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if owner.uid >= 0:
        give(fresh, owner.maker, owner.gid, 0o700)
    return fresh


def take_over(fresh: Path, owner: Owner) -> None:
    """Gives what initdb made to the account that the server runs under."""
    if owner.uid != owner.maker:
        give_tree(fresh, owner.uid, owner.gid)


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
            give(short, owner.uid, owner.gid, 0o700)
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
