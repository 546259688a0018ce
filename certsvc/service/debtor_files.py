"""Debtor files: their rows, what can be wrong with them, and the versions kept of those that operators bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from certsvc.core.account import Debt
from certsvc.core.errors import CertsvcError
from certsvc.core.outcome import Outcome


class FileFault(StrEnum):
    """Why a file is refused. The text names the fault and never repeats what a row holds."""

    UNREADABLE = "the file cannot be read: {why}"
    EMPTY = "the file is empty"
    CUT_OFF = "the last line is cut off"
    NOT_UTF8 = "not UTF-8"
    NOT_CSV = "no CSV"
    LONG_ROW = "longer than {most} bytes"
    COLUMN_TWICE = "a column occurs twice"
    COLUMNS_MISSING = "missing columns: {columns}"
    WIDTH = "{found} cells instead of {expected}"
    TOO_MANY_ROWS = "more than {most} rows"
    NUMBER_FORM = "an identifier is not 9 to 12 digits"
    NUMBER_KIND = "an identifier has the form of no kind, or of two"
    AMOUNT = "an amount is not a plain number"
    DAY_FORM = "a date is not YYYY-MM-DD"
    DAY_RANGE = "a date lies ahead or before 2000"
    NO_DATE = "the file has no date"
    TOO_FEW_FIRMS = "{firms} firms, fewer than least_firms ({least})"
    OLDER = "the file is older than the one in use"
    SHRUNK = "more than half of the debtors are gone"


class BadFile(CertsvcError):
    """The file is not what its layout and its agency's configuration promise.

    `row` counts the header as 1; None where no row in particular is wrong. `values` fill the places of the text.
    """

    def __init__(self, fault: FileFault, row: int | None = None, **values: object) -> None:
        super().__init__((f"row {row}: " if row is not None else "") + fault.format(**values))
        self.fault = fault
        self.row = row
        self.values = values


class NotHeld(CertsvcError):
    """There is nothing to release: the version is in another state."""

    def __init__(self, state: FileState) -> None:
        super().__init__(f"the version is {state.value}, not HELD")
        self.state = state


class OneAccount(CertsvcError):
    """Whoever releases under another name does so from the account that the release was proposed from."""

    def __init__(self) -> None:
        super().__init__(
            "the release was proposed from this same account, and needs two persons: "
            "the other one is to release it from a personal account"
        )


class Row(NamedTuple):
    """One row. `overdue` is what is owed outside arrangements; amounts leave an adapter only as debts of a finding.

    `number` and `name` are as written until the file's reader has put them in their normal form, and `as_of` is None
    until it has taken the day of the file where rows have none. `debt` is all of it by component, None where the row
    does not tell.
    """

    number: str
    name: str
    outcomes: tuple[Outcome, ...]
    overdue: Decimal
    as_of: date | None
    debt: Debt | None = None


class Extent(NamedTuple):
    """How much a file holds, and of which days: the oldest and the newest that a firm's answer speaks of."""

    rows: int
    firms: int
    as_of: date
    newest: date


def check_extent(
    new: Extent, current: Extent | None, *, least_firms: int, absence_clears: bool, accept_shrink: bool = False
) -> None:
    """Refuses a file that is too small, goes back in time, or lost most debtors where absence means clear.

    Raises BadFile.
    """
    if new.firms < least_firms:
        raise BadFile(FileFault.TOO_FEW_FIRMS, firms=new.firms, least=least_firms)
    if current is None:
        return
    if new.newest < current.newest:
        raise BadFile(FileFault.OLDER)
    if absence_clears and not accept_shrink and new.firms * 2 < current.firms:
        raise BadFile(FileFault.SHRUNK)


class FileState(StrEnum):
    """Where a version of an agency's file stands."""

    CURRENT = "CURRENT"
    """It answers."""
    PREVIOUS = "PREVIOUS"
    """It answered before the current one."""
    HELD = "HELD"
    """It would turn too many firms at once; it becomes current when two persons release it."""
    DROPPED = "DROPPED"
    """Its rows are gone."""


@dataclass(frozen=True, slots=True)
class DebtorFile:
    """One version of an agency's file.

    `sha256` is of the bytes as they came; `file_day` is the day outside the rows. The version that was current before
    it held `known` firms, of which, or beside which, `turned` are no longer barred, or barred instead of clear.
    `window_known` and `window_turned` are the same since the agency's turn window began. `id` is 0 until it is kept.
    """

    agency: str
    layout: str
    sha256: bytes
    file_day: date | None
    extent: Extent
    known: int
    turned: int
    window_known: int
    window_turned: int
    shrink_accepted: bool
    state: FileState
    note: str
    imported_by: str
    imported_at: datetime
    id: int = 0
    proposed_by: str = ""
    proposed_account: str = ""
    proposed_at: datetime | None = None
    released_by: str = ""
    released_account: str = ""
    released_at: datetime | None = None


class FiledRows(NamedTuple):
    """What an agency's current file says of one enterprise: the rows under each of its numbers, in the file's order."""

    layout: str
    extent: Extent
    imported_at: datetime
    rows: Mapping[str, Sequence[Row]]
