"""A trust store in a file: read whole, written whole or not at all, one process at a time."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from certsvc.verifier.trust import TrustStore
from certsvc.verifier.truststate import CAP

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows has no advisory locks; there one process at a time is up to the user
    fcntl = None  # type: ignore[assignment]  # the module is absent on this system

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Holds the store for this process: two writers at once could bring back an older state. Raises OSError."""
    descriptor = os.open(path + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
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

    A crash before the rename leaves the old store and a `.new` file that the next call overwrites; a crash
    after it leaves the new store.
    """
    new = path + ".new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(store.to_bytes())
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    _sync_directory(os.path.dirname(path) or ".")


def _sync_directory(directory: str) -> None:
    """Makes a rename in this directory durable; where directories cannot be opened, the system sees to it."""
    if os.name != "posix":  # pragma: no cover
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
