"""A trust store in a file: read whole, written whole or not at all, one process at a time."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from certsvc.verifier.trust import TrustStore
from certsvc.verifier.truststate import CAP

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows has no advisory locks; there one process at a time is up to the user
    fcntl = None  # type: ignore[assignment]  # the module is absent on this system

if TYPE_CHECKING:
    from collections.abc import Iterator


_NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # Windows has no such flag


@contextmanager
def locked(path: str) -> Iterator[str]:
    """Holds the store for this process and gives its real path, for `load` and `save`. Raises OSError.

    Two writers at once could bring back an older state. The lock lies beside the real file, so that every link to
    the store leads to the same lock.
    """
    real = os.path.realpath(path)
    descriptor = os.open(real + ".lock", os.O_RDWR | os.O_CREAT | _NO_LINK, 0o600)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield real
    finally:
        os.close(descriptor)


def load(path: str) -> TrustStore | None:
    """The store, or None if there is no such file. Raises OSError, or VerificationError if it is damaged."""
    try:
        with open(path, "rb") as file:
            return TrustStore.from_bytes(file.read(CAP + 1))
    except FileNotFoundError:
        return None


def save(path: str, store: TrustStore) -> None:
    """Makes the store durable under this path; call it while `locked`. Raises OSError.

    A link is kept and its target replaced. A crash before the rename leaves the old store and a `.new` file that the
    next call removes; a crash after it leaves the new store.
    """
    path = os.path.realpath(path)
    _remove_leftovers(path)
    # Neither guessed nor followed: whoever may write in the folder cannot have another file overwritten.
    new = f"{path}.{os.urandom(8).hex()}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(store.to_bytes())
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(new)
        raise
    _sync_directory(os.path.dirname(path))


def _remove_leftovers(path: str) -> None:
    """Removes what a crash during `save` left of this store."""
    folder, name = os.path.split(path)
    for left in os.listdir(folder):
        middle = left[len(name) + 1 : -4]
        if left == f"{name}.{middle}.new" and len(middle) == 16 and set(middle) <= set("0123456789abcdef"):
            os.unlink(os.path.join(folder, left))


def _sync_directory(directory: str) -> None:
    """Makes a rename in this directory durable; where directories cannot be opened, the system sees to it."""
    if os.name != "posix":  # pragma: no cover
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
