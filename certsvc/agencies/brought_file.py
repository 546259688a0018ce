"""A debtor file that an operator brings: read once, in batches, and measured on the way."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import date, datetime
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from certsvc.agencies.layouts import LAYOUTS
from certsvc.agencies.row_reader import RowReader
from certsvc.service.debtor_files import BadFile, FileFault, Row

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_ROWS = 20_000_000
"""More rows than any agency has firms."""

_BATCH = 2000
_BUFFER = 1 << 20


class BroughtFile:
    """Fits `certsvc.service.import_file.Brought`. `layout` is a name in `LAYOUTS`.

    `moved`, if given, is told after each batch how many rows and bytes were read so far.
    """

    def __init__(
        self,
        stream: BinaryIO,
        layout: str,
        *,
        file_day: date | None,
        at: datetime,
        max_rows: int = MAX_ROWS,
        moved: Callable[[int, int], None] = lambda _rows, _bytes: None,
    ) -> None:
        self._measured = _Measured(stream)
        known = LAYOUTS[layout]
        self.file_day = None if known.dated_rows else file_day
        buffered = io.BufferedReader(self._measured, _BUFFER)
        self._reader = RowReader(buffered, known, file_day=file_day, at=at, max_rows=max_rows)
        self._moved = moved

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self._reader.count

    @property
    def sha256(self) -> bytes:
        """Of the bytes that were read."""
        return self._measured.digest.digest()

    async def batches(self) -> AsyncIterator[Sequence[Row]]:
        """Its rows in their order. Raises BadFile."""
        rows = iter(self._reader)
        # In a thread: a pipe may keep us waiting, and the loop has the last batch to send meanwhile.
        while batch := await asyncio.to_thread(_take, rows):
            yield batch
            self._moved(self._reader.count, self._measured.count)


def _take(rows: Iterator[Row]) -> list[Row]:
    try:
        return list(islice(rows, _BATCH))
    except OSError as error:
        raise BadFile(FileFault.UNREADABLE, why=error.strerror or type(error).__name__) from error


class _Measured(io.RawIOBase):
    """The stream, counted and digested as it is read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = sha256()
        self.count = 0

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """See io.RawIOBase."""
        room = memoryview(buffer)
        chunk = self._stream.read(len(room))
        room[: len(chunk)] = chunk
        self.digest.update(chunk)
        self.count += len(chunk)
        return len(chunk)
