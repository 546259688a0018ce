"""The folder that verifiers fetch from.

Invariants
- A reader sees the old file or the new one, each whole, whatever dies in between.
- On return the new files survive a power cut, and have been read back and found equal.
- One publisher at a time writes to a folder; what a dead one left unfinished, the next removes.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path, PurePosixPath

from certsvc.core.errors import PublicationFailed

_LOCK = ".lock"
_TEMPORARY = ".new-"
"""Prefix of files that are not yet whole. They stand beside their target: a rename stays on one file system."""
_LOCK_WAIT = 10.0
_LOCK_POLL = 0.02


class Site:
    """A folder of published files. Fits `service.ports.Publisher`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()
        self._is_alone = False

    @property
    def directory(self) -> Path:
        """Where the files are."""
        return self._directory

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """While entered, nobody else publishes here, in this process or another. Raises PublicationFailed.

        What is read inside is still published when something is written on top of it.
        """
        with contextlib.ExitStack() as stack:
            with _as_publication_failed(self._directory):
                await asyncio.to_thread(self._lock, stack)
            self._is_alone = True
            try:
                yield
            finally:
                self._is_alone = False

    async def publish(self, files: Mapping[str, bytes]) -> None:
        """Makes each file visible whole or not at all, in the given order, durable and read back on return.

        Raises PublicationFailed; files already written then stay, each whole.
        """
        targets = {self._target(path): data for path, data in files.items()}
        async with contextlib.AsyncExitStack() as stack:
            if not self._is_alone:
                await stack.enter_async_context(self.alone())
            with _as_publication_failed(self._directory):
                await asyncio.to_thread(self._write_all, targets)

    async def read(self, path: str) -> bytes | None:
        """What is published under this path; None if nothing is. Raises PublicationFailed if it cannot be read."""
        target = self._target(path)
        try:
            return await asyncio.to_thread(target.read_bytes)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise PublicationFailed(f"{target}: {error.strerror}") from error

    def _target(self, path: str) -> Path:
        """Where `path` is kept. Raises PublicationFailed for one that would leave the folder or hide in it."""
        parts = PurePosixPath(path).parts
        hidden = [part for part in parts if part.startswith(".") and part != ".well-known"]
        if not parts or hidden or "/".join(parts) != path or "\\" in path or "\0" in path or path.startswith("/"):
            raise PublicationFailed(f"{path!r} is not a path inside the site")
        return self._directory.joinpath(*parts)

    def _write_all(self, targets: Mapping[Path, bytes]) -> None:
        for stale in self._directory.rglob(f"{_TEMPORARY}*"):
            stale.unlink()
        for target, data in targets.items():
            self._make_folder(target.parent)
            self._replace(target, data)
            if target.read_bytes() != data:
                raise PublicationFailed(f"{target} reads back differently")

    def _lock(self, stack: contextlib.ExitStack) -> None:
        """Takes the folder's lock until the stack unwinds; the system releases it if its holder dies."""
        self._make_folder(self._directory)
        until = time.monotonic() + _LOCK_WAIT
        lock = stack.enter_context((self._directory / _LOCK).open("wb"))
        while True:
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise PublicationFailed(f"another process has been writing to {self._directory}") from None
                time.sleep(_LOCK_POLL)

    def _make_folder(self, folder: Path) -> None:
        missing = [f for f in (folder, *folder.parents) if not f.exists()]
        for new in reversed(missing):
            new.mkdir(exist_ok=True)  # another publisher may begin at the same time
            new.chmod(0o755)
            _sync_folder(new.parent)

    def _replace(self, target: Path, data: bytes) -> None:
        temporary = target.with_name(_TEMPORARY + target.name)
        with temporary.open("wb") as stream:
            # Public, also where the service's umask keeps everything else private.
            os.fchmod(stream.fileno(), 0o644)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        # A crash up to here leaves the old file, and a temporary one that the next publisher removes.
        temporary.replace(target)
        # A crash here may leave the old name after a power cut; whoever publishes again writes it again.
        _sync_folder(target.parent)


@contextlib.contextmanager
def _as_publication_failed(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PublicationFailed(f"{error.filename or folder}: {error.strerror}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
