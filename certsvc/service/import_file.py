"""An operator brings an agency's debtor file: it is stored, checked, and only then becomes current.

Invariants
- All of it is one transaction of the store: a file that is refused, and a process that is killed, leave nothing.
- The checks see what was stored, not what was meant to be.
- A file that turns more firms than its agency's share is kept and answers nobody until two persons have released it:
  firms that were barred and are not, whatever is said of them instead, and firms that were clear and are barred.
- The files of one turn window count together, so several files under the share do not get past it. A version that was
  released starts the count anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
    turn_window: timedelta


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


class Turns(NamedTuple):
    """How many firms an earlier version held, and how many have turned since."""

    known: int
    turned: int


class Window(NamedTuple):
    """The version that a turn window begins with, and the sum of what each version after it turned."""

    base: DebtorFile
    turned_since: int


class Draft(Protocol):
    """A file that is being imported; nobody else sees it."""

    async def fill(self, batches: AsyncIterator[Sequence[Row]]) -> Filled:
        """Stores the rows. Passes on what reading them raises."""
        ...

    async def kept(self) -> Sequence[DebtorFile]:
        """The agency's versions that have rows."""
        ...

    async def turned(self, before: DebtorFile, absent: Outcome, threshold: Decimal) -> int:
        """How many firms that version bars and this one does not, or calls clear and this one bars."""
        ...

    async def window(self, begin: datetime) -> Window:
        """The window that begins then, of an agency that has a current version. It begins with the one that was
        current then, or with the last that was released since, or with the first of all if there was none yet."""
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
        step, window = await _turns(draft, current, terms, act.at)
        ending = Ending.HELD if is_suspect(step, terms) or is_suspect(window, terms) else Ending.CURRENT
        file = DebtorFile(
            agency=terms.agency,
            layout=terms.layout,
            sha256=brought.sha256,
            file_day=brought.file_day,
            extent=extent,
            known=step.known,
            turned=step.turned,
            window_known=window.known,
            window_turned=window.turned,
            shrink_accepted=act.accept_shrink,
            state=FileState(ending.value),
            note=act.note,
            imported_by=act.actor,
            imported_at=act.at,
        )
        return Imported(ending, file if dry_run else await draft.keep(file, act.account))


def is_suspect(turns: Turns, terms: Terms) -> bool:
    """True if so many of the known firms turned that two persons must look at the file."""
    return turns.turned >= terms.turn_least and turns.turned > terms.turn_share * turns.known


async def _turns(draft: Draft, current: DebtorFile | None, terms: Terms, at: datetime) -> tuple[Turns, Turns]:
    """What turns against the current version, and what has turned since the window began."""
    if current is None:
        return Turns(0, 0), Turns(0, 0)
    step = Turns(current.extent.firms, await draft.turned(current, terms.absent, terms.threshold))
    base, turned_since = await draft.window(at - terms.turn_window)
    if base.id == current.id:
        return step, step
    if base.state is FileState.PREVIOUS:
        turned = await draft.turned(base, terms.absent, terms.threshold)
    else:  # its rows are gone; a firm that turned twice is counted twice, which holds rather too much than too little
        turned = turned_since + step.turned
    return step, Turns(base.extent.firms, turned)


def _is_same(kept: DebtorFile, terms: Terms, brought: Brought) -> bool:
    # The same bytes of another day are news: the agency says that nothing has changed up to then.
    return (kept.sha256, kept.file_day, kept.layout) == (brought.sha256, brought.file_day, terms.layout)


def _extent(filled: Filled, brought: Brought) -> Extent:
    as_of, newest = filled.as_of or brought.file_day, filled.newest or brought.file_day
    if as_of is None or newest is None:
        raise BadFile(FileFault.NO_DATE)
    return Extent(brought.rows, filled.firms, as_of, newest)
