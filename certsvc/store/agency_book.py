"""What agencies last said and what holds it back: read and written with every question, several in one round trip.

Invariants
- A row of `finding` is the newest definite word of its agency on one subject and scheme; of two of one time the bar.
- What a wrong clock wrote, ahead of ours, is not known to us, and the next word takes its place.
- Rows are written sorted by key, so two writers lock in one order and never deadlock.
- A text that the database refuses fails its own caller alone.
- An agency has at most one open hold, whoever opens it; its audit leaf is written with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import asyncpg

from certsvc.core.errors import StoreRejected
from certsvc.core.events import AgencyEvent
from certsvc.core.model import Enterprise, Finding
from certsvc.service.agency_records import (
    CLOCKS_APART,
    Dispute,
    Hold,
    Known,
    ModeSwitch,
    Prior,
    parts_of,
    subject_of,
)
from certsvc.store.agency_rows import (
    FindingColumns,
    finding_columns,
    hold_leaf,
    read_event,
    read_hold,
    read_known_dispute,
    read_known_hold,
    read_known_switch,
    read_prior,
)
from certsvc.store.batch import Batcher
from certsvc.store.connections import Line, acquired, connect, translated
from certsvc.store.statements import statement
from certsvc.store.turn_counts import TurnCounts
from certsvc.store.unanswered import unanswered

if TYPE_CHECKING:
    from asyncpg import Record as Row
    from asyncpg.pool import Pool

_KNOWN = statement("agencies_known")
_NOTE = statement("note_findings")
_HOLD = statement("hold_agency")
_OPEN_HOLD = statement("open_hold")

EVENTS_SINCE = timedelta(days=400)
"""How far back events are looked at; no evidence that old counts for anything."""
EVENTS_EACH = 8
"""How many of the newest events of one number, agency, scheme and kind are looked at."""


class _Asked(NamedTuple):
    subject: bytes
    parts: tuple[bytes, ...]
    identifiers: tuple[str, ...]
    now: datetime


class _Noted(NamedTuple):
    rows: list[FindingColumns]
    now: datetime


class PostgresAgencyBook:
    """Fits certsvc.service.agency_ports.AgencyBook. One for each process."""

    def __init__(self, dsn: str, pool: Pool) -> None:
        """`pool` serves what is seldom asked."""
        self._pool = pool
        self._turns = TurnCounts(pool)
        self._reading = Line(lambda: connect(dsn, application="certsvc agencies", plan_once=True))
        self._writing = Line(lambda: _connect_writer(dsn))
        self._readers: Batcher[_Asked, Known] = Batcher(self._read, cap=256)
        self._writers: Batcher[_Noted, None] = Batcher(self._write, cap=256)

    @property
    def commits(self) -> tuple[int, int]:
        """Batches noted and enterprises in them, since the start."""
        return self._writers.flushes, self._writers.items

    async def known(self, enterprise: Enterprise, now: datetime) -> Known:
        """See agency_ports.AgencyBook."""
        identifiers = tuple(str(i) for i in enterprise.identifiers)
        return await self._readers.submit(_Asked(subject_of(enterprise), parts_of(enterprise), identifiers, now))

    async def note(self, enterprise: Enterprise, findings: Sequence[Finding], now: datetime) -> None:
        """See agency_ports.AgencyBook."""
        if rows := finding_columns(subject_of(enterprise), findings, now):
            await self._writers.submit(_Noted(rows, now))

    async def turned(self, agency: str, since: datetime) -> tuple[int, int]:
        """See agency_ports.AgencyBook."""
        return await self._turns.count(agency, since)

    async def hold(self, agency: str, since: datetime, suspect_from: datetime, counts: tuple[int, int]) -> Hold:
        """See agency_ports.AgencyBook."""
        asked, turned = counts
        leaf = hold_leaf(agency, since, suspect_from, counts)
        async with acquired(self._pool) as connection:
            while True:
                row = await _HOLD.row(
                    connection,
                    agency=agency,
                    since=since,
                    suspect_from=suspect_from,
                    asked=asked,
                    turned=turned,
                    leaf=leaf,
                ) or await _OPEN_HOLD.row(connection, agency=agency)
                if row is not None:  # else it was released between the two statements
                    return read_hold(row)

    async def unanswered(self, enterprise: Enterprise) -> frozenset[str]:
        """See agency_ports.AgencyBook."""
        return await unanswered(self._pool, enterprise)

    async def close(self) -> None:
        """Notes what waits, then ends both sessions."""
        await self._writers.close()
        await self._readers.close()
        await self._turns.close()
        await self._writing.close()
        await self._reading.close()

    async def _read(self, batch: Sequence[_Asked]) -> list[Known | Exception]:
        connection = await self._reading.get()
        oldest = min(asked.now for asked in batch)
        try:
            rows = await _KNOWN.rows(
                connection,
                subjects=list({asked.subject for asked in batch}),
                parts=list({part for asked in batch for part in asked.parts}),
                identifiers=list({number for asked in batch for number in asked.identifiers}),
                events_since=oldest - EVENTS_SINCE,
                events_each=EVENTS_EACH,
                now=oldest,
            )
        except Exception as error:
            raised = _lost(self._reading, connection, error)
            if isinstance(raised, StoreRejected) and len(batch) > 1:
                return [(await self._read([asked]))[0] for asked in batch]
            return [raised] * len(batch)
        found = _Found(rows)
        return [found.of(asked) for asked in batch]

    async def _write(self, batch: Sequence[_Noted]) -> list[Exception | None]:
        connection = await self._writing.get()
        try:
            not_after = max(noted.now for noted in batch) + CLOCKS_APART
            await _note(connection, [row for noted in batch for row in noted.rows], not_after)
        except Exception as error:
            raised = _lost(self._writing, connection, error)
            if isinstance(raised, StoreRejected) and len(batch) > 1:
                return [(await self._write([noted]))[0] for noted in batch]
            return [raised] * len(batch)
        return [None] * len(batch)


class _Found:
    """The rows of one round trip, by what they are about."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._priors: defaultdict[bytes, list[Prior]] = defaultdict(list)
        self._parts: defaultdict[bytes, list[Prior]] = defaultdict(list)
        self._events: defaultdict[str, list[AgencyEvent]] = defaultdict(list)
        self._disputes: defaultdict[str, list[Dispute]] = defaultdict(list)
        self._holds: list[Hold] = []
        self._switches: list[ModeSwitch] = []
        for row in rows:
            self._take(row)

    def _take(self, row: Row) -> None:
        match row["what"]:
            case "prior":
                self._priors[row["subject"]].append(read_prior(row, exact=True))
            case "part":
                self._parts[row["subject"]].append(read_prior(row, exact=False))
            case "event":
                event = read_event(row)
                self._events[str(event.identifier)].append(event)
            case "dispute":
                dispute = read_known_dispute(row)
                self._disputes[str(dispute.identifier)].append(dispute)
            case "hold":
                self._holds.append(read_known_hold(row))
            case _:
                self._switches.append(read_known_switch(row))

    def of(self, asked: _Asked) -> Known:
        """What was found for this caller, by its own clock; events newest first."""
        after = asked.now - EVENTS_SINCE
        bars = (bar for part in asked.parts for bar in self._parts.get(part, ()))
        events = [e for number in asked.identifiers for e in self._events.get(number, ()) if e.occurred_at > after]
        return Known(
            priors=tuple(p for p in (*self._priors.get(asked.subject, ()), *bars) if not p.is_ahead(asked.now)),
            events=tuple(sorted(events, key=lambda e: (e.occurred_at, e.agency, e.id), reverse=True)),
            disputes=tuple(
                d for number in asked.identifiers for d in self._disputes.get(number, ()) if d.counts_at(asked.now)
            ),
            holds=tuple(self._holds),
            switches=tuple(s for s in self._switches if s.mode is not None and asked.now < s.until),
        )


