"""The rows of a debtor file, read line by line, for whoever keeps them.

Invariants
- Memory does not grow with the file: no more than one row is held, and no row is longer than `MAX_ROW`.
- The first fault ends the reading with BadFile: a row that was read before it counts for nothing.
- What is read is in its normal form: the number without padding, the name fit to be shown, each row with a day.
"""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import BinaryIO

from certsvc.agencies.adapter import is_data_date, is_text
from certsvc.agencies.layouts import Layout, read_key
from certsvc.service.debtor_files import BadFile, FileFault, Row

MAX_ROW = 64 * 1024
"""Bytes of one row: more would be a quotation mark that was left open."""


class RowReader:
    """The rows of `stream` by `layout`, once. Iterating raises BadFile.

    `file_day` is the day outside the rows, for layouts whose rows have none; no row may be of a day that the agency's
    data cannot have when read `at` this time. `count` is how many rows were read, also those of numbers of which only
    another kind has the form: such rows are nobody's, and left out.
    """

    def __init__(self, stream: BinaryIO, layout: Layout, *, file_day: date | None, at: datetime, max_rows: int) -> None:
        self._lines = _Lines(stream)
        self._layout = layout
        self._file_day = None if layout.dated_rows else file_day
        self._at = at
        self._max_rows = max_rows
        self._checked_day: date | None = None
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        layout = self._layout
        if not layout.dated_rows:
            self._check_day(self._file_day)
        records = csv.reader(self._lines, strict=True)
        try:
            header = next(records)
            places = _places(header, layout)
            self._lines.next_row()
            for cells in records:
                self.count += 1
                row = self._read(cells, places, len(header))
                if row is not None:
                    yield row
                self._lines.next_row()
        except csv.Error:
            raise BadFile(FileFault.NOT_CSV, self._lines.row) from None
        except BadFile as fault:
            row_number = None if fault.fault in _OF_NO_ROW else self._lines.row
            raise BadFile(fault.fault, row_number, **fault.values) from None

    def _read(self, cells: list[str], places: Sequence[int], width: int) -> Row | None:
        if self.count > self._max_rows:
            raise BadFile(FileFault.TOO_MANY_ROWS, most=self._max_rows)
        if len(cells) != width:
            raise BadFile(FileFault.WIDTH, found=len(cells), expected=width)
        cells.append("")  # the cell of every column that the file has not
        row = self._layout.read([cells[place] for place in places])
        day = row.as_of if self._layout.dated_rows else self._file_day
        self._check_day(day)
        key = read_key(row.number, self._layout.kinds)
        if key is None:
            return None
        name = row.name.strip()
        return Row(key, name if is_text(name) else "", row.outcomes, row.overdue, day, row.debt)

    def _check_day(self, day: date | None) -> None:
        if day is None:
            raise BadFile(FileFault.NO_DATE)
        if day is not self._checked_day:  # a file repeats few days, and `read_day` gives the same one for each
            if not is_data_date(day, self._at):
                raise BadFile(FileFault.DAY_RANGE)
            self._checked_day = day


_OF_NO_ROW = frozenset({FileFault.EMPTY, FileFault.NO_DATE, FileFault.TOO_MANY_ROWS})


class _Lines:
    """The lines as text, for the CSV reader; `row` is the one that they belong to, the header being 1."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._length = 0
        self._is_first = True
        self.row = 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(MAX_ROW + 1)
        # A cell in quotation marks may hold several lines, so the row is what has to be short.
        self._length += len(line)
        if self._length > MAX_ROW:
            raise BadFile(FileFault.LONG_ROW, most=MAX_ROW)
        if not line:
            if self._is_first:
                raise BadFile(FileFault.EMPTY)
            raise StopIteration
        if not line.endswith(b"\n"):
            raise BadFile(FileFault.CUT_OFF)
        if self._is_first:
            line = line.removeprefix(BOM_UTF8)
            self._is_first = False
        try:
            return line.decode()
        except UnicodeDecodeError:
            raise BadFile(FileFault.NOT_UTF8) from None

    def next_row(self) -> None:
        """The row was read whole."""
        self._length = 0
        self.row += 1


def _places(header: Sequence[str], layout: Layout) -> list[int]:
    if len(set(header)) != len(header):
        raise BadFile(FileFault.COLUMN_TWICE)
    missing = [column for column in layout.columns if column not in header]
    if missing:
        raise BadFile(FileFault.COLUMNS_MISSING, columns=", ".join(missing))
    absent = len(header)
    optional = [header.index(column) if column in header else absent for column in layout.optional]
    return [header.index(column) for column in layout.columns] + optional
