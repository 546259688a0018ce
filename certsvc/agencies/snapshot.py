"""A whole debtor file, read once and then only looked up.

Invariants
- A file is read as a whole or refused as a whole.
- Every entry carries the date that the file states for it, so that age limits on evidence apply by themselves.
- Several rows of one firm become one entry in which the worst counts and the oldest date holds.
- Arrears are too small to bar only if every amount of the firm is stated and all together stay below the threshold.
  They then hide nothing: what else the rows say still counts.
- Debts are listed only if every row that owes lists all it owes (`adapter.may_list` says beside what).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from certsvc.agencies.adapter import Answer, by_gravity, is_data_date, is_text, may_list, worst_of
from certsvc.agencies.layouts import BadFile, Layout, Row, read_key
from certsvc.core.account import Debt
from certsvc.core.account_rows import MAX_DEBTS
from certsvc.core.outcome import Outcome, Standing

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The answers of one file, by the value of an identifier of the layout's kinds.

    `as_of` and `newest` are its oldest and its newest date; `small` holds the arrears that did not bar.
    """

    answers: Mapping[str, Answer]
    as_of: date
    newest: date
    threshold: Decimal
    small: Mapping[str, Decimal] = field(repr=False)

    def answer_for(self, values: Sequence[str], absent: Outcome) -> Answer:
        """The answer for one enterprise by all its numbers; `absent` is what it means that one is not in the file."""
        answers = [self.answers.get(value) or Answer(absent, data_as_of=self.as_of) for value in values]
        if len(answers) == 1:
            return answers[0]
        # Small under each number may be too much for the one enterprise.
        if sum((self.small.get(value, _NOTHING) for value in values), _NOTHING) >= self.threshold > 0:
            answers.append(Answer(Outcome.BARRED_ARREARS, data_as_of=self.as_of))
        return worst_of(answers)


def read_snapshot(
    body: bytes,
    layout: Layout,
    *,
    file_day: date | None,
    at: datetime,
    max_rows: int,
    threshold: Decimal = _NOTHING,
) -> Snapshot:
    """The file as a snapshot. Raises BadFile.

    `file_day` is the date outside the rows, for layouts whose rows have none. A firm whose overdue debt is
    below `threshold` is CLEAR_BELOW_THRESHOLD where arrears would be its only bar.
    """
    if not layout.dated_rows and file_day is None:
        raise BadFile("the file has no date")
    rows: dict[str, list[Row]] = {}
    for row in _rows(body, layout, max_rows):
        key = read_key(row.number, layout.kinds)
        if key is not None:
            rows.setdefault(key, []).append(row if layout.dated_rows else row._replace(as_of=file_day))
    small = {key: owed for key, of_firm in rows.items() if (owed := _small_arrears(of_firm, threshold))}
    answers = {key: _answer(of_firm, is_small=key in small) for key, of_firm in rows.items()}
    days = {answer.data_as_of for answer in answers.values()} | ({file_day} if not layout.dated_rows else set())
    dates = sorted(day for day in days if day is not None)
    if not dates:
        raise BadFile("the file has no date")
    if not is_data_date(dates[0], at) or not is_data_date(dates[-1], at):
        raise BadFile("a date lies ahead or before 2000")
    return Snapshot(MappingProxyType(answers), dates[0], dates[-1], threshold, MappingProxyType(small))


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
            line.append("")  # the cell of every column that the file has not
            yield layout.read([line[place] for place in places])
    except (csv.Error, StopIteration) as fault:
        raise BadFile(f"no CSV: {type(fault).__name__}") from None


def _places(header: Sequence[str], layout: Layout) -> list[int]:
    if len(set(header)) != len(header):
        raise BadFile("a column occurs twice")
    missing = [column for column in layout.columns if column not in header]
    if missing:
        raise BadFile(f"missing columns: {', '.join(missing)}")
    absent = len(header)
    optional = [header.index(column) if column in header else absent for column in layout.optional]
    return [header.index(column) for column in layout.columns] + optional


def _small_arrears(rows: Sequence[Row], threshold: Decimal) -> Decimal:
    """What a firm owes if that is too little to bar, else 0. Arrears without an amount are not small."""
    bars = {outcome for row in rows for outcome in row.outcomes if outcome.standing is Standing.BARRED}
    if bars != {Outcome.BARRED_ARREARS}:
        return _NOTHING
    if any(row.overdue == 0 for row in rows if Outcome.BARRED_ARREARS in row.outcomes):
        return _NOTHING
    overdue = sum((row.overdue for row in rows), _NOTHING)
    return overdue if overdue < threshold else _NOTHING


def _answer(rows: Sequence[Row], *, is_small: bool) -> Answer:
    """One answer for all rows of a firm."""
    outcomes = {outcome for row in rows for outcome in row.outcomes}
    debts = _debts(rows) if may_list(outcomes) else ()
    if is_small:
        outcomes = outcomes - {Outcome.BARRED_ARREARS} | {Outcome.CLEAR_BELOW_THRESHOLD}
    outcome, further = by_gravity(outcomes)
    name = rows[0].name.strip()
    return Answer(
        outcome,
        further,
        data_as_of=min(row.as_of for row in rows if row.as_of is not None),
        name=name if is_text(name) else "",
        debts=debts,
    )


def _debts(rows: Sequence[Row]) -> tuple[Debt, ...]:
    """What all sites of a firm owe; empty unless every one that owes lists it."""
    debts = [row.debt for row in rows if row.overdue or Outcome.BARRED_ARREARS in row.outcomes]
    listed = [debt for debt in debts if debt is not None]
    return tuple(listed) if len(listed) == len(debts) <= MAX_DEBTS else ()
