"""What agencies report without being asked, and up to where their streams are recorded.

Invariants
- An event is recorded once, under its agency's own id, and never changes; the first content told under an id stays.
- Events, the cursor behind them, and the wake-ups of those who wait for them are one transaction.
- A cursor moves only while its stream is leased to who moves it, and the row of the lease stays locked until the
  commit: of two processes that both take themselves for the owner, one records nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, Self

import asyncpg
import structlog

from certsvc.core.errors import StreamTaken
from certsvc.core.events import AgencyEvent
from certsvc.store.connections import acquired, close_pool, create_pool
from certsvc.store.jobs import wake
from certsvc.store.statements import statement

if TYPE_CHECKING:
    from asyncpg.pool import Pool

_RECORD = statement("record_events")
_CONTRADICTED = statement("contradicted_events")
_PENDING = statement("pending_that_name")
_MEANWHILE = statement("reported_meanwhile")
_MOVE = statement("move_cursor")
_LEASE = statement("lease_stream")
_RELEASE = statement("release_stream")

_ASKED_FOR = timedelta(seconds=30)
"""The most that lies between an agency's answer and the record of an application that rests on it."""

CONNECTIONS = 2

log = structlog.get_logger()


class PostgresEventBook:
    """Fits certsvc.service.agency_ports.EventBook. One for each process."""

    def __init__(self, pool: Pool, owner: str) -> None:
        self._pool = pool
        self._owner = owner

    @classmethod
    async def connect(cls, dsn: str, owner: str) -> Self:
        """The book of a process whose name no other has or had. Raises StoreUnavailable.

        On connections of its own: a full report must not hold up who applies.
        """
        pool = await create_pool(dsn, size=CONNECTIONS, application="certsvc events", plan_once=True)
        return cls(pool, owner)

    async def close(self) -> None:
        """Ends every session."""
        await close_pool(self._pool)

    async def receive(self, events: Sequence[AgencyEvent], cursor: tuple[str, str] | None = None) -> int:
        """See agency_ports.EventBook."""
        async with acquired(self._pool) as connection, connection.transaction():
            # A crash before the commit leaves nothing of it: the events come again.
            if cursor is not None:
                await self._move(connection, *cursor)
            return await _record(connection, events) if events else 0

    async def _move(self, connection: asyncpg.Connection, agency: str, cursor: str) -> None:
        if await _MOVE.row(connection, agency=agency, cursor=cursor, owner=self._owner) is None:
            raise StreamTaken("the lease of the stream was lost; nothing was recorded")

    async def lease(self, agency: str, seconds: float) -> str | None:
        """See agency_ports.EventBook. Time is the database's."""
        async with acquired(self._pool) as connection:
            row = await _LEASE.row(connection, agency=agency, owner=self._owner, lasting=timedelta(seconds=seconds))
        return row["cursor"] if row is not None else None

    async def release(self, agency: str) -> None:
        """See agency_ports.EventBook."""
        async with acquired(self._pool) as connection:
            await _RELEASE.rows(connection, agency=agency, owner=self._owner)


async def wake_reported(connection: asyncpg.Connection, application_ids: Sequence[str]) -> None:
    """Wakes those of these new pending applications on which something was reported while agencies were being asked.

    In the transaction that records them. Where it misses an event, which takes two commits at one moment, the ordinary
    next attempt comes.
    """
    rows = await _MEANWHILE.rows(connection, ids=application_ids, before=_ASKED_FOR)
    if rows:
        await wake(connection, [str(row["id"]) for row in rows])


class _Columns(NamedTuple):
    """One event, each field one array in `record_events`."""

    agency: str
    event_id: str
    kind: str
    scheme: str
    identifier: str
    occurred_at: object
    received_at: object


async def _record(connection: asyncpg.Connection, events: Sequence[AgencyEvent]) -> int:
    rows = [
        _Columns(e.agency, e.id, e.kind.value, e.scheme, str(e.identifier), e.occurred_at, e.received_at)
        for e in events
    ]
    columns = dict(zip(_Columns._fields, map(list, zip(*rows, strict=True)), strict=True))
    new = await _RECORD.rows(connection, **columns)
    if len(new) < len(events):
        await _report_contradictions(connection, columns)
    if new:
        numbers = sorted({row["identifier"] for row in new})
        waiting = await _PENDING.rows(connection, identifiers=numbers)
        if waiting:
            await wake(connection, [str(row["id"]) for row in waiting])
    return len(new)


async def _report_contradictions(connection: asyncpg.Connection, columns: dict[str, list[object]]) -> None:
    row = await _CONTRADICTED.row(connection, **columns)
    assert row is not None
    if row["events"]:
        agencies = sorted({str(agency) for agency in columns["agency"]})
        log.error("agency_events_contradicted", agencies=agencies, count=row["events"], alert=True)
