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

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from certsvc.agencies.adapter import Answer, by_gravity, may_list, worst_of
from certsvc.agencies.layouts import Layout
from certsvc.agencies.row_reader import RowReader
from certsvc.core.account import Debt
from certsvc.core.account_rows import MAX_DEBTS
from certsvc.core.outcome import Outcome, Standing
from certsvc.service.debtor_files import BadFile, Extent, FileFault, Row

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The answers of one file, by the value of an identifier of the layout's kinds.

    `small` holds the arrears that did not bar.
    """

    answers: Mapping[str, Answer]
    extent: Extent
    threshold: Decimal
    small: Mapping[str, Decimal] = field(repr=False)

    def answer_for(self, values: Sequence[str], absent: Outcome) -> Answer:
        """The answer for one enterprise by all its numbers; `absent` is what it means that one is not in the file."""
        as_of = self.extent.as_of
        answers = [self.answers.get(value) or Answer(absent, data_as_of=as_of) for value in values]
        if len(answers) == 1:
            return answers[0]
        # Small under each number may be too much for the one enterprise.
        if sum((self.small.get(value, _NOTHING) for value in values), _NOTHING) >= self.threshold > 0:
            answers.append(Answer(Outcome.BARRED_ARREARS, data_as_of=as_of))
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
    reader = RowReader(io.BytesIO(body), layout, file_day=file_day, at=at, max_rows=max_rows)
    rows: dict[str, list[Row]] = {}
    for row in reader:
        rows.setdefault(row.number, []).append(row)
    days = [_day_of(of_firm) for of_firm in rows.values()]
    if file_day is not None and not layout.dated_rows:
        days.append(file_day)
    if not days:
        raise BadFile(FileFault.NO_DATE)
    return snapshot_of(rows, Extent(reader.count, len(rows), min(days), max(days)), threshold)


def snapshot_of(rows: Mapping[str, Sequence[Row]], extent: Extent, threshold: Decimal) -> Snapshot:
    """The answers for the firms of these rows, which are those of a file of this extent or some of them."""
    small = {key: owed for key, of_firm in rows.items() if (owed := _small_arrears(of_firm, threshold))}
    answers = {key: _answer(of_firm, is_small=key in small) for key, of_firm in rows.items()}
    return Snapshot(MappingProxyType(answers), extent, threshold, MappingProxyType(small))


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
    return Answer(outcome, further, data_as_of=_day_of(rows), name=rows[0].name, debts=debts)


def _day_of(rows: Sequence[Row]) -> date:
    return min(row.as_of for row in rows if row.as_of is not None)


def _debts(rows: Sequence[Row]) -> tuple[Debt, ...]:
    """What all sites of a firm owe; empty unless every one that owes lists it."""
    debts = [row.debt for row in rows if row.overdue or Outcome.BARRED_ARREARS in row.outcomes]
    listed = [debt for debt in debts if debt is not None]
    return tuple(listed) if len(listed) == len(debts) <= MAX_DEBTS else ()
