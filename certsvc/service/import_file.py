"""An operator brings an agency's debtor file: it is stored, checked, and only then becomes current.

Invariants
- All of it is one transaction of the store: a file that is refused, and a process that is killed, leave nothing.
- The checks see what was stored, not what was meant to be.
- A file that turns more firms between clear and barred than its agency's share is kept and answers nobody until two
  persons have released it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol

from certsvc.core.outcome import Outcome
from certsvc.service.debtor_files import BadFile, DebtorFile, Extent, FileFault, FileState, Row, check_extent


@dataclass(frozen=True, slots=True)
class Terms:
    """What the configuration says of one agency's files."""

    agency: str
    layout: str
    absent: Outcome
    least_firms: int
    threshold: Decimal
    turn_share: Decimal
    turn_least: int


@dataclass(frozen=True, slots=True)
class Act:
    """Who brings the file and when. `account` is the one that he works under; `accept_shrink` is his word that the
    agency really has so few debtors left."""

    actor: str
    account: str
    at: datetime
    note: str = ""
    accept_shrink: bool = False


class Brought(Protocol):
    """The file, read once."""

    def batches(self) -> AsyncIterator[Sequence[Row]]:
        """Its rows in their order, each with its number in normal form and its day. Raises BadFile."""
        ...

    @property
    def file_day(self) -> date | None:
        """The day that the file is of, for layouts whose rows have none."""
        ...

    @property
    def rows(self) -> int:
        """How many rows were read."""
        ...

    @property
    def sha256(self) -> bytes:
        """Of the bytes that were read."""
        ...


class Filled(NamedTuple):
    """What the rows of a draft hold: Extent without the rows that are nobody's, and no days if it has no rows."""

    firms: int
    as_of: date | None
    newest: date | None


class Draft(Protocol):
    """A file that is being imported; nobody else sees it."""

    async def fill(self, batches: AsyncIterator[Sequence[Row]]) -> Filled:
        """Stores the rows. Passes on what reading them raises."""
        ...

    async def kept(self) -> Sequence[DebtorFile]:
        """The agency's versions that have rows."""
        ...

    async def turned(self, before: DebtorFile, absent: Outcome, threshold: Decimal) -> int:
        """How many firms that version and this one call the opposite of each other: one clear, the other barred."""
        ...

    async def keep(self, file: DebtorFile, account: str) -> DebtorFile:
        """The file with its id, in its state, its audit leaf with it; older versions move on or are dropped."""
        ...


class FileDesk(Protocol):
    """Where files are imported."""

    def importing(self, agency: str, waiting: Callable[[], None]) -> AbstractAsyncContextManager[Draft]:
        """A draft, of which only what was kept remains; committed when left. One at a time for each agency:
        `waiting` is called if another is imported now."""
        ...


class Ending(StrEnum):
    """What became of a file that was not refused."""

    CURRENT = "CURRENT"
    HELD = "HELD"
    SAME = "SAME"
    """These bytes were imported before, and are the current version or the one held."""


class Imported(NamedTuple):
    """How an import ended, and the version: the one that was there before if it is the same."""

    ending: Ending
    file: DebtorFile


async def import_file(
    desk: FileDesk,
    terms: Terms,
    brought: Brought,
    act: Act,
    *,
    dry_run: bool = False,
    waiting: Callable[[], None] = lambda: None,
) -> Imported:
    """What became of the file, or under `dry_run` would become. Raises BadFile, StoreUnavailable, StoreRejected."""
    async with desk.importing(terms.agency, waiting) as draft:
        filled = await draft.fill(brought.batches())
        kept = {file.state: file for file in await draft.kept()}
        for state in (FileState.CURRENT, FileState.HELD):
            if (same := kept.get(state)) is not None and _is_same(same, terms, brought):
                return Imported(Ending.SAME, same)
        extent = _extent(filled, brought)
        current = kept.get(FileState.CURRENT)
        check_extent(
            extent,
            current.extent if current else None,
            least_firms=terms.least_firms,
            absence_clears=terms.absent is Outcome.CLEAR,
            accept_shrink=act.accept_shrink,
        )
        turned = await draft.turned(current, terms.absent, terms.threshold) if current else 0
        known = current.extent.firms if current else 0
        ending = Ending.HELD if is_suspect(known, turned, terms) else Ending.CURRENT
        file = DebtorFile(
            agency=terms.agency,
            layout=terms.layout,
            sha256=brought.sha256,
            file_day=brought.file_day,
            extent=extent,
            known=known,
            turned=turned,
            shrink_accepted=act.accept_shrink,
            state=FileState(ending.value),
            note=act.note,
            imported_by=act.actor,
            imported_at=act.at,
        )
        return Imported(ending, file if dry_run else await draft.keep(file, act.account))


def is_suspect(known: int, turned: int, terms: Terms) -> bool:
    """True if so many of the known firms turned that two persons must look at the file."""
    return turned >= terms.turn_least and turned > terms.turn_share * known


def _is_same(kept: DebtorFile, terms: Terms, brought: Brought) -> bool:
    # The same bytes of another day are news: the agency says that nothing has changed up to then.
    return (kept.sha256, kept.file_day, kept.layout) == (brought.sha256, brought.file_day, terms.layout)


def _extent(filled: Filled, brought: Brought) -> Extent:
    as_of, newest = filled.as_of or brought.file_day, filled.newest or brought.file_day
    if as_of is None or newest is None:
        raise BadFile(FileFault.NO_DATE)
    return Extent(brought.rows, filled.firms, as_of, newest)
