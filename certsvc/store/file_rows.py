"""Versions and rows of debtor files as columns and back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from certsvc.core import canonical
from certsvc.core.account import Debt, DebtState
from certsvc.core.outcome import Outcome
from certsvc.service.debtor_files import DebtorFile, Extent, FileState, Row

if TYPE_CHECKING:
    from datetime import datetime

    from asyncpg import Record

COLUMNS = (
    "number",
    "key",
    "name",
    "outcomes",
    "overdue",
    "as_of",
    "debt_period_end",
    "debt_principal",
    "debt_penalty",
    "debt_interest",
    "debt_state",
    "debt_principal_paid_on",
)
"""Of a row, in the order of `row_columns`."""

_NO_DEBT = (None,) * 6

Columns = tuple[
    int,
    str,
    str,
    tuple[Outcome, ...],
    Decimal,
    date | None,
    date | None,
    Decimal | None,
    Decimal | None,
    Decimal | None,
    str | None,
    date | None,
]


def row_columns(number: int, row: Row) -> Columns:
    """One row as it is stored, at this place of its file."""
    key, name, outcomes, overdue, as_of, debt = row
    if debt is None:
        return (number, key, name, outcomes, overdue, as_of, *_NO_DEBT)
    parts = (debt.period_end, debt.principal, debt.penalty, debt.interest, debt.state.value, debt.principal_paid_on)
    return (number, key, name, outcomes, overdue, as_of, *parts)


def read_row(record: Record) -> Row:
    """The row of a record."""
    debt = None
    if record["debt_period_end"] is not None:
        debt = Debt(
            period_end=record["debt_period_end"],
            principal=record["debt_principal"],
            penalty=record["debt_penalty"],
            interest=record["debt_interest"],
            state=DebtState(record["debt_state"]),
            principal_paid_on=record["debt_principal_paid_on"],
        )
    outcomes = tuple([Outcome(outcome) for outcome in record["outcomes"]])
    return Row(record["key"], record["name"], outcomes, record["overdue"], record["as_of"], debt)


def file_columns(file: DebtorFile) -> dict[str, object]:
    """A version that was just imported, as it is stored."""
    extent = file.extent
    return {
        "id": file.id,
        "agency": file.agency,
        "layout": file.layout,
        "sha256": file.sha256,
        "file_day": file.file_day,
        "as_of": extent.as_of,
        "newest": extent.newest,
        "rows": extent.rows,
        "firms": extent.firms,
        "known": file.known,
        "turned": file.turned,
        "window_known": file.window_known,
        "window_turned": file.window_turned,
        "shrink_accepted": file.shrink_accepted,
        "was_held": file.state is FileState.HELD,
        "state": file.state.value,
        "note": file.note,
        "imported_by": file.imported_by,
        "imported_at": file.imported_at,
    }


def read_file(record: Record) -> DebtorFile:
    """The version of a record."""
    return DebtorFile(
        agency=record["agency"],
        layout=record["layout"],
        sha256=record["sha256"],
        file_day=record["file_day"],
        extent=Extent(record["rows"], record["firms"], record["as_of"], record["newest"]),
        known=record["known"],
        turned=record["turned"],
        window_known=record["window_known"],
        window_turned=record["window_turned"],
        shrink_accepted=record["shrink_accepted"],
        state=FileState(record["state"]),
        note=record["note"],
        imported_by=record["imported_by"],
        imported_at=record["imported_at"],
        id=record["id"],
        proposed_by=record["proposed_by"] or "",
        proposed_account=record["proposed_account"] or "",
        proposed_at=record["proposed_at"],
        released_by=record["released_by"] or "",
        released_account=record["released_account"] or "",
        released_at=record["released_at"],
    )


def file_leaf(act: str, file: DebtorFile, actor: str, account: str, at: datetime) -> bytes:
    """The audit leaf of an act on a version: `imported`, `proposed` or `released`."""
    return canonical.write(
        {
            "v": 1,
            "act": act,
            "file": file.id,
            "agency": file.agency,
            "layout": file.layout,
            "sha256": file.sha256.hex(),
            "file_day": canonical.write_day(file.file_day),
            "rows": file.extent.rows,
            "firms": file.extent.firms,
            "as_of": canonical.write_day(file.extent.as_of),
            "newest": canonical.write_day(file.extent.newest),
            "known": file.known,
            "turned": file.turned,
            "window_known": file.window_known,
            "window_turned": file.window_turned,
            "shrink_accepted": file.shrink_accepted,
            "state": file.state.value,
            "actor": actor,
            "account": account,
            "at": canonical.write_instant(at),
        }
    )