async def _note(connection: asyncpg.Connection, rows: list[FindingColumns], not_after: datetime) -> None:
    """Upserts the rows in one transaction. What one key was told several times is told in the order of its times."""
    rounds: list[list[FindingColumns]] = []
    depth, last = 0, None
    for row in sorted(rows, key=lambda row: row.rank):
        depth = depth + 1 if row.key == last else 0
        last = row.key
        if depth == len(rounds):
            rounds.append([])
        rounds[depth].append(row)
    if len(rounds) == 1:
        await _upsert(connection, rounds[0], not_after)
        return
    async with connection.transaction():
        for unlike in rounds:
            await _upsert(connection, unlike, not_after)


async def _upsert(connection: asyncpg.Connection, rows: list[FindingColumns], not_after: datetime) -> None:
    columns = zip(FindingColumns._fields, map(list, zip(*rows, strict=True)), strict=True)
    await _NOTE.rows(connection, **dict(columns), not_after=not_after)


async def _connect_writer(dsn: str) -> asyncpg.Connection:
    connection = await connect(dsn, application="certsvc agency notes", plan_once=True)
    try:
        # These rows are a memory, for comparing; the record is the application's own evidence. What a crash of the
        # database takes of the last moment is said again with the next question, and no caller waits for a disk.
        await connection.execute("SET synchronous_commit = off")
    except BaseException:
        connection.terminate()
        raise
    return connection


def _lost(line: Line, connection: asyncpg.Connection, error: Exception) -> Exception:
    """The error for the callers; drops the connection unless the database has plainly refused."""
    raised = translated(error)
    if not isinstance(raised, StoreRejected) or connection.is_in_transaction():
        # After a timeout or a broken stream, what the connection would answer next is unknown.
        line.drop()
    return raised
