"""A whole debtor file, read once and then only looked up.

Invariants
- A file is read as a whole or refused as a whole.
- Every entry carries the date that the file states for it, so that age limits on evidence apply by themselves.
- Several rows of one firm become one entry in which the worst counts and the oldest date holds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from certsvc.agencies.adapter import Answer, is_data_date, is_text
from certsvc.agencies.layouts import GRAVITY, BadFile, Layout, Row
from certsvc.core.model import Outcome, Standing

_RANK: Mapping[Outcome, int] = MappingProxyType({outcome: rank for rank, outcome in enumerate(GRAVITY)})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The answers of one file, by identifier value. `as_of` and `newest` are its oldest and its newest date."""

    answers: Mapping[str, Answer]
    as_of: date
    newest: date


def read_snapshot(
    body: bytes,
    layout: Layout,
    *,
    file_day: date | None,
    at: datetime,
    max_rows: int,
    threshold: Decimal = Decimal(0),
) -> Snapshot:
    """The file as a snapshot. Raises BadFile.

    `file_day` is the date outside the rows, for layouts whose rows have none. A firm whose overdue debt is
    below `threshold` is CLEAR_BELOW_THRESHOLD where arrears would be its only bar.
    """
    if not layout.dated_rows and file_day is None:
        raise BadFile("the file has no date")
    rows: dict[str, list[Row]] = {}
    for row in _rows(body, layout, max_rows):
        dated = row if layout.dated_rows else row._replace(as_of=file_day)
        rows.setdefault(row.key, []).append(dated)
    answers = {key: _answer(of_firm, threshold) for key, of_firm in rows.items()}
    days = {answer.data_as_of for answer in answers.values()} | ({file_day} if not layout.dated_rows else set())
    dates = sorted(day for day in days if day is not None)
    if not dates:
        raise BadFile("the file has no date")
    if not is_data_date(dates[0], at) or not is_data_date(dates[-1], at):
        raise BadFile("a date lies ahead or before 2000")
    return Snapshot(MappingProxyType(answers), dates[0], dates[-1])


def _rows(body: bytes, layout: Layout, max_rows: int) -> Iterator[Row]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile("the file is not UTF-8") from None
    if not text.endswith("\n"):
        raise BadFile("the last line is cut off")
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(lines)
        places = _places(header, layout)
        for number, line in enumerate(lines, start=2):
            if number - 1 > max_rows:
                raise BadFile(f"more than {max_rows} rows")
            if len(line) != len(header):
                raise BadFile(f"row {number} has {len(line)} cells instead of {len(header)}")
            yield layout.read([line[place] for place in places])
    except (csv.Error, StopIteration) as fault:
        raise BadFile(f"no CSV: {type(fault).__name__}") from None


def _places(header: Sequence[str], layout: Layout) -> list[int]:
    if len(set(header)) != len(header):
        raise BadFile("a column occurs twice")
    missing = [column for column in layout.columns if column not in header]
    if missing:
        raise BadFile(f"missing columns: {', '.join(missing)}")
    return [header.index(column) for column in layout.columns]


def _answer(rows: Sequence[Row], threshold: Decimal) -> Answer:
    """One answer for all rows of a firm."""
    ranked = sorted({outcome for row in rows for outcome in row.outcomes}, key=_RANK.__getitem__)
    bars = tuple(outcome for outcome in ranked if outcome.standing is Standing.BARRED)
    name = rows[0].name.strip()
    answer = Answer(
        outcome=ranked[0],
        further=bars[1:],
        data_as_of=min(row.as_of for row in rows if row.as_of is not None),
        name=name if is_text(name) else "",
    )
    if bars != (Outcome.BARRED_ARREARS,) or Outcome.MALFORMED in ranked:
        return answer
    overdue = sum((row.overdue for row in rows), Decimal(0))
    # Arrears without an amount are not small arrears.
    below = Decimal(0) < overdue < threshold
    return replace(answer, outcome=Outcome.CLEAR_BELOW_THRESHOLD) if below else answer
